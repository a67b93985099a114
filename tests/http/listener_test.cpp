#include "server/http/listener.h"

#include <cstring>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "tests/http/listening.h"

namespace {

using testing::HasSubstr;

class HttpListener : public Listening {
  protected:
    // What one raw request is answered with, the connection being closed after it.
    std::optional<HttpClient::Response> raw(const std::string& octets) const {
        HttpClient client = connect();
        client.send(octets);
        auto response = client.receive();
        if (response) {
            EXPECT_TRUE(client.ends());
        }
        return response;
    }
};

TEST_F(HttpListener, AnswersManyRequestsOnOneConnection) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    for (int i = 0; i < 3; ++i) {
        const auto response = client.request("GET", "/healthz");
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 200U);
        EXPECT_EQ(response->body, "alive\n");
    }
    // Pipelined: answered in order.
    client.send(
        "GET /healthz HTTP/1.1\r\nHost: [::1]\r\n\r\nGET /echo HTTP/1.1\r\nHost: "
        "127.0.0.1\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.receive()->body, "alive\n");
    EXPECT_EQ(client.receive()->body, "GET  local");
    EXPECT_TRUE(client.ends());
}

TEST_F(HttpListener, LeavesTheBodyOutForHead) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    const auto head = client.request("HEAD", "/healthz");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200U);
    EXPECT_EQ(head->headers.at("content-length"), "6");
    // The next answer begins right after the header.
    EXPECT_EQ(client.request("GET", "/healthz")->body, "alive\n");
}

TEST_F(HttpListener, SendsNothingAfterA204) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    const auto gone = client.request("DELETE", "/empty");
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->status, 204U);
    EXPECT_FALSE(gone->headers.contains("content-length"));
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
}

TEST_F(HttpListener, TakesAWholeBodyAlsoWhenItIsAnnouncedOrChunked) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    EXPECT_EQ(client.request("POST", "/echo", "one")->body, "POST one local");

    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive(false)->status, 100U);
    client.send("two");
    EXPECT_EQ(client.receive()->body, "POST two local");

    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
        "2\r\nth\r\n3\r\nree\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive()->body, "POST three local");
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
}

TEST_F(HttpListener, HandsTheRouterWhatTheHeaderSays) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.request("PUT", "/echo", "{}",
                   "If-Match: \"a\"\r\nIf-Match: \"b\"\r\nIdempotency-Key: k\r\n"
                   "Last-Event-ID: boot-7\r\nAccept: text/csv\r\n");
    const auto request = router.received.take();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "PUT");
    EXPECT_EQ(request->content_type, "application/json");
    EXPECT_EQ(request->if_match, "\"a\", \"b\"");
    EXPECT_EQ(request->if_none_match, std::nullopt);
    EXPECT_EQ(request->idempotency_key, "k");
    EXPECT_EQ(request->last_event_id, "boot-7");
    EXPECT_EQ(request->accept, "text/csv");
    EXPECT_THAT(request->remote, HasSubstr("127.0.0.1:"));
    EXPECT_FALSE(request->authenticated);
    EXPECT_TRUE(request->caller.may(http::Role::admin));
}

TEST_F(HttpListener, WaitsForAnAnswerThatComesLater) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto reply = router.held.take();
    ASSERT_TRUE(reply);
    // Others are served meanwhile.
    EXPECT_EQ(connect().request("GET", "/healthz")->status, 200U);
    on_thread([&] {
        (*reply)({200, "text/plain", "late", {}});
        (*reply)({200, "text/plain", "twice", {}});
    });
    EXPECT_EQ(client.receive()->body, "late");
    EXPECT_EQ(client.request("GET", "/healthz")->body, "alive\n");
}

TEST_F(HttpListener, AnswersForARouteThatDoesNot) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    EXPECT_EQ(client.request("GET", "/dropped")->status, 500U);
    EXPECT_EQ(client.request("GET", "/throws")->status, 500U);
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
}

TEST_F(HttpListener, RefusesByTheHeaderWithoutReadingTheBody) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send(
        "POST /refused HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 10\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 415U);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(connect().request("GET", "/refused")->status, 415U);
}

TEST_F(HttpListener, LeavesOutAFieldThatWouldSplitTheAnswer) {
    ASSERT_EQ(open(), "");
    const auto response = connect().request("GET", "/echo");
    ASSERT_TRUE(response);
    EXPECT_FALSE(response->headers.contains("x-odd"));
    EXPECT_FALSE(response->headers.contains("x-split"));
    EXPECT_TRUE(response->headers.contains("date"));
}

TEST_F(HttpListener, RefusesAFieldThatIsThereTwiceAndCodingsItHasNot) {
    ASSERT_EQ(open(), "");
    for (const char* name : {"Authorization", "Content-Type", "Idempotency-Key", "Origin"})
        EXPECT_EQ(raw("GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                      (std::string(name) + ": a\r\n") + name + ": b\r\n\r\n")
                      ->status,
                  400U)
            << name;
    EXPECT_EQ(raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                  "Transfer-Encoding: gzip\r\n\r\n")
                  ->status,
              501U);
}

