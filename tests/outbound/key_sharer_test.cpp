#include "server/outbound/key_sharer.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/outbound/signing.h"
#include "tests/outbound/test_server.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using Reply = TestServer::Reply;
using Request = TestServer::Request;

constexpr std::string_view key_octets = "0123456789abcdef";
constexpr std::string_view key_hex = "30313233343536373839616263646566";

SharedKey psk() {
    return {"s-1:101",
            "2026-01-01T00:00:00.000Z",
            "meter \"1\"",
            101,
            "coaps://dm.example.com",
            "psk",
            "meter-1",
            model::Secret(wire::as_bytes(key_octets))};
}

TEST(KeyShareMessage, TellsAPreSharedKey) {
    const auto body = key_share_body(psk());
    const auto json = nlohmann::json::parse(wire::as_text(body.reveal()));
    EXPECT_EQ(json, nlohmann::json::parse(R"({
        "id": "s-1:101", "type": "keys.share", "time": "2026-01-01T00:00:00.000Z",
        "data": {"endpoint": "meter \"1\"", "shortServerId": 101, "uri": "coaps://dm.example.com",
                 "mode": "psk", "identity": "meter-1",
                 "key": "30313233343536373839616263646566"}})"));
    EXPECT_EQ(body.kind(), model::Secret::Kind::text);
}

TEST(KeyShareMessage, TellsThePublicHalfOfAKeyPair) {
    SharedKey shared = psk();
    shared.mode = "rpk";
    shared.identity.clear();
    shared.key = wire::Bytes{0x30, 0x59, 0x30, 0x13, 0xFF};
    const auto body = key_share_body(shared);
    const auto json = nlohmann::json::parse(wire::as_text(body.reveal()));
    EXPECT_EQ(json["data"]["publicKey"], "MFkwE/8=");
    EXPECT_FALSE(json["data"].contains("key"));
    EXPECT_FALSE(json["data"].contains("identity"));
}

class KeySharerTest : public ::testing::Test {
  protected:
    KeyShareTarget target(const std::string& url, unsigned attempts = 3) const {
        return {"eu", *wire::HttpUrl::from(url), model::Secret(wire::as_bytes("share-secret")),
                {},   std::chrono::seconds(10),  attempts};
    }
    std::optional<std::string> share(const std::string& name = "eu") {
        bool came = false;
        std::optional<std::string> failure;
        sharer.share(name, psk(), [&](std::optional<std::string> why) {
            came = true;
            failure = std::move(why);
        });
        EXPECT_FALSE(came) << "called back from within";
        EXPECT_TRUE(run_until(context, [&] { return came; }));
        return failure;
    }

    asio::io_context context;
    Client client{context};
    KeySharer sharer{context, client};
};

TEST_F(KeySharerTest, SignsWhatItTells) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("", 204)}; });
    sharer.reconfigure({target(server.url("/keys"))});
    EXPECT_EQ(share(), std::nullopt);
    ASSERT_EQ(server.requests().size(), 1U);
    const Request& request = server.requests()[0];
    EXPECT_THAT(request.head, ::testing::StartsWith("POST /keys HTTP/1.1\r\n"));
    EXPECT_EQ(request.header("Lwm2m-Bootstrap-Event"), "keys.share");
    EXPECT_EQ(request.header("Lwm2m-Bootstrap-Delivery"), "s-1:101");
    EXPECT_EQ(request.header("Lwm2m-Bootstrap-Signature"),
              signature(request.header("Lwm2m-Bootstrap-Timestamp"), request.body,
                        model::Secret(wire::as_bytes("share-secret"))));
    EXPECT_EQ(nlohmann::json::parse(request.body)["data"]["key"], key_hex);
    EXPECT_EQ(sharer.counters().taken, 1U);
    EXPECT_EQ(sharer.under_way(), 0U);
}

TEST_F(KeySharerTest, TriesAgainWhatWasNotTaken) {
    int asked = 0;
    TestServer server(context, [&](const Request&) {
        return Reply{TestServer::ok("", ++asked < 3 ? 503 : 200)};
    });
    sharer.reconfigure({target(server.url())});
    EXPECT_EQ(share(), std::nullopt);
    ASSERT_EQ(server.requests().size(), 3U);
    EXPECT_EQ(server.requests()[0].body, server.requests()[2].body);
}

TEST_F(KeySharerTest, GivesUpAfterItsAttemptsWithoutAWordOfTheKey) {
    TestServer server(
        context, [](const Request& request) { return Reply{TestServer::ok(request.body, 409)}; });
    sharer.reconfigure({target(server.url(), 2)});
    const auto failure = share();
    EXPECT_THAT(failure, Optional(HasSubstr("key share \"eu\": it answered 409")));
    EXPECT_THAT(failure, Optional(Not(HasSubstr(std::string(key_hex)))));
    EXPECT_EQ(server.requests().size(), 2U);
    EXPECT_EQ(sharer.counters().failed, 1U);
    EXPECT_EQ(sharer.under_way(), 0U);
}

TEST_F(KeySharerTest, FailsForATargetThatNobodyNamed) {
    EXPECT_THAT(share("eu"), Optional(HasSubstr("no key share \"eu\"")));
    sharer.reconfigure({target("http://127.0.0.1:1", 1)});
    EXPECT_THAT(share(), Optional(HasSubstr("cannot connect")));
}

TEST_F(KeySharerTest, SendsSoManyAtOnceAndNoMore) {
    std::size_t taken = 0;
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    sharer.reconfigure({target(server.url())});
    const std::size_t all = 3 * KeySharer::concurrency;
    for (std::size_t i = 0; i < all; ++i)
        sharer.share("eu", psk(), [&](const std::optional<std::string>& failure) {
            EXPECT_EQ(failure, std::nullopt);
            ++taken;
        });
    EXPECT_EQ(sharer.under_way(), all);
    EXPECT_EQ(client.under_way(), KeySharer::concurrency);
    EXPECT_TRUE(run_until(context, [&] { return taken == all; }));
    EXPECT_LE(server.connections(), KeySharer::concurrency);
}

TEST_F(KeySharerTest, RefusesWhatIsTooMuch) {
    TestServer server(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    sharer.reconfigure({target(server.url())});
    for (std::size_t i = 0; i < KeySharer::most_under_way; ++i)
        sharer.share("eu", psk(), [](const std::optional<std::string>&) {});
    EXPECT_THAT(share(), Optional(HasSubstr("too many keys")));
}

TEST_F(KeySharerTest, FailsWhatWaitsForATargetThatIsTakenOutOfTheSettings) {
    TestServer server(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    sharer.reconfigure({target(server.url())});
    std::size_t failed = 0;
    for (std::size_t i = 0; i < KeySharer::concurrency + 2; ++i)
        sharer.share("eu", psk(), [&](const std::optional<std::string>& failure) {
            EXPECT_THAT(failure, Optional(HasSubstr("no key share")));
            ++failed;
        });
    sharer.reconfigure({});
    EXPECT_TRUE(run_until(context, [&] { return failed == 2; }));
}

TEST_F(KeySharerTest, CallsNobodyAfterItHasGone) {
    bool called = false;
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("", 500)}; });
    {
        KeySharer passing(context, client);
        passing.reconfigure({target(server.url())});
        passing.share("eu", psk(), [&](const std::optional<std::string>&) { called = true; });
        EXPECT_TRUE(run_until(context, [&] { return server.requests().size() == 1; }));
    }
    context.restart();
    context.poll();
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace outbound
