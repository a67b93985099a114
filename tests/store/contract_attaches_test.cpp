#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::AttachRow;
using store::EventId;
using store::Stranger;

class ContractOfAttaches : public Contract {
  protected:
    void accept(const AttachRow& row, std::optional<EventId> event = std::nullopt) {
        ASSERT_TRUE(
            ask<void>([&](auto then) { store_->accept_attach(row, std::move(event), then); }));
    }
    std::string pending() {
        std::string all;
        for (const AttachRow& row :
             *ask<std::vector<AttachRow>>([&](auto then) { store_->attaches(then); }))
            all += row.endpoint + ":" + row.session + " ";
        return all;
    }
    std::optional<std::string> seen(const EventId& event) {
        return ask<store::Store::Found>([&](auto then) { store_->find_devices({}, event, then); })
            ->seen;
    }
    void remember(const std::string& identifiers, std::int64_t when, std::uint64_t count = 1) {
        ASSERT_TRUE(ask<void>([&](auto then) {
            store_->remember_stranger(
                {identifiers, "radius", "192.0.2.1", count, at(when), at(when)}, then);
        }));
    }
    store::PageOf<Stranger> strangers(store::Page page = {}) {
        return *ask<store::PageOf<Stranger>>(
            [&](auto then) { store_->list_strangers(std::move(page), then); });
    }
};

TEST_P(ContractOfAttaches, KeepsTriggersInTheirOrder) {
    accept({"s1", "b", R"({"e": 1})", at(10), at(20)});
    accept({"s2", "a", "{}", at(11), at(21)});
    const auto rows = *ask<std::vector<AttachRow>>([&](auto then) { store_->attaches(then); });
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].session, "s1");
    EXPECT_EQ(rows[0].endpoint, "b");
    EXPECT_EQ(rows[0].event, R"({"e": 1})");
    EXPECT_EQ(rows[0].accepted, at(10));
    EXPECT_EQ(rows[0].expires, at(20));
    EXPECT_EQ(rows[1].session, "s2");
    EXPECT_EQ(store_->statistics().pending_attaches, 2U);
}

TEST_P(ContractOfAttaches, HasOneTriggerAnEndpoint) {
    accept({"s1", "a", "{}", at(1), at(9)});
    accept({"s2", "b", "{}", at(1), at(9)});
    accept({"s3", "a", "{}", at(2), at(9)});
    EXPECT_EQ(pending(), "b:s2 a:s3 ");
}

TEST_P(ContractOfAttaches, ReplacesATriggerByTheSameSession) {
    accept({"s1", "a", "{}", at(1), at(9)});
    accept({"s1", "a", R"({"address": 2})", at(2), at(9)});
    EXPECT_EQ(pending(), "a:s1 ");
}

TEST_P(ContractOfAttaches, KnowsAnEventThatItAccepted) {
    accept({"s1", "a", "{}", at(1), at(9)}, EventId{"emnify", "42"});
    EXPECT_EQ(seen({"emnify", "42"}), "s1");
    EXPECT_EQ(seen({"emnify", "43"}), std::nullopt);
    EXPECT_EQ(seen({"kore", "42"}), std::nullopt);
    // After its session's end too.
    end(session_row("s1", "a"));
    EXPECT_EQ(seen({"emnify", "42"}), "s1");
}

TEST_P(ContractOfAttaches, CountsStrangers) {
    remember(R"({"imsi": "1"})", 100);
    remember(R"({"imsi": "2"})", 200, 3);
    remember(R"({"imsi": "1"})", 300);
    const auto page = strangers();
    ASSERT_EQ(page.items.size(), 2U);
    EXPECT_EQ(page.items[0].identifiers, R"({"imsi": "1"})");
    EXPECT_EQ(page.items[0].count, 2U);
    EXPECT_EQ(page.items[0].first_seen, at(100));
    EXPECT_EQ(page.items[0].last_seen, at(300));
    EXPECT_EQ(page.items[1].count, 3U);
    EXPECT_EQ(page.items[1].source, "radius");
    EXPECT_EQ(page.items[1].address, "192.0.2.1");
}

TEST_P(ContractOfAttaches, ListsStrangersInPages) {
    for (int i = 0; i < 5; ++i) remember("{" + std::to_string(i) + "}", 100 + i / 2);
    std::string seen;
    store::Page page{.after = std::nullopt, .limit = 2};
    for (;;) {
        const auto found = strangers(page);
        for (const Stranger& stranger : found.items) seen += stranger.identifiers;
        if (!found.next) break;
        page.after = found.next;
    }
    EXPECT_EQ(seen, "{4}{3}{2}{1}{0}");
    page.after = "garbage";
    EXPECT_TRUE(strangers(page).items.empty());
}

TEST_P(ContractOfAttaches, ForgetsStrangersWhenItIsTold) {
    remember("{1}", 1);
    remember("{2}", 2);
    EXPECT_EQ(*ask<std::uint64_t>([&](auto then) {
        store_->forget_strangers(by("ops", "strangers.forget"), then);
    }),
              2U);
    EXPECT_TRUE(strangers().items.empty());
    EXPECT_EQ(audit_rows({.action = "strangers.forget"}).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Store, ContractOfAttaches, testing::ValuesIn(all_backends()),
                         backend_name);

}  // namespace
}  // namespace store_test
