#include "server/outbound/deliverer.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/outbound/signing.h"
#include "tests/outbound/fake_deliveries.h"
#include "tests/outbound/test_server.h"
#include "tests/support/seeded_random.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Reply = TestServer::Reply;
using Request = TestServer::Request;

class DelivererTest : public ::testing::Test {
  protected:
    DelivererTest() { restart(); }
    ~DelivererTest() override {
        deliverer.reset();
        client.reset();
    }

    // As after a kill: what was in flight is known to the store alone.
    void restart() {
        deliverer.reset();
        client = std::make_unique<Client>(context);
        // So short that a test goes through many of them.
        deliverer = std::make_unique<Deliverer>(context, store, *client, random, journal,
                                                Backoff{1ms, 4ms, 4ms});
        if (!hooks.empty()) deliverer->reconfigure(hooks);
    }
    void configure(std::vector<Webhook> with) {
        hooks = std::move(with);
        deliverer->reconfigure(hooks);
    }
    static Webhook hook(const std::string& name, const std::string& url) {
        Webhook result;
        result.rules.name = name;
        result.url = *wire::HttpUrl::from(url);
        result.timeout = 20s;
        return result;
    }
    std::uint64_t add(const std::string& device, const std::string& hook = "ops",
                      std::chrono::seconds age = 0s) {
        const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now());
        return store.add({hook, device, "session.ended", "{\"device\":\"" + device + "\"}"},
                         now - age);
    }
    bool until_all_arrived() {
        return run_until(context, [&] { return store.waiting().empty(); });
    }

    asio::io_context context;
    FakeDeliveries store;
    support::SeededRandom random{7};
    journal::Journal journal{journal::Level::error, journal::Format::text};
    std::vector<Webhook> hooks;
    std::unique_ptr<Client> client;
    std::unique_ptr<Deliverer> deliverer;
};

TEST_F(DelivererTest, SendsWhatWaitsAndTellsTheStore) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("", 204)}; });
    Webhook ops = hook("ops", server.url("/hook"));
    ops.secret = model::Secret(wire::as_bytes("s"));
    const auto sequence = add("meter-1");
    configure({ops});
    ASSERT_TRUE(until_all_arrived());
    ASSERT_EQ(server.requests().size(), 1U);
    const Request& seen = server.requests()[0];
    EXPECT_THAT(seen.head, ::testing::StartsWith("POST /hook HTTP/1.1\r\n"));
    EXPECT_EQ(seen.body, "{\"device\":\"meter-1\"}");
    EXPECT_EQ(seen.header("Lwm2m-Bootstrap-Event"), "session.ended");
    EXPECT_EQ(seen.header("Lwm2m-Bootstrap-Delivery"), std::to_string(sequence));
    EXPECT_EQ(seen.header("Lwm2m-Bootstrap-Signature"),
              signature(seen.header("Lwm2m-Bootstrap-Timestamp"), seen.body, *ops.secret));
    EXPECT_EQ(deliverer->counters().at("ops").delivered, 1U);
    EXPECT_TRUE(run_until(context, [&] { return deliverer->in_flight() == 0; }));
}

TEST_F(DelivererTest, SendsWhatComesLaterWhenItIsWoken) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    configure({hook("ops", server.url())});
    for (int i = 0; i < 3; ++i) {
        add("meter-1");
        add("meter-1");
        deliverer->wake();
        ASSERT_TRUE(until_all_arrived());
    }
    EXPECT_EQ(server.requests().size(), 6U);
}

TEST_F(DelivererTest, TriesAgainWhateverTheFailureIs) {
    // One way of failing after the other, then success.
    const std::vector<Reply> replies = {
        {TestServer::ok("", 500), Reply::Then::read_on},
        {TestServer::ok("", 410), Reply::Then::read_on},
        {TestServer::ok("", 302, "Location: /x\r\n"), Reply::Then::read_on},
        {TestServer::ok("", 429, "Retry-After: 0\r\n"), Reply::Then::read_on},
        {"", Reply::Then::close},
        {"HTTP/1.1 20", Reply::Then::close},
        {"garbage\r\n\r\n", Reply::Then::close},
        {TestServer::ok("", 200), Reply::Then::read_on},
    };
    std::size_t next = 0;
    TestServer server(context, [&](const Request&) { return replies.at(next++); });
    configure({hook("ops", server.url())});
    add("meter-1");
    deliverer->wake();
    ASSERT_TRUE(until_all_arrived());
    EXPECT_EQ(next, replies.size());
    // The one that ended a kept connection without an octet is no failure yet.
    EXPECT_EQ(deliverer->counters().at("ops").failed, replies.size() - 2);
    for (const Request& request : server.requests())
        EXPECT_EQ(request.header("Lwm2m-Bootstrap-Delivery"), "1");
}

TEST_F(DelivererTest, KeepsTheReasonOfTheLastFailure) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("", 403)}; });
    configure({hook("ops", server.url())});
    add("meter-1");
    deliverer->wake();
    ASSERT_TRUE(run_until(context, [&] { return store.waiting().at(0).attempts >= 2; }));
    EXPECT_EQ(store.waiting().at(0).last_error, "answered 403");
}

