#include "server/outbound/client.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/outbound/test_server.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Reply = TestServer::Reply;
using Request = TestServer::Request;

class OutboundClient : public ::testing::Test {
  protected:
    OutRequest request(const std::string& url, std::string body = "{}") {
        OutRequest result;
        const auto parsed = wire::HttpUrl::from(url);
        EXPECT_TRUE(parsed) << url;
        if (parsed) result.url = *parsed;
        result.body = std::move(body);
        result.timeout = std::chrono::seconds(20);
        return result;
    }
    Result send(OutRequest out) {
        std::optional<Result> result;
        client.send(std::move(out), [&](Result came) { result = std::move(came); });
        EXPECT_FALSE(result) << "called back from within";
        EXPECT_TRUE(run_until(context, [&] { return result.has_value(); }));
        return result ? *result : Result(std::string("nothing came"));
    }
    // What becomes of a request that is answered with these octets.
    Result answered(const std::string& octets, Reply::Then then = Reply::Then::close) {
        TestServer server(context, [&](const Request&) { return Reply{octets, then}; });
        return send(request(server.url()));
    }

    asio::io_context context;
    Client client{context};
};

TEST_F(OutboundClient, SendsARequestAndReadsTheAnswer) {
    TestServer server(context, [](const Request&) {
        return Reply{TestServer::ok("hello", 202, "Retry-After: 7\r\n")};
    });
    OutRequest out = request(server.url("/a/b?c=%20"), "{\"x\": 1}");
    out.method = "PUT";
    out.headers = {{"Content-Type", "application/json"}};
    out.bearer = model::Secret(wire::as_bytes("token-1"));
    const Result result = send(out);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->status, 202U);
    EXPECT_EQ(result->body, "hello");
    EXPECT_EQ(result->retry_after, std::chrono::seconds(7));
    ASSERT_EQ(server.requests().size(), 1U);
    const Request& seen = server.requests()[0];
    EXPECT_THAT(seen.head, StartsWith("PUT /a/b?c=%20 HTTP/1.1\r\n"));
    EXPECT_EQ(seen.header("Host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(seen.header("Content-Type"), "application/json");
    EXPECT_EQ(seen.header("Authorization"), "Bearer token-1");
    EXPECT_EQ(seen.header("Content-Length"), "8");
    EXPECT_EQ(seen.body, "{\"x\": 1}");
}

TEST_F(OutboundClient, KeepsAConnectionForTheNextRequest) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("x")}; });
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(send(request(server.url())));
    EXPECT_EQ(server.connections(), 1U);
    EXPECT_EQ(client.idle(), 1U);
    client.forget();
    EXPECT_EQ(client.idle(), 0U);
    EXPECT_TRUE(send(request(server.url())));
    EXPECT_EQ(server.connections(), 2U);
}

TEST_F(OutboundClient, KeepsNoConnectionThatTheServerWillClose) {
    TestServer server(context, [](const Request&) {
        return Reply{TestServer::ok("x", 200, "Connection: close\r\n"), Reply::Then::close};
    });
    EXPECT_TRUE(send(request(server.url())));
    EXPECT_EQ(client.idle(), 0U);
}

TEST_F(OutboundClient, SendsAgainWhereAKeptConnectionWasClosedMeanwhile) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("x")}; });
    EXPECT_TRUE(send(request(server.url())));
    server.close_connections();
    const Result result = send(request(server.url()));
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(server.connections(), 2U);
}

TEST_F(OutboundClient, TakesNothingThatCameUnaskedForAnAnswer) {
    // The second answer comes with the first or after it; neither is that to the next request.
    TestServer server(context, [](const Request& request) {
        return Reply{TestServer::ok("first") +
                     (request.connection == 0 ? TestServer::ok("unasked") : std::string())};
    });
    EXPECT_EQ(send(request(server.url()))->body, "first");
    EXPECT_EQ(send(request(server.url()))->body, "first");
}

