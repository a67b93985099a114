#include "server/dtls/random.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace dtls::testing {
namespace {

TEST(OpenSslRandom, GivesNothingTwiceAndNothingWiped) {
    OpenSslRandom random;
    std::set<std::vector<std::uint8_t>> seen;
    for (int i = 0; i < 1000; ++i) {
        std::vector<std::uint8_t> octets(16);
        random.fill(octets);
        EXPECT_TRUE(seen.insert(octets).second);
        // What was wiped would be zeros; eight of them by chance once in 2^57 runs.
        EXPECT_FALSE(std::search_n(octets.begin(), octets.end(), 8, 0) != octets.end());
    }
}

TEST(OpenSslRandom, FillsAnySize) {
    OpenSslRandom random;
    for (const std::size_t size : {0U, 1U, 3U, 511U, 512U, 513U, 5000U}) {
        std::vector<std::uint8_t> octets(size, 0);
        random.fill(octets);
        const std::set distinct(octets.begin(), octets.end());
        EXPECT_GE(distinct.size(), std::min<std::size_t>(size, 100) / 2) << size;
    }
}

}  // namespace
}  // namespace dtls::testing
