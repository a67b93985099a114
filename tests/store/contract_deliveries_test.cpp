#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::Delivery;
using store::OutboxItem;
using store::RemoveResult;
using store::WallTime;

const WallTime far = at(INT64_MAX / 2);

class ContractOfDeliveries : public Contract {
  protected:
    // Messages that are told by their bodies.
    void add(const std::string& session, std::vector<OutboxItem> items) {
        end(session_row(session), std::move(items));
    }
    static std::string bodies(const std::vector<Delivery>& deliveries) {
        std::string all;
        for (const Delivery& each : deliveries) all += each.item.body + " ";
        return all;
    }
    std::uint64_t sequence_of(const std::string& body) {
        const auto page =
            *ask<store::PageOf<Delivery>>([&](auto then) { store_->list_deliveries({}, then); });
        for (const Delivery& each : page.items)
            if (each.item.body == body) return each.sequence;
        return 0;
    }
    void delivered(const std::string& body) {
        ASSERT_TRUE(ask<void>([&](auto then) { store_->delivered(sequence_of(body), then); }));
    }
    void failed(const std::string& body, WallTime next) {
        ASSERT_TRUE(ask<void>(
            [&](auto then) { store_->delivery_failed(sequence_of(body), next, "503", then); }));
    }
    std::optional<WallTime> next() {
        return *ask<std::optional<WallTime>>([&](auto then) { store_->next_delivery(then); });
    }
};

TEST_P(ContractOfDeliveries, AreDueAtOnce) {
    EXPECT_FALSE(next());
    add("s", {{"h", "a", "session.ended", "1"}});
    const auto all = due(far);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].item.hook, "h");
    EXPECT_EQ(all[0].item.endpoint, "a");
    EXPECT_EQ(all[0].item.kind, "session.ended");
    EXPECT_EQ(all[0].attempts, 0U);
    EXPECT_EQ(all[0].last_error, "");
    EXPECT_EQ(all[0].created, all[0].due);
    EXPECT_EQ(next(), all[0].due);
    EXPECT_TRUE(due(all[0].due - std::chrono::milliseconds(1)).empty());
}

TEST_P(ContractOfDeliveries, GoInOrderForEachHookAndDevice) {
    add("s1", {{"h", "a", "k", "1"}, {"h", "b", "k", "2"}, {"i", "a", "k", "3"}});
    add("s2", {{"h", "a", "k", "4"}});
    EXPECT_EQ(bodies(due(far)), "1 2 3 ");
    delivered("1");
    EXPECT_EQ(bodies(due(far)), "2 3 4 ");
    delivered("4");
    delivered("2");
    delivered("3");
    EXPECT_TRUE(due(far).empty());
    EXPECT_FALSE(next());
    EXPECT_EQ(store_->statistics().pending_deliveries, 0U);
}

TEST_P(ContractOfDeliveries, NeedNoSession) {
    ASSERT_TRUE(ask<void>([&](auto then) {
        store_->tell({{"h", "a", "credential.promoted", "1"}, {"i", "a", "k", "2"}}, then);
    }));
    EXPECT_EQ(bodies(due(far)), "1 2 ");
    EXPECT_EQ(store_->statistics().pending_deliveries, 2U);
}

TEST_P(ContractOfDeliveries, WaitForTheirTimeAfterAFailure) {
    add("s", {{"h", "a", "k", "1"}, {"h", "a", "k", "2"}, {"h", "b", "k", "3"}});
    failed("1", far);
    const auto soon = far - std::chrono::hours(1);
    EXPECT_EQ(bodies(due(soon)), "3 ");
    delivered("3");
    // What comes behind one that waits, waits too.
    EXPECT_TRUE(due(soon).empty());
    EXPECT_EQ(next(), far);
    const auto all = due(far);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].attempts, 1U);
    EXPECT_EQ(all[0].last_error, "503");
}

TEST_P(ContractOfDeliveries, AreHandedOutUpToALimit) {
    add("s", {{"h", "a", "k", "1"}, {"h", "b", "k", "2"}, {"h", "c", "k", "3"}});
    EXPECT_EQ(bodies(due(far, 2)), "1 2 ");
    EXPECT_TRUE(due(far, 0).empty());
}

TEST_P(ContractOfDeliveries, AreDroppedByAnOperator) {
    add("s", {{"h", "a", "k", "1"}, {"h", "a", "k", "2"}});
    const auto drop = [&](std::uint64_t sequence) {
        return *ask<RemoveResult>(
            [&](auto then) { store_->drop_delivery(sequence, by("ops", "delivery.drop"), then); });
    };
    EXPECT_TRUE(is<store::NotThere>(drop(999999)));
    EXPECT_TRUE(is<store::Removed>(drop(sequence_of("1"))));
    EXPECT_EQ(bodies(due(far)), "2 ");
    EXPECT_EQ(audit_rows({.action = "delivery.drop"}).size(), 1U);
}

TEST_P(ContractOfDeliveries, AreListedNewestFirst) {
    add("s", {{"h", "a", "k", "1"}, {"i", "a", "k", "2"}, {"h", "b", "k", "3"}});
    const auto list = [&](store::DeliveryFilter filter) {
        return *ask<store::PageOf<Delivery>>(
            [&](auto then) { store_->list_deliveries(std::move(filter), then); });
    };
    EXPECT_EQ(bodies(list({}).items), "3 2 1 ");
    EXPECT_EQ(bodies(list({.hook = "h"}).items), "3 1 ");
    EXPECT_EQ(bodies(list({.endpoint = "a"}).items), "2 1 ");
    const auto first = list({.page = {.after = std::nullopt, .limit = 2}});
    EXPECT_EQ(bodies(first.items), "3 2 ");
    EXPECT_EQ(bodies(list({.page = {.after = first.next, .limit = 2}}).items), "1 ");
}

INSTANTIATE_TEST_SUITE_P(Store, ContractOfDeliveries, testing::ValuesIn(all_backends()),
                         backend_name);

}  // namespace
}  // namespace store_test