TEST_F(OutboundClient, BoundsTheConnectionsThatItKeeps) {
    Client small(context, Client::Limits{.under_way = 8, .idle = 1});
    TestServer one(context, [](const Request&) { return Reply{TestServer::ok()}; });
    TestServer other(context, [](const Request&) { return Reply{TestServer::ok()}; });
    int came = 0;
    small.send(request(one.url()), [&](const Result&) { ++came; });
    small.send(request(other.url()), [&](const Result&) { ++came; });
    EXPECT_TRUE(run_until(context, [&] { return came == 2; }));
    EXPECT_EQ(small.idle(), 1U);
}

TEST_F(OutboundClient, BoundsWhatIsUnderWay) {
    Client small(context, Client::Limits{.under_way = 1, .idle = 1});
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    std::optional<Result> first, second;
    small.send(request(server.url()), [&](Result came) { first = std::move(came); });
    small.send(request(server.url()), [&](Result came) { second = std::move(came); });
    EXPECT_TRUE(run_until(context, [&] { return first && second; }));
    EXPECT_TRUE(*first);
    ASSERT_FALSE(*second);
    EXPECT_THAT(second->error(), HasSubstr("too many"));
    EXPECT_EQ(small.counters().refused, 1U);
}

TEST_F(OutboundClient, FollowsNoRedirect) {
    const Result result = answered(TestServer::ok("", 302, "Location: http://127.0.0.1:1/\r\n"));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 302U);
}

TEST_F(OutboundClient, ReadsTheBodyInEveryForm) {
    EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
                  ->body,
              "abcde");
    EXPECT_EQ(answered("HTTP/1.1 200 OK\r\n\r\nuntil the end")->body, "until the end");
    EXPECT_EQ(answered("HTTP/1.1 204 No Content\r\n\r\n", Reply::Then::read_on)->status, 204U);
    const Result interim = answered(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\ny");
    ASSERT_TRUE(interim) << interim.error();
    EXPECT_EQ(interim->status, 201U);
    EXPECT_EQ(interim->body, "y");
}

TEST_F(OutboundClient, HoldsNoMoreOfAnAnswerThanItsLimit) {
    const std::string large(Client::max_body + 1, 'x');
    const Result known = answered(TestServer::ok(large), Reply::Then::read_on);
    ASSERT_TRUE(known) << known.error();
    EXPECT_EQ(known->status, 200U);
    EXPECT_LE(known->body.size(), Client::max_body);
    const Result endless = answered("HTTP/1.1 200 OK\r\n\r\n" + large + large);
    ASSERT_TRUE(endless) << endless.error();
    EXPECT_LE(endless->body.size(), Client::max_body);
    EXPECT_EQ(client.idle(), 0U);
    const Result claimed = answered("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nx");
    ASSERT_TRUE(claimed) << claimed.error();
    EXPECT_EQ(claimed->status, 200U);
    const Result header = answered("HTTP/1.1 200 OK\r\nX: " + large + "\r\n\r\n");
    EXPECT_FALSE(header);
}

TEST_F(OutboundClient, TakesGarbageForAFailure) {
    for (const std::string octets :
         {"garbage\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
        const Result result = answered(octets);
        ASSERT_FALSE(result) << octets;
        EXPECT_THAT(result.error(), HasSubstr("not an answer of 127.0.0.1")) << octets;
    }
    std::string interim;
    for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_FALSE(answered(interim));
}

TEST_F(OutboundClient, TakesAnAnswerThatWasCutForAFailure) {
    for (const std::string octets :
         {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"}) {
        const Result result = answered(octets);
        ASSERT_FALSE(result) << octets;
        EXPECT_THAT(result.error(), HasSubstr("ended")) << octets;
    }
}

TEST_F(OutboundClient, GivesUpOnAServerThatIsSilent) {
    TestServer server(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    OutRequest out = request(server.url());
    out.timeout = std::chrono::milliseconds(20);
    const Result result = send(out);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(), HasSubstr("no answer"));
    EXPECT_EQ(client.under_way(), 0U);
}

TEST_F(OutboundClient, TellsOfAServerThatRefuses) {
    asio::ip::tcp::acceptor deaf(context);
    deaf.open(asio::ip::tcp::v4());
    deaf.bind({asio::ip::address_v4::loopback(), 0});
    const Result result = send(request(
        "http://127.0.0.1:" + std::to_string(deaf.local_endpoint().port()) + "/secret-path"));
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(), HasSubstr("cannot connect to 127.0.0.1"));
    EXPECT_THAT(result.error(), Not(HasSubstr("secret-path")));
}

TEST_F(OutboundClient, FindsAServerByName) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    const Result found = send(request("http://localhost:" + std::to_string(server.port())));
    EXPECT_TRUE(found) << found.error();
    const Result lost = send(request("http://no-such-host.invalid/"));
    ASSERT_FALSE(lost);
    EXPECT_THAT(lost.error(), HasSubstr("cannot find no-such-host.invalid"));
}

