// The Deliverer on the store that the daemon has.

#include <atomic>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "provisioning/store/sqlite.h"
#include "server/outbound/deliverer.h"
#include "tests/outbound/test_server.h"
#include "tests/support/seeded_random.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Reply = TestServer::Reply;
using Request = TestServer::Request;

std::unique_ptr<store::Store> open_store() {
    store::SqliteOptions options;  // in memory
    options.keys.push_back(*crypto::MasterKey::from(
        model::Secret(wire::Bytes(crypto::MasterKey::key_size, std::uint8_t{1}))));
    auto opened = store::open_sqlite(options, std::make_unique<support::SeededRandom>(1));
    EXPECT_TRUE(opened);
    return opened ? std::move(*opened) : nullptr;
}

store::SessionRow session(const std::string& id, const std::string& endpoint) {
    store::SessionRow row;
    row.id = id;
    row.endpoint = endpoint;
    row.outcome = "finished";
    row.body = "{}";
    return row;
}

TEST(KeptDeliveries, OfADeadWebhookDoNotStandBeforeThoseOfAnother) {
    asio::io_context context;
    const auto store = open_store();
    ASSERT_TRUE(store);
    support::SeededRandom random(3);
    journal::Journal journal(journal::Level::error, journal::Format::text);
    TestServer silent(context, [](const Request&) { return Reply{"", Reply::Then::keep_silent}; });
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    Client client(context);
    Deliverer deliverer(context, *store, client, random, journal);

    // Many more than are asked for at once.
    constexpr std::size_t backlog = 300, lively = 20;
    std::atomic<std::size_t> kept = 0;
    for (std::size_t i = 0; i < backlog; ++i) {
        const std::string name = "meter-" + std::to_string(i);
        std::vector<store::OutboxItem> items = {{"dead", name, "session.ended", "{}"}};
        if (i >= backlog - lively) items.push_back({"ops", name, "session.ended", "{}"});
        store->end_session(session(name, name), std::move(items), [&](store::Result<void> result) {
            if (result) ++kept;
            asio::post(context, [] {});
        });
    }
    ASSERT_TRUE(run_until(context, [&] { return kept == backlog; }));

    Webhook dead, ops;
    dead.rules.name = "dead";
    dead.rules.concurrency = 2;
    dead.url = *wire::HttpUrl::from(silent.url());
    dead.timeout = 60s;
    ops.rules.name = "ops";
    ops.url = *wire::HttpUrl::from(server.url());
    deliverer.reconfigure({dead, ops});
    EXPECT_TRUE(run_until(context, [&] {
        return deliverer.counters().at("ops").delivered == lively && deliverer.in_flight() == 2;
    }));
    EXPECT_EQ(server.requests().size(), lively);
    EXPECT_EQ(store->statistics().pending_deliveries, backlog);
}

}  // namespace
}  // namespace outbound
