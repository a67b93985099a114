#include "server/journal/throttle.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using journal::Pace;
using journal::Throttle;
using std::chrono::milliseconds;

constexpr Throttle::TimePoint start{std::chrono::hours(1)};

unsigned let_through(Throttle& throttle, Throttle::TimePoint now, unsigned wanted) {
    unsigned count = 0;
    for (unsigned i = 0; i < wanted; ++i) count += throttle.take(now) ? 1U : 0U;
    return count;
}

TEST(Throttle, LetsABurstThroughAndThenSoManyASecond) {
    Throttle throttle(Pace{20, 5});
    EXPECT_EQ(let_through(throttle, start, 100), 20U);
    for (int second = 1; second <= 10; ++second)
        EXPECT_EQ(let_through(throttle, start + std::chrono::seconds(second), 100), 5U);
    EXPECT_EQ(let_through(throttle, start + std::chrono::seconds(11) + milliseconds(200), 100), 6U);
}

TEST(Throttle, HasItsWholeBurstAgainAfterAPause) {
    Throttle throttle(Pace{20, 5});
    let_through(throttle, start, 100);
    EXPECT_EQ(let_through(throttle, start + std::chrono::hours(1), 100), 20U);
}

TEST(Throttle, SaysHowManyWereWithheldBeforeTheNext) {
    Throttle throttle(Pace{1, 1});
    EXPECT_EQ(throttle.take(start), 0U);
    EXPECT_EQ(throttle.take(start), std::nullopt);
    EXPECT_FALSE(throttle.admits(start));
    EXPECT_EQ(throttle.take(start + milliseconds(999)), std::nullopt);
    EXPECT_TRUE(throttle.admits(start + milliseconds(1000)));
    EXPECT_EQ(throttle.take(start + milliseconds(1000)), 3U);
    EXPECT_EQ(throttle.take(start + milliseconds(2000)), 0U);
}

TEST(Throttle, TellsWhatWasWithheldWhenNothingFollows) {
    Throttle throttle(Pace{2, 1});
    EXPECT_EQ(throttle.take_untold(start), 0U);
    let_through(throttle, start, 10);
    EXPECT_EQ(throttle.take_untold(start + milliseconds(500)), 0U);   // it may still go on
    EXPECT_EQ(throttle.take_untold(start + milliseconds(1999)), 0U);  // one a second comes
    EXPECT_EQ(throttle.take_untold(start + milliseconds(2000)), 8U);
    EXPECT_EQ(throttle.take_untold(start + milliseconds(2000)), 0U);
    let_through(throttle, start + milliseconds(2000), 10);
    EXPECT_EQ(throttle.take_all_untold(), 8U);
}

// Every one is let through or counted, and none is counted twice.
TEST(Throttle, LosesNothingBetweenThreads) {
    Throttle throttle(Pace{100, 1});
    constexpr unsigned threads = 4, each = 10000;
    std::atomic<std::uint64_t> through = 0, told = 0;
    {
        std::vector<std::jthread> all;
        for (unsigned i = 0; i < threads; ++i)
            all.emplace_back([&] {
                for (unsigned n = 0; n < each; ++n)
                    if (const auto withheld = throttle.take(start)) {
                        ++through;
                        told += *withheld;
                    }
            });
    }
    EXPECT_EQ(through, 100U);
    EXPECT_EQ(through + told + throttle.take_all_untold(), threads * each);
}

}  // namespace
