#include "server/coap/block.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

// RFC 7959 §2.2.
TEST(CoapBlock, ReadsNumberMoreAndSize) {
    EXPECT_EQ(*Block::from({}), (Block{0, false, 0}));
    EXPECT_EQ(*Block::from(from_hex("33")), (Block{3, false, 3}));
    EXPECT_EQ(*Block::from(from_hex("01 2e")), (Block{18, true, 6}));
    EXPECT_EQ(*Block::from(from_hex("ff ff fe")), (Block{max_block_number, true, 6}));
}

TEST(CoapBlock, RefusesTheReservedSizeAndMoreThanThreeOctets) {
    EXPECT_EQ(Block::from(from_hex("07")).error(), Errc::bad_block);
    EXPECT_EQ(Block::from(from_hex("00 00 00 00")).error(), Errc::bad_block);
}

TEST(CoapBlock, SizesGoFromSixteenToAThousandAndTwentyFour) {
    EXPECT_EQ((Block{0, false, 0}.size()), 16U);
    EXPECT_EQ((Block{0, false, 6}.size()), 1024U);
    EXPECT_EQ((Block{5, false, 2}.offset()), 320U);
}

TEST(CoapBlock, PrefersTheLargestSizeThatIsAllowed) {
    EXPECT_EQ(szx_for(16), 0);
    EXPECT_EQ(szx_for(31), 0);
    EXPECT_EQ(szx_for(32), 1);
    EXPECT_EQ(szx_for(1024), 6);
    EXPECT_EQ(szx_for(5000), 6);
    EXPECT_EQ(szx_for(0), 0);
}

}  // namespace
}  // namespace coap
