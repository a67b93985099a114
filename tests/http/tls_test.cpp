#include "server/http/tls.h"

#include <fstream>

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "tests/http/certificates.h"
#include "tests/http/listening.h"

namespace {

using testing::HasSubstr;
using testing::Not;

crypto::Sha256 sha256_of(std::string_view text) {
    return crypto::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

class HttpTls : public Listening {
  protected:
    HttpTls() {
        authority = make_authority(folder, "authority");
        client_authority = make_authority(folder, "clients");
        server = make_certificate(folder, "localhost", authority);
        settings.tls = http::TlsSettings{server.file, server.key, client_authority.file};
        settings.authentication.required = true;
        settings.authentication.tokens = {
            {"ops", http::bit(http::Role::admin), sha256_of("secret-token")}};
        settings.authentication.certificates = {
            {"ci", http::bit(http::Role::provision), "ci.example", std::nullopt}};
    }
    HttpClient secured(const Certificate& own = {}) const {
        return HttpClient::tls(port, {authority.file, "localhost", own.file, own.key});
    }
    static std::optional<HttpClient::Response> ask(HttpClient client, const std::string& token) {
        return client.request("GET", "/echo", "", "Authorization: Bearer " + token + "\r\n");
    }

    Certificate authority, client_authority, server;
};

TEST_F(HttpTls, ServesWhoHasAToken) {
    ASSERT_EQ(open(), "");
    HttpClient client = secured();
    ASSERT_TRUE(client.ok());
    for (int i = 0; i < 2; ++i) {
        const auto response =
            client.request("GET", "/echo", "", "Authorization: Bearer secret-token\r\n");
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, "GET  token ops");
    }
    EXPECT_TRUE(router.received.take()->authenticated);
    // Who proved who it is may use any name of the machine, and a web page as well.
    client.send(
        "POST /echo HTTP/1.1\r\nHost: api.example\r\nOrigin: https://console.example\r\n"
        "Authorization: Bearer secret-token\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(client.receive()->status, 200U);
}

TEST_F(HttpTls, RefusesWhoHasNoneOrAWrongOne) {
    ASSERT_EQ(open(), "");
    HttpClient client = secured();
    const auto nothing = client.request("GET", "/echo");
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->status, 401U);
    EXPECT_THAT(nothing->headers.at("www-authenticate"), HasSubstr("Bearer"));
    EXPECT_EQ(ask(secured(), "wrong-token")->status, 401U);
    // Nothing of a body is read, not even announced.
    client.send(
        "POST /import HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 1000000\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 401U);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(on_thread([&] { return router.imports.begun; }), 0U);
    EXPECT_EQ(on_thread([&] { return listener->counters().unauthenticated; }), 3U);
    EXPECT_EQ(secured().request("GET", "/healthz")->status, 200U);
}

TEST_F(HttpTls, KnowsAClientByItsCertificate) {
    ASSERT_EQ(open(), "");
    HttpClient known = secured(make_certificate(folder, "ci.example", client_authority));
    const auto response = known.request("GET", "/echo");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "GET  certificate ci");
    HttpClient unnamed = secured(make_certificate(folder, "other.example", client_authority));
    EXPECT_EQ(unnamed.request("GET", "/echo")->status, 401U);
}

TEST_F(HttpTls, RefusesACertificateOfAnotherAuthority) {
    ASSERT_EQ(open(), "");
    const Certificate forged = make_certificate(folder, "ci.example", authority);
    HttpClient client = secured(forged);
    // In TLS 1.3 it learns so by its first read only.
    EXPECT_FALSE(client.ok() && client.request("GET", "/echo"));
    EXPECT_TRUE(becomes([&] { return listener->counters().failed_handshakes == 1; }));
}

TEST_F(HttpTls, SpeaksNothingOlderThanTls12) {
    ASSERT_EQ(open(), "");
    EXPECT_TRUE(HttpClient::tls(port, {authority.file, "localhost", "", "", TLS1_2_VERSION})
                    .request("GET", "/healthz"));
    EXPECT_FALSE(HttpClient::tls(port, {authority.file, "localhost", "", "", TLS1_1_VERSION}).ok());
    HttpClient clear = connect();
    clear.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_FALSE(clear.receive());
}

TEST_F(HttpTls, EndsAHandshakeThatDoesNotComeToItsEnd) {
    settings.idle_timeout = std::chrono::milliseconds(50);
    ASSERT_EQ(open(), "");
    HttpClient silent = connect();
    EXPECT_TRUE(silent.ends());
}

TEST_F(HttpTls, LeavesTheUnixSocketInTheClear) {
    settings.socket = folder / "control.sock";
    settings.authentication.socket_roles = http::bit(http::Role::read);
    ASSERT_EQ(open(), "");
    HttpClient client = HttpClient::local(settings.socket);
    EXPECT_EQ(client.request("GET", "/echo")->body, "GET  socket");
    const auto request = router.received.take();
    EXPECT_TRUE(request->caller.may(http::Role::read));
    EXPECT_FALSE(request->caller.may(http::Role::provision));
}

TEST_F(HttpTls, TakesAndSendsMuch) {
    router.spooled = 5'000'000;
    ASSERT_EQ(open(), "");
    HttpClient client = secured();
    const std::string much(5'000'000, 'x');
    const auto taken =
        client.request("POST", "/import", much, "Authorization: Bearer secret-token\r\n");
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->body, "5000000");
    const auto sent = client.request("GET", "/spool", "", "Authorization: Bearer secret-token\r\n");
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->body.size(), 5'000'000U);
}