TEST_F(HttpListener, ChangesNothingForAWebPageOfSomebodyElse) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    EXPECT_EQ(client.request("GET", "/echo", "", "Origin: https://a.example\r\n")->status, 200U);
    EXPECT_EQ(client.request("DELETE", "/empty", "", "Origin: https://a.example\r\n")->status,
              403U);
}

TEST_F(HttpListener, RefusesWhatIsNoRequestAndCloses) {
    ASSERT_EQ(open(), "");
    for (const char* octets : {
             "\x16\x03\x01\x02\r\n\r\n",  // a TLS hello
             "GET\r\n\r\n",
             "GET /healthz HTTP/1.1\r\nBad Header\r\n\r\n",
             "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         }) {
        const auto response = raw(octets);
        ASSERT_TRUE(response) << octets;
        EXPECT_EQ(response->status, 400U) << octets;
        EXPECT_EQ(response->headers.at("content-type"), "application/problem+json");
        EXPECT_EQ(response->headers.at("connection"), "close");
    }
    EXPECT_EQ(raw("GET / HTTP/3.7\r\n\r\n")->status, 505U);
}

TEST_F(HttpListener, WantsExactlyOneHost) {
    ASSERT_EQ(open(), "");
    EXPECT_EQ(raw("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")->status, 400U);
    EXPECT_EQ(raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n"
                  "Connection: close\r\n\r\n")
                  ->status,
              400U);
    EXPECT_EQ(
        raw("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")->status,
        421U);
    EXPECT_EQ(raw("GET /healthz HTTP/1.0\r\n\r\n")->status, 200U);
}

TEST_F(HttpListener, BoundsHeaderAndBody) {
    ASSERT_EQ(open(), "");
    EXPECT_EQ(
        raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(5000, 'x') + "\r\n\r\n")
            ->status,
        431U);
    EXPECT_EQ(
        raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n")->status,
        413U);
    // Without a length the bound is met on the way.
    EXPECT_EQ(raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "11000\r\n" +
                  std::string(0x11000, 'x') + "\r\n0\r\n\r\n")
                  ->status,
              413U);
    EXPECT_EQ(on_thread([&] { return listener->counters().slow_peers; }), 0U);
}

TEST_F(HttpListener, EndsAConnectionThatIdlesOrTrickles) {
    settings.idle_timeout = std::chrono::milliseconds(50);
    ASSERT_EQ(open(), "");
    HttpClient silent = connect();
    HttpClient slow = connect();
    slow.send("GET /heal");
    EXPECT_TRUE(silent.ends());
    EXPECT_TRUE(slow.ends());
}

TEST_F(HttpListener, MakesRoomByEndingTheConnectionIdleLongest) {
    settings.max_connections = 2;
    ASSERT_EQ(open(), "");
    HttpClient first = connect();
    ASSERT_TRUE(first.request("GET", "/healthz"));
    HttpClient second = connect();
    ASSERT_TRUE(second.request("GET", "/healthz"));
    HttpClient third = connect();
    ASSERT_TRUE(third.request("GET", "/healthz"));
    EXPECT_TRUE(first.ends());
    EXPECT_TRUE(second.request("GET", "/healthz"));
}

TEST_F(HttpListener, TurnsANewConnectionAwayWhileAllAreBusy) {
    settings.max_connections = 1;
    ASSERT_EQ(open(), "");
    HttpClient busy = connect();
    busy.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 2\r\n\r\n");
    ASSERT_EQ(busy.receive(false)->status, 100U);  // its body is awaited: not idle
    HttpClient late = connect();
    EXPECT_TRUE(late.ends());
    busy.send("{}");
    EXPECT_EQ(busy.receive()->status, 200U);
    EXPECT_EQ(on_thread([&] { return listener->counters().turned_away; }), 1U);
}

TEST_F(HttpListener, EndsIdleConnectionsWhenItCloses) {
    ASSERT_EQ(open(), "");
    HttpClient idle = connect();
    ASSERT_TRUE(idle.request("GET", "/healthz"));
    HttpClient busy = connect();
    busy.send(
        "DELETE /empty HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 1\r\n\r\n");
    ASSERT_EQ(busy.receive(false)->status, 100U);
    on_thread([&] { listener->close(); });
    EXPECT_TRUE(idle.ends());
    EXPECT_FALSE(connect().ok());
    busy.send("x");
    const auto last = busy.receive();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->status, 204U);
    EXPECT_EQ(last->headers.at("connection"), "close");
    EXPECT_TRUE(busy.ends());
}

TEST_F(HttpListener, CutsOffWhatIsOpenWhenItGoes) {
    ASSERT_EQ(open(), "");
    HttpClient busy = connect();
    busy.send(
        "DELETE /empty HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 1\r\n\r\n");
    ASSERT_EQ(busy.receive(false)->status, 100U);
    on_thread([&] { listener.reset(); });
    EXPECT_TRUE(busy.ends());
}