TEST_F(OutboundClient, SendsNoHeaderThatHoldsALineEnd) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    OutRequest out = request(server.url());
    out.headers = {{"X", "a\r\nY: b"}};
    EXPECT_FALSE(send(out));
    out.headers.clear();
    out.bearer = model::Secret(wire::as_bytes("t\n"));
    EXPECT_FALSE(send(out));
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(OutboundClient, SpeaksTlsWithAServerThatItsCaVouchesFor) {
    SelfMadeCa ca("IP:127.0.0.1,DNS:localhost");
    TestServer server(
        context, [](const Request&) { return Reply{TestServer::ok("x")}; }, &ca.server());
    OutRequest out = request(server.url());
    out.ca_file = ca.certificate();
    for (int i = 0; i < 2; ++i) {
        const Result result = send(out);
        ASSERT_TRUE(result) << result.error();
        EXPECT_EQ(result->body, "x");
    }
    EXPECT_EQ(server.connections(), 1U);
    out.url.host = "localhost";
    const Result named = send(out);
    EXPECT_TRUE(named) << named.error();
}

TEST_F(OutboundClient, RefusesACertificateOfAnotherName) {
    SelfMadeCa ca("DNS:other.example");
    TestServer server(
        context, [](const Request&) { return Reply{TestServer::ok()}; }, &ca.server());
    OutRequest out = request(server.url());
    out.ca_file = ca.certificate();
    for (const std::string host : {"127.0.0.1", "localhost"}) {
        out.url.host = host;
        const Result result = send(out);
        ASSERT_FALSE(result) << host;
        EXPECT_THAT(result.error(), HasSubstr("no TLS with")) << host;
    }
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(OutboundClient, RefusesACertificateOfAnotherCa) {
    SelfMadeCa ca("IP:127.0.0.1"), other("IP:127.0.0.1");
    TestServer server(
        context, [](const Request&) { return Reply{TestServer::ok()}; }, &ca.server());
    OutRequest out = request(server.url());
    EXPECT_FALSE(send(out)) << "the system's CAs do not know it";
    out.ca_file = other.certificate();
    const Result result = send(out);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(), HasSubstr("certificate is refused"));
    out.ca_file = "/nowhere/ca.pem";
    const Result missing = send(out);
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error(), HasSubstr("/nowhere/ca.pem"));
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(OutboundClient, DoesNotTakeACutTlsConnectionForTheEndOfABody) {
    SelfMadeCa ca("IP:127.0.0.1");
    TestServer server(
        context,
        [](const Request&) {
            return Reply{"HTTP/1.1 200 OK\r\n\r\npart", Reply::Then::close};
        },
        &ca.server());
    OutRequest out = request(server.url());
    out.ca_file = ca.certificate();
    EXPECT_FALSE(send(out));
}

TEST_F(OutboundClient, CallsNobodyAfterItHasGone) {
    TestServer server(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    auto passing = std::make_unique<Client>(context);
    bool called = false;
    passing->send(request(server.url()), [&](const Result&) { called = true; });
    EXPECT_TRUE(run_until(context, [&] { return server.requests().size() == 1; }));
    passing->send(request(server.url()), [&](const Result&) { called = true; });
    passing.reset();
    context.restart();
    context.poll();
    EXPECT_FALSE(called);
}

TEST_F(OutboundClient, MayBeDestroyedByItsOwnCallback) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    auto passing = std::make_unique<Client>(context);
    bool called = false;
    passing->send(request(server.url()), [&](const Result&) {
        passing.reset();
        called = true;
    });
    EXPECT_TRUE(run_until(context, [&] { return called; }));
}

}  // namespace
}  // namespace outbound