// The whole promise: whatever the server does and however often the daemon is killed, every
// message arrives, and those of one device in their order.
TEST_F(DelivererTest, DeliversAtLeastOnceAndInOrderPerDeviceOverRestarts) {
    constexpr int devices = 12, rounds = 5;
    std::map<std::string, std::vector<std::uint64_t>> arrived;  // those that were answered well
    support::SeededRandom chance(11);
    TestServer server(context, [&](const Request& request) {
        const double dice = chance.next_unit();
        if (dice < 0.15) return Reply{"", Reply::Then::close};
        if (dice < 0.3) return Reply{TestServer::ok("", dice < 0.2 ? 400 : 503)};
        arrived[request.body].push_back(std::stoul(request.header("Lwm2m-Bootstrap-Delivery")));
        // Heard, but its answer is lost: it will come again.
        if (dice < 0.4) return Reply{"HTTP/1.1 200", Reply::Then::close};
        return Reply{TestServer::ok()};
    });
    configure({hook("ops", server.url())});
    std::map<std::string, std::vector<std::uint64_t>> sent;
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < devices; ++i) {
            const std::string device = "meter-" + std::to_string(i);
            sent["{\"device\":\"" + device + "\"}"].push_back(add(device));
        }
        deliverer->wake();
        const std::size_t before = server.requests().size();
        for (std::size_t kill = 1; kill <= 4; ++kill) {
            ASSERT_TRUE(run_until(context, [&] {
                return server.requests().size() >= before + 3 * kill || store.waiting().empty();
            }));
            restart();
        }
        if (round == 2) store.fail_changes(3);
    }
    ASSERT_TRUE(until_all_arrived());
    EXPECT_GT(server.requests().size(), static_cast<std::size_t>(devices * rounds));
    ASSERT_EQ(arrived.size(), static_cast<std::size_t>(devices));
    for (auto& [device, sequences] : arrived) {
        EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end())) << device;
        sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
        EXPECT_EQ(sequences, sent[device]) << device;
    }
}

TEST_F(DelivererTest, SendsAgainWhatTheStoreCouldNotBeTold) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    configure({hook("ops", server.url())});
    store.fail_changes(2);
    add("meter-1");
    deliverer->wake();
    ASSERT_TRUE(until_all_arrived());
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(DelivererTest, LetsNoDeadWebhookHoldUpAnother) {
    TestServer silent(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    Webhook dead = hook("dead", silent.url());
    dead.rules.concurrency = 2;
    configure({dead, hook("ops", server.url())});
    for (int i = 0; i < 300; ++i) add("meter-" + std::to_string(i), "dead");
    for (int i = 0; i < 20; ++i) add("meter-" + std::to_string(i), "ops");
    deliverer->wake();
    EXPECT_TRUE(run_until(context, [&] { return store.waiting().size() == 300; }));
    EXPECT_EQ(server.requests().size(), 20U);
    EXPECT_LE(silent.requests().size(), 2U);
}

TEST_F(DelivererTest, GivesUpOnlyWhatIsTooOld) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("", 500)}; });
    Webhook ops = hook("ops", server.url());
    ops.rules.max_age = 3600s;
    configure({ops});
    add("old", "ops", 3601s);
    add("young", "ops", 3000s);
    deliverer->wake();
    ASSERT_TRUE(run_until(context, [&] {
        const auto waiting = store.waiting();
        return waiting.size() == 1 && waiting[0].attempts > 0;
    }));
    EXPECT_EQ(store.waiting()[0].item.endpoint, "young");
    ASSERT_EQ(store.audited().size(), 1U);
    EXPECT_EQ(store.audited()[0].action, "delivery.drop");
    EXPECT_EQ(store.audited()[0].subject, "old");
    EXPECT_EQ(deliverer->counters().at("ops").dropped, 1U);
}

TEST_F(DelivererTest, PutsOffWhatHasNoWebhook) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    add("meter-1", "gone");
    configure({hook("ops", server.url())});
    ASSERT_TRUE(run_until(context, [&] { return store.waiting().at(0).attempts == 1; }));
    EXPECT_THAT(store.waiting()[0].last_error, HasSubstr("no webhook of this name"));
    EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(DelivererTest, SendsNothingMoreOnceItIsStopped) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    configure({hook("ops", server.url())});
    add("meter-1");
    deliverer->wake();
    ASSERT_TRUE(until_all_arrived());
    deliverer->stop();
    add("meter-1");
    deliverer->wake();
    context.restart();
    context.poll();
    EXPECT_EQ(server.requests().size(), 1U);
    EXPECT_EQ(store.waiting().size(), 1U);
}

TEST_F(DelivererTest, TellsWhoWantsAnEvent) {
    Webhook all = hook("all", "http://127.0.0.1:1/");
    Webhook some = hook("some", "http://127.0.0.1:1/");
    some.events = {"session.ended"};
    configure({all, some});
    EXPECT_THAT(deliverer->wanting("session.ended"), ElementsAre("all", "some"));
    EXPECT_THAT(deliverer->wanting("credential.promoted"), ElementsAre("all"));
}

}  // namespace
}  // namespace outbound