TEST_F(HttpListener, NamesATakenAddressAndTheRemedy) {
    ASSERT_EQ(open(), "");
    const auto taken = listener->addresses().front();
    http::Settings second;
    second.listen = {taken};
    on_thread([&] {
        const auto opened = http::Listener::open(context, second, router, journal);
        ASSERT_TRUE(opened.has_error());
        EXPECT_THAT(opened.error(), HasSubstr(taken.to_string()));
        EXPECT_THAT(opened.error(), HasSubstr("choose another port"));
    });
}

TEST_F(HttpListener, ServesAUnixSocketForItsOwnerAndGroup) {
    settings.listen.clear();
    settings.socket = folder / "control.sock";
    ASSERT_EQ(open(), "");
    struct stat found {};
    ASSERT_EQ(::stat(settings.socket.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
    HttpClient client = HttpClient::local(settings.socket);
    ASSERT_TRUE(client.ok());
    // Whatever name the tool writes: no web page reaches a file.
    client.send("GET /healthz HTTP/1.1\r\nHost: any.example\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 200U);
    on_thread([&] { listener->close(); });
    EXPECT_FALSE(std::filesystem::exists(settings.socket));
}

TEST_F(HttpListener, ReplacesASocketFileOnlyWhenNobodyAnswersOnIt) {
    settings.listen.clear();
    settings.socket = folder / "control.sock";
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, settings.socket.c_str());
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
    ASSERT_TRUE(std::filesystem::exists(settings.socket));
    ASSERT_EQ(open(), "");

    on_thread([&] {
        const auto second = http::Listener::open(context, settings, router, journal);
        ASSERT_TRUE(second.has_error());
        EXPECT_THAT(second.error(), HasSubstr(settings.socket.string()));
        EXPECT_THAT(second.error(), HasSubstr("answers on it"));
    });
    EXPECT_TRUE(HttpClient::local(settings.socket).request("GET", "/healthz"));
}

TEST_F(HttpListener, KeepsRoomForThoseOnTheMachine) {
    settings.socket = folder / "control.sock";
    settings.max_connections = 1;
    ASSERT_EQ(open(), "");
    HttpClient busy = connect();
    busy.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(router.held.take());
    HttpClient waiting = connect();
    waiting.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    HttpClient client = HttpClient::local(settings.socket);
    const auto response = client.request("GET", "/echo");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "GET  socket");
}

// As a service manager has them: they outlive the daemon, whose clients wait meanwhile.
TEST_F(HttpListener, ServesTheSocketsThatWerePassed) {
    settings.socket = folder / "control.sock";
    const int local = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    std::strcpy(path.sun_path, settings.socket.c_str());
    ASSERT_EQ(::bind(local, reinterpret_cast<sockaddr*>(&path), sizeof path), 0);
    ASSERT_EQ(::chmod(settings.socket.c_str(), 0600), 0);
    const int tcp = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof loopback;
    ASSERT_EQ(::bind(tcp, reinterpret_cast<sockaddr*>(&loopback), size), 0);
    ASSERT_EQ(::getsockname(tcp, reinterpret_cast<sockaddr*>(&loopback), &size), 0);
    for (const int socket : {local, tcp}) ASSERT_EQ(::listen(socket, 8), 0);
    settings.listen = {{*wire::IpAddress::from("127.0.0.1"), ntohs(loopback.sin_port)}};
    settings.passed = {{settings.listen[0], tcp}};
    settings.passed_socket = local;
    for (int life = 1; life <= 2; ++life) {
        HttpClient over_tcp = HttpClient::tcp(settings.listen[0].port);
        HttpClient over_socket = HttpClient::local(settings.socket);
        ASSERT_EQ(open(), "");
        EXPECT_EQ(listener->addresses(), settings.listen);
        EXPECT_TRUE(over_tcp.request("GET", "/healthz"));
        EXPECT_EQ(over_socket.request("GET", "/echo")->body, "GET  socket");
        on_thread([&] { listener.reset(); });
    }
    struct stat found {};
    ASSERT_EQ(::stat(settings.socket.c_str(), &found), 0) << "it is not ours to remove";
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << "nor its mode to change";
    for (const int socket : {local, tcp}) ::close(socket);
    EXPECT_THAT(open(), HasSubstr("cannot be used"));
}

TEST_F(HttpListener, LeavesAFileThatIsNoSocketAlone) {
    settings.socket = folder / "notes";
    std::ofstream(settings.socket) << "keep me";
    EXPECT_THAT(open(), HasSubstr("it is no socket"));
    EXPECT_TRUE(std::filesystem::exists(settings.socket));
    settings.socket = folder / std::string(200, 'x');
    EXPECT_THAT(open(), HasSubstr("too long"));
    settings.socket = folder / "missing" / "control.sock";
    EXPECT_THAT(open(), HasSubstr("has to exist"));
}

}  // namespace
