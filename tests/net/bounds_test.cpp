// What bounds a shard: timers, rate limiter, inbox, log lines.
#include <gtest/gtest.h>

#include "server/journal/log_limit.h"
#include "server/net/inbox.h"
#include "server/net/rate_limiter.h"
#include "server/net/timers.h"
#include "tests/support/seeded_random.h"

namespace net {
namespace {

using journal::LogLimit;
using std::chrono::milliseconds;
using std::chrono::seconds;

wire::TimePoint at(wire::Duration since) {
    return wire::TimePoint(std::chrono::hours(1)) + since;
}

TEST(Timers, GiveWhatIsDueInOrderAndNothingEarly) {
    Timers timers;
    timers.arm(1, at(seconds(3)));
    timers.arm(2, at(seconds(1)));
    timers.arm(3, at(seconds(2)));
    EXPECT_EQ(timers.next(), at(seconds(1)));
    EXPECT_FALSE(timers.take_due(at(milliseconds(999))));
    EXPECT_EQ(timers.take_due(at(seconds(2)))->peer, 2U);
    EXPECT_EQ(timers.take_due(at(seconds(2)))->peer, 3U);
    EXPECT_FALSE(timers.take_due(at(seconds(2))));
    EXPECT_EQ(timers.size(), 1U);
}

TEST(Timers, EntriesThatCountNoMoreAreDroppedWhenTheyAreMany) {
    Timers timers;
    for (std::uint64_t i = 0; i < 5000; ++i) timers.arm(i, at(milliseconds(i)));
    const auto last = [](const Timers::Due& due) { return due.peer == 4999; };
    timers.compact(2000, last);
    EXPECT_EQ(timers.size(), 5000U);
    timers.compact(1, last);
    EXPECT_EQ(timers.size(), 1U);
    EXPECT_EQ(timers.next(), at(milliseconds(4999)));
}

TEST(TokenBucket, LetsABurstPassAndThenTheRate) {
    TokenBucket bucket;
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(bucket.take(10, at({})));
    EXPECT_FALSE(bucket.take(10, at({})));
    EXPECT_FALSE(bucket.take(10, at(milliseconds(99))));
    EXPECT_TRUE(bucket.take(10, at(milliseconds(201))));
}

TEST(TokenBucket, WhatWasAskedForIsNotCounted) {
    TokenBucket bucket;
    for (int i = 0; i < 1000; ++i) {
        bucket.give();
        EXPECT_TRUE(bucket.take(1, at({})));
    }
}

TEST(TokenBucket, ZeroIsNoLimit) {
    TokenBucket bucket;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bucket.take(0, at({})));
}

TEST(RateLimiter, HoldsOneAddressBackAndNotItsNeighbour) {
    support::SeededRandom random(1);
    RateLimiter limiter(10, random);
    const auto noisy = *wire::SocketAddress::from("192.0.2.1:1000");
    const auto quiet = *wire::SocketAddress::from("192.0.2.1:1001");
    int passed = 0;
    for (int i = 0; i < 100; ++i) passed += limiter.take(noisy, at({})) ? 1 : 0;
    EXPECT_EQ(passed, 20);
    EXPECT_TRUE(limiter.take(quiet, at({})));
}

TEST(KeyedHash, DependsOnEveryPartAndOnTheKey) {
    const auto base = *wire::SocketAddress::from("[2001:db8::1]:1000");
    const auto hash = keyed_hash(base, 1);
    EXPECT_NE(hash, keyed_hash(base, 2));
    EXPECT_NE(hash, keyed_hash(*wire::SocketAddress::from("[2001:db8::1]:1001"), 1));
    EXPECT_NE(hash, keyed_hash(*wire::SocketAddress::from("[2001:db8::2]:1000"), 1));
    EXPECT_NE(hash, keyed_hash(*wire::SocketAddress::from("[2001:db9::1]:1000"), 1));
    EXPECT_EQ(hash, keyed_hash(base, 1));
}

TEST(Inbox, WakesOnceForWhatComesBetweenTwoLooks) {
    int woken = 0;
    Inbox inbox(10, [&] { ++woken; });
    std::vector<Mail> mail;
    EXPECT_FALSE(inbox.take(mail));
    inbox.post(Leave{});
    inbox.post(LookedUpDevice{7, 1, bootstrap::Unavailable{}});
    EXPECT_EQ(woken, 1);
    ASSERT_TRUE(inbox.take(mail));
    ASSERT_EQ(mail.size(), 2U);
    EXPECT_EQ(std::get<LookedUpDevice>(mail[1]).peer, 7U);
    inbox.post(Leave{});
    EXPECT_EQ(woken, 2);
}

TEST(Inbox, ItsOwnThreadNeedsNoWaking) {
    int woken = 0;
    Inbox inbox(10, [&] { ++woken; });
    inbox.belongs_to_this_thread();
    inbox.post(Leave{});
    EXPECT_EQ(woken, 0);
    std::thread([&] { inbox.post(Leave{}); }).join();
    EXPECT_EQ(woken, 1);
    std::vector<Mail> mail;
    EXPECT_TRUE(inbox.take(mail));
    EXPECT_EQ(mail.size(), 2U);
}

TEST(Inbox, DatagramsBeyondTheLimitAreRefusedAndCommandsAreNot) {
    Inbox inbox(2, [] {});
    EXPECT_TRUE(inbox.hand_over({}));
    EXPECT_TRUE(inbox.hand_over({}));
    EXPECT_FALSE(inbox.hand_over({}));
    inbox.post(Leave{});
    std::vector<Mail> mail;
    ASSERT_TRUE(inbox.take(mail));
    EXPECT_EQ(mail.size(), 3U);
    EXPECT_TRUE(inbox.hand_over({}));
}

TEST(Inbox, OnceClosedTakesNothingAndWakesNobody) {
    int woken = 0;
    Inbox inbox(2, [&] { ++woken; });
    inbox.close();
    inbox.post(Leave{});
    EXPECT_FALSE(inbox.hand_over({}));
    EXPECT_EQ(woken, 0);
    std::vector<Mail> mail;
    EXPECT_FALSE(inbox.take(mail));
}

TEST(LogLimit, TellsHowManyWereLeftOut) {
    LogLimit limit(2);
    EXPECT_EQ(limit.take(at({})), 0U);
    EXPECT_EQ(limit.take(at({})), 0U);
    EXPECT_FALSE(limit.take(at({})));
    EXPECT_FALSE(limit.take(at(milliseconds(999))));
    EXPECT_EQ(limit.take(at(seconds(1))), 2U);
    EXPECT_EQ(limit.take(at(seconds(1))), 0U);
}

}  // namespace
}  // namespace net
