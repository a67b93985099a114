#include "server/outbound/server_trigger.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/outbound/test_server.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;
using Reply = TestServer::Reply;
using Request = TestServer::Request;

class ServerTriggerTest : public ::testing::Test {
  protected:
    LwM2mServer leshan(const std::string& url, std::size_t concurrency = 16) {
        LwM2mServer server;
        server.name = "lab";
        server.preset = ServerPreset::leshan;
        server.url = url;
        server.timeout = std::chrono::seconds(20);
        server.concurrency = concurrency;
        return server;
    }
    std::optional<std::string> ask(const std::string& server, const std::string& endpoint) {
        bool came = false;
        std::optional<std::string> failure;
        trigger.ask(server, endpoint, 0, [&](std::optional<std::string> why) {
            came = true;
            failure = std::move(why);
        });
        EXPECT_FALSE(came) << "called back from within";
        EXPECT_TRUE(run_until(context, [&] { return came; }));
        return failure;
    }

    asio::io_context context;
    Client client{context};
    ServerTrigger trigger{context, client};
};

TEST_F(ServerTriggerTest, AsksLeshan) {
    TestServer server(context, [](const Request& request) {
        if (request.head.find("sleepy") != std::string::npos)
            return Reply{TestServer::ok(R"({"ep":"sleepy","requestId":"1","delayed":true})")};
        if (request.head.find("meter-1") != std::string::npos)
            return Reply{TestServer::ok(R"json({"status":"CHANGED(204)","success":true})json")};
        return Reply{TestServer::ok("no registered client with id 'x'", 400)};
    });
    LwM2mServer lab = leshan(server.url());
    lab.token = model::Secret(wire::as_bytes("t-1"));
    trigger.reconfigure({lab});
    EXPECT_TRUE(trigger.knows("lab"));
    EXPECT_EQ(ask("lab", "meter-1"), std::nullopt);
    EXPECT_EQ(ask("lab", "sleepy"), std::nullopt);
    EXPECT_THAT(ask("lab", "x"), Optional(HasSubstr("answered 400: no registered client")));
    EXPECT_THAT(server.requests()[0].head,
                StartsWith("POST /api/clients/meter-1/1/0/9?timeout=19 HTTP/1.1\r\n"));
    EXPECT_EQ(server.requests()[0].header("Authorization"), "Bearer t-1");
    EXPECT_EQ(trigger.counters().asked, 3U);
    EXPECT_EQ(trigger.counters().failed, 1U);
}

TEST_F(ServerTriggerTest, FailsForAServerThatNobodyNamed) {
    EXPECT_FALSE(trigger.knows("lab"));
    EXPECT_THAT(ask("lab", "meter-1"), Optional(HasSubstr("no LwM2M Server \"lab\"")));
    trigger.reconfigure({leshan("http://127.0.0.1:1")});
    EXPECT_THAT(ask("lab", ".."), Optional(HasSubstr("cannot be named in a URL")));
    EXPECT_THAT(ask("lab", "meter-1"), Optional(HasSubstr("cannot connect")));
    EXPECT_EQ(trigger.counters().refused, 2U);
}

TEST_F(ServerTriggerTest, QueuesWhatIsMoreThanAServerMayHaveAtOnce) {
    std::size_t answered = 0;
    TestServer server(context, [&](const Request&) {
        EXPECT_LE(trigger.under_way(), 2U);
        return Reply{TestServer::ok(R"({"success":true})")};
    });
    trigger.reconfigure({leshan(server.url(), 2)});
    for (int i = 0; i < 20; ++i)
        trigger.ask("lab", "meter-" + std::to_string(i), 0,
                    [&](const std::optional<std::string>& failure) {
                        EXPECT_EQ(failure, std::nullopt);
                        ++answered;
                    });
    EXPECT_EQ(trigger.under_way(), 2U);
    EXPECT_EQ(trigger.waiting(), 18U);
    EXPECT_TRUE(run_until(context, [&] { return answered == 20; }));
    EXPECT_LE(server.connections(), 2U);
}

TEST_F(ServerTriggerTest, RefusesWhatItsQueueDoesNotHold) {
    TestServer server(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    trigger.reconfigure({leshan(server.url(), 1)});
    for (std::size_t i = 0; i < ServerTrigger::most_waiting + 1; ++i)
        trigger.ask("lab", "meter", 0, [](const std::optional<std::string>&) {});
    EXPECT_EQ(trigger.waiting(), ServerTrigger::most_waiting);
    EXPECT_THAT(ask("lab", "meter"), Optional(HasSubstr("too many wait")));
}

TEST_F(ServerTriggerTest, FailsWhatWaitsForAServerThatIsTakenOutOfTheSettings) {
    TestServer server(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    trigger.reconfigure({leshan(server.url(), 1)});
    std::vector<std::string> failures;
    for (int i = 0; i < 3; ++i)
        trigger.ask("lab", "meter", 0, [&](const std::optional<std::string>& failure) {
            failures.push_back(failure.value_or("none"));
        });
    trigger.reconfigure({});
    EXPECT_TRUE(run_until(context, [&] { return failures.size() == 2; }));
    EXPECT_THAT(failures, ::testing::Each(HasSubstr("no LwM2M Server")));
}

TEST_F(ServerTriggerTest, CallsNobodyAfterItHasGone) {
    bool called = false;
    {
        ServerTrigger passing(context, client);
        passing.ask("lab", "meter", 0, [&](const std::optional<std::string>&) { called = true; });
    }
    context.restart();
    context.poll();
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace outbound
