#include "server/net/guess_limiter.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace net {
namespace {

using namespace std::chrono_literals;

wire::IpAddress ip(const std::string& text) {
    return *wire::IpAddress::from(text);
}

class GuessLimiterTest : public testing::Test {
  protected:
    // Whether each of them was one too many.
    std::string fail(GuessLimiter& limiter, const std::string& remote, int times) {
        std::string told;
        for (int i = 0; i < times; ++i) told += limiter.failed(ip(remote), now_) ? '!' : '.';
        return told;
    }
    bool held(const GuessLimiter& limiter, const std::string& remote) const {
        return limiter.holds_off(ip(remote), now_);
    }

    support::SeededRandom random_{1};
    wire::TimePoint now_ = wire::TimePoint{} + 1000s;
};

TEST_F(GuessLimiterTest, HoldsAnAddressOffFromTheLimitOnAndTellsItOnce) {
    GuessLimiter limiter({3, 0, 60s}, random_);
    EXPECT_EQ(fail(limiter, "192.0.2.1", 2), "..");
    EXPECT_FALSE(held(limiter, "192.0.2.1"));
    EXPECT_EQ(fail(limiter, "192.0.2.1", 4), "!...");
    EXPECT_TRUE(held(limiter, "192.0.2.1"));
    EXPECT_FALSE(held(limiter, "192.0.2.2"));
}

TEST_F(GuessLimiterTest, CountsWithinAWindowThatBeginsWithTheFirstFailure) {
    GuessLimiter limiter({3, 0, 60s}, random_);
    fail(limiter, "192.0.2.1", 3);
    now_ += 60s - 1ns;
    EXPECT_TRUE(held(limiter, "192.0.2.1"));
    now_ += 1ns;
    EXPECT_FALSE(held(limiter, "192.0.2.1"));
    EXPECT_EQ(fail(limiter, "192.0.2.1", 3), "..!") << "a window of its own";
}

TEST_F(GuessLimiterTest, CountsThePrefixOverAllItsAddresses) {
    GuessLimiter limiter({3, 5, 60s}, random_);
    for (int host = 1; host <= 4; ++host)
        EXPECT_EQ(fail(limiter, "192.0.2." + std::to_string(host), 1), ".");
    EXPECT_EQ(fail(limiter, "192.0.2.5", 1), "!");
    EXPECT_TRUE(held(limiter, "192.0.2.200"));
    EXPECT_FALSE(held(limiter, "192.0.3.1"));

    for (int site = 1; site <= 5; ++site)
        fail(limiter, "2001:db8:1:" + std::to_string(site) + "::1", 1);
    EXPECT_TRUE(held(limiter, "2001:db8:1:ffff::9"));
    EXPECT_FALSE(held(limiter, "2001:db8:2::1"));
}

TEST_F(GuessLimiterTest, ForgivesTheAddressThatProvesWhatItClaimsButNotItsPrefix) {
    GuessLimiter limiter({3, 4, 60s}, random_);
    fail(limiter, "192.0.2.1", 3);
    limiter.proved(ip("192.0.2.1"));
    EXPECT_FALSE(held(limiter, "192.0.2.1"));
    fail(limiter, "192.0.2.1", 1);
    EXPECT_TRUE(held(limiter, "192.0.2.1")) << "four of the prefix";
    limiter.proved(ip("192.0.2.1"));
    EXPECT_TRUE(held(limiter, "192.0.2.1"));
    limiter.proved(ip("198.51.100.1"));  // of whom nothing is known
}

TEST_F(GuessLimiterTest, ZeroIsNoLimit) {
    GuessLimiter limiter({0, 0, 60s}, random_);
    EXPECT_EQ(fail(limiter, "192.0.2.1", 1000).find('!'), std::string::npos);
    EXPECT_FALSE(held(limiter, "192.0.2.1"));
}

TEST_F(GuessLimiterTest, GoesByTheLimitsAsTheyAreNow) {
    GuessLimiter limiter({3, 0, 60s}, random_);
    fail(limiter, "192.0.2.1", 3);
    limiter.set({4, 0, 60s});
    EXPECT_FALSE(held(limiter, "192.0.2.1"));
    limiter.set({2, 0, 60s});
    EXPECT_TRUE(held(limiter, "192.0.2.1"));
    limiter.set({2, 0, 0s});
    EXPECT_FALSE(held(limiter, "192.0.2.1")) << "no window, no count";
}

// The table is as large as it is: many addresses push each other out, the busiest stay, and hardly
// anybody is taken for somebody else.
TEST_F(GuessLimiterTest, HoldsNobodyElseOffHoweverManyFail) {
    GuessLimiter limiter({10, 0, 60s}, random_);
    fail(limiter, "192.0.2.1", 10);
    for (int i = 0; i < 100'000; ++i)
        limiter.failed(ip("10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) +
                          "." + std::to_string(i % 256)),
                       now_);
    EXPECT_TRUE(held(limiter, "192.0.2.1")) << "the least of a set goes first";
    std::size_t wrongly = 0;
    for (int i = 0; i < 10'000; ++i)
        if (held(limiter, "172.16." + std::to_string(i / 256) + "." + std::to_string(i % 256)))
            ++wrongly;
    EXPECT_EQ(wrongly, 0U);
}

TEST_F(GuessLimiterTest, KeepsNoMoreThanASetHolds) {
    WindowedCounts counts(16);
    for (std::uint64_t i = 0; i < 1000; ++i) counts.add(i << 32, now_, 60s);
    std::size_t kept = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) kept += counts.get(i << 32, now_, 60s);
    EXPECT_EQ(kept, WindowedCounts::ways) << "whoever could choose the hash fills one set alone";
}

}  // namespace
}  // namespace net
