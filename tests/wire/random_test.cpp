#include "server/wire/random.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace wire {
namespace {

class Constant final : public Random {
  public:
    explicit Constant(std::uint8_t octet) : octet_(octet) {}
    void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), octet_); }

  private:
    std::uint8_t octet_;
};

TEST(WireRandom, UnitNumbersBeginAtZeroAndStayBelowOne) {
    EXPECT_EQ(Constant(0x00).next_unit(), 0.0);
    EXPECT_LT(Constant(0xFF).next_unit(), 1.0);
    EXPECT_GT(Constant(0xFF).next_unit(), 0.999);
}

TEST(WireRandom, NumbersUseEveryOctet) {
    EXPECT_EQ(Constant(0xA5).next_u32(), 0xA5A5A5A5U);
}

}  // namespace
}  // namespace wire
