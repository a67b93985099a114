#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::SessionFilter;
using store::SessionRow;

class ContractOfSessions : public Contract {
  protected:
    std::optional<SessionRow> session(const std::string& id) {
        return *ask<std::optional<SessionRow>>([&](auto then) { store_->session(id, then); });
    }
    store::PageOf<SessionRow> page(SessionFilter filter) {
        return *ask<store::PageOf<SessionRow>>(
            [&](auto then) { store_->list_sessions(std::move(filter), then); });
    }
    std::string ids(SessionFilter filter = {}) {
        std::string all;
        for (const SessionRow& row : page(std::move(filter)).items) all += row.id + " ";
        return all;
    }
    std::vector<store::AttachRow> attaches() {
        return *ask<std::vector<store::AttachRow>>([&](auto then) { store_->attaches(then); });
    }
};

TEST_P(ContractOfSessions, KeepsASessionsRecord) {
    SessionRow row = session_row("s1", "a", "device_silent", 5000);
    row.triggered = true;
    row.mode = "server-initiated";
    end(row);
    const auto found = session("s1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->endpoint, "a");
    EXPECT_EQ(found->profile, "p");
    EXPECT_EQ(found->mode, "server-initiated");
    EXPECT_EQ(found->outcome, "device_silent");
    EXPECT_TRUE(found->triggered);
    EXPECT_EQ(found->started, at(4000));
    EXPECT_EQ(found->ended, at(5000));
    EXPECT_EQ(found->body, R"({"a": 1})");
    EXPECT_FALSE(session("s2"));
}

TEST_P(ContractOfSessions, ListsTheNewestFirst) {
    for (int i = 1; i <= 5; ++i) end(session_row("s" + std::to_string(i)));
    EXPECT_EQ(ids(), "s5 s4 s3 s2 s1 ");
    SessionFilter filter;
    filter.page.limit = 2;
    auto first = page(filter);
    ASSERT_TRUE(first.next);
    // What comes in between does not move the next page.
    end(session_row("s6"));
    filter.page.after = first.next;
    EXPECT_EQ(ids(filter), "s3 s2 ");
    filter.page.after = page(filter).next;
    EXPECT_EQ(ids(filter), "s1 ");
    EXPECT_FALSE(page(filter).next);
}

TEST_P(ContractOfSessions, ListsWhatTheFilterLetsThrough) {
    end(session_row("s1", "a", "finished", 1000));
    end(session_row("s2", "b", "finished", 2000));
    end(session_row("s3", "a", "expired", 3000));
    EXPECT_EQ(ids({.endpoint = "a"}), "s3 s1 ");
    EXPECT_EQ(ids({.outcome = "finished"}), "s2 s1 ");
    EXPECT_EQ(ids({.endpoint = "a", .outcome = "finished"}), "s1 ");
    EXPECT_EQ(ids({.ended_since = at(2000)}), "s3 s2 ");
    EXPECT_EQ(ids({.ended_before = at(2000)}), "s1 ");
    EXPECT_EQ(ids({.ended_since = at(1500), .ended_before = at(2500)}), "s2 ");
}

TEST_P(ContractOfSessions, HasNoRowsBehindWhatNeverWasACursor) {
    end(session_row("s1"));
    SessionFilter filter;
    filter.page.after = "garbage";
    EXPECT_EQ(ids(filter), "");
}

TEST_P(ContractOfSessions, EndsTheTriggerAndTellsTheHooksInOne) {
    ASSERT_TRUE(ask<void>([&](auto then) {
        store_->accept_attach({"s1", "a", "{}", at(1), at(9)}, std::nullopt, then);
    }));
    end(session_row("s1", "a"), {{"h", "a", "session.ended", "{}"}});
    EXPECT_TRUE(attaches().empty());
    EXPECT_EQ(due(at(INT64_MAX / 2)).size(), 1U);
}

TEST_P(ContractOfSessions, LeavesAnotherSessionsTriggerAlone) {
    ASSERT_TRUE(ask<void>([&](auto then) {
        store_->accept_attach({"s2", "a", "{}", at(1), at(9)}, std::nullopt, then);
    }));
    end(session_row("s1", "a"));
    EXPECT_EQ(attaches().size(), 1U);
}

TEST_P(ContractOfSessions, KeepsTheFirstOfTwoRecordsOfASession) {
    end(session_row("s1", "a", "finished"), {{"h", "a", "session.ended", "{}"}});
    end(session_row("s1", "a", "expired"), {{"h", "a", "session.ended", "{}"}});
    EXPECT_EQ(session("s1")->outcome, "finished");
    EXPECT_EQ(due(at(INT64_MAX / 2)).size(), 1U);
    EXPECT_EQ(store_->statistics().pending_deliveries, 1U);
}

INSTANTIATE_TEST_SUITE_P(Store, ContractOfSessions, testing::ValuesIn(all_backends()),
                         backend_name);

}  // namespace
}  // namespace store_test