TEST_F(HttpTls, StreamsEventsUntilTheSubscriberGoes) {
    ASSERT_EQ(open(), "");
    {
        HttpClient client = secured();
        client.send(
            "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            "secret-token\r\n\r\n");
        ASSERT_EQ(client.receive(false)->status, 200U);
        on_thread([&] { router.events.publish("attach", "e", "{}"); });
        EXPECT_THAT(client.receive_until("boot-1"), HasSubstr("boot-1"));
    }
    EXPECT_TRUE(becomes([&] { return router.events.listener_count() == 0; }));
    EXPECT_TRUE(becomes([&] { return listener->counters().open == 0; }));
}

TEST_F(HttpTls, TakesOverNewCertificatesAndTokensOnReload) {
    ASSERT_EQ(open(), "");
    HttpClient before = secured();
    ASSERT_EQ(ask(secured(), "secret-token")->status, 200U);
    const Certificate other_authority = make_authority(folder, "other-authority");
    const Certificate other = make_certificate(folder, "localhost", other_authority);
    settings.tls = http::TlsSettings{other.file, other.key, ""};
    settings.authentication.tokens = {{"new", http::bit(http::Role::read), sha256_of("new-token")}};
    EXPECT_EQ(on_thread([&] { return listener->reload(settings); }), std::nullopt);
    // Who is connected keeps the connection; a token that was taken away is so at once.
    EXPECT_EQ(before.request("GET", "/echo", "", "Authorization: Bearer secret-token\r\n")->status,
              401U);
    EXPECT_EQ(before.request("GET", "/echo", "", "Authorization: Bearer new-token\r\n")->body,
              "GET  token new");
    EXPECT_FALSE(secured().ok());
    EXPECT_TRUE(HttpClient::tls(port, {other_authority.file, "localhost", "", ""}).ok());
}

TEST_F(HttpTls, KeepsWhatItHasWhenTheNewIsWrong) {
    ASSERT_EQ(open(), "");
    http::Settings wrong = settings;
    wrong.authentication.tokens.clear();
    wrong.tls->key = authority.key;
    const auto why = on_thread([&] { return listener->reload(wrong); });
    ASSERT_TRUE(why);
    EXPECT_THAT(*why, HasSubstr(authority.key.string()));
    EXPECT_EQ(ask(secured(), "secret-token")->status, 200U);
}

TEST_F(HttpTls, NamesTheFileThatCannotBeUsed) {
    const auto error_of = [](const http::TlsSettings& tls) {
        const auto loaded = http::TlsContext::load(tls);
        return loaded.has_error() ? loaded.error() : std::string();
    };
    const std::filesystem::path missing = folder / "missing.pem", text = folder / "text.pem";
    std::ofstream(text) << "no PEM at all, but a passphrase maybe";
    EXPECT_EQ(error_of({server.file, server.key, client_authority.file}), "");
    EXPECT_THAT(error_of({missing, server.key, ""}), HasSubstr(missing.string()));
    EXPECT_THAT(error_of({missing, server.key, ""}), HasSubstr("No such file"));
    EXPECT_THAT(error_of({server.file, missing, ""}), HasSubstr(missing.string()));
    EXPECT_THAT(error_of({server.file, text, ""}), HasSubstr(text.string()));
    EXPECT_THAT(error_of({server.file, text, ""}), Not(HasSubstr("passphrase maybe")));
    EXPECT_THAT(error_of({server.file, server.key, text}), HasSubstr(text.string()));
    EXPECT_THAT(error_of({server.key, server.key, ""}), HasSubstr("cannot be used"));
}

}  // namespace
