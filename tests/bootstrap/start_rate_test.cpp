#include "server/bootstrap/start_rate.h"

#include <gtest/gtest.h>

namespace bootstrap {
namespace {

using namespace std::chrono_literals;

constexpr wire::TimePoint begin = wire::TimePoint{} + 1h;

unsigned taken(StartRate& rate, wire::TimePoint now) {
    unsigned count = 0;
    while (rate.take(now)) ++count;
    return count;
}

TEST(StartRate, GivesASecondsWorthAtOnceAndThenTheRate) {
    for (const unsigned per_second : {1U, 3U, 500U, 100'000U}) {
        StartRate rate(per_second);
        EXPECT_EQ(taken(rate, begin), per_second);
        EXPECT_EQ(taken(rate, begin), 0U);
        EXPECT_EQ(taken(rate, begin + 1s), per_second);
        EXPECT_EQ(taken(rate, begin + 1h), per_second) << "what was not used is not saved up";
    }
}

TEST(StartRate, NeverGivesMoreHoweverOftenItIsAsked) {
    StartRate rate(500);
    unsigned count = 0;
    for (auto now = begin; now < begin + 10s; now += 700us) count += taken(rate, now);
    EXPECT_LE(count, 500U + 10 * 500U);
    EXPECT_GE(count, 500U + 9 * 500U);
}

TEST(StartRate, TellsWhenToComeAgain) {
    for (const unsigned per_second : {1U, 3U, 500U}) {
        StartRate rate(per_second);
        taken(rate, begin);
        EXPECT_GT(rate.next(), begin);
        EXPECT_LE(rate.next(), begin + 1s);
        EXPECT_TRUE(rate.take(rate.next()));
    }
}

TEST(StartRate, OfNothingIsOneASecond) {
    StartRate rate(0);
    EXPECT_EQ(taken(rate, begin), 1U);
}

}  // namespace
}  // namespace bootstrap
