#include <gtest/gtest.h>

#include "server/daemon_inbox.h"

namespace {

using bootstrap::AssociationClosed;
using bootstrap::NotAdmitted;
using bootstrap::Notice;
using bootstrapd::Inbox;

std::vector<Notice> refusals(std::size_t count) {
    return std::vector<Notice>(count, NotAdmitted{});
}

TEST(DaemonInbox, WakesOnceForAllThatWaits) {
    int woken = 0;
    Inbox inbox(10, [&] { ++woken; });
    inbox.put({AssociationClosed{{0, 1}}, AssociationClosed{{0, 2}}});
    inbox.put({AssociationClosed{{1, 1}}});
    EXPECT_EQ(woken, 1);
    const auto taken = inbox.take();
    ASSERT_EQ(taken.size(), 3U);
    EXPECT_EQ(std::get<AssociationClosed>(taken[1]).peer.id, 2U);
    EXPECT_EQ(std::get<AssociationClosed>(taken[2]).peer.shard, 1U);
    EXPECT_TRUE(inbox.take().empty());
    inbox.put({AssociationClosed{{0, 3}}});
    EXPECT_EQ(woken, 2);
}

TEST(DaemonInbox, DropsRefusalsAboveItsLimitAndNothingElse) {
    Inbox inbox(3, [] {});
    inbox.put(refusals(2));
    inbox.put(refusals(5));
    inbox.put({AssociationClosed{{0, 1}}});
    EXPECT_EQ(inbox.take().size(), 4U);
    EXPECT_EQ(inbox.dropped(), 4U);
    inbox.put(refusals(3));
    EXPECT_EQ(inbox.take().size(), 3U);
    EXPECT_EQ(inbox.dropped(), 4U);
}

TEST(DaemonInbox, WakesNobodyForNothing) {
    int woken = 0;
    Inbox inbox(0, [&] { ++woken; });
    inbox.put(refusals(3));
    inbox.put({});
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(inbox.dropped(), 3U);
}

}  // namespace
