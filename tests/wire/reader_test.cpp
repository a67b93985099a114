#include "server/wire/reader.h"

#include <gtest/gtest.h>

namespace wire {
namespace {

const Bytes nine = {1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST(WireReader, ReadsBigEndianNumbersOneAfterTheOther) {
    Reader in(nine);
    EXPECT_EQ(in.u8(), 0x01);
    EXPECT_EQ(in.u16(), 0x0203);
    EXPECT_EQ(in.u24(), 0x040506U);
    EXPECT_EQ(in.remaining(), 3U);
    EXPECT_FALSE(in.u32());
    EXPECT_EQ(in.u24(), 0x070809U);
    EXPECT_TRUE(in.empty());
}

TEST(WireReader, AReadThatDoesNotFitConsumesNothing) {
    Reader in(BytesView(nine).first(3));
    EXPECT_FALSE(in.u32());
    EXPECT_FALSE(in.take(4));
    EXPECT_FALSE(in.number(4));
    EXPECT_EQ(in.remaining(), 3U);
    EXPECT_EQ(in.u24(), 0x010203U);
    EXPECT_FALSE(in.u8());
}

TEST(WireReader, NumbersHaveUpToEightOctets) {
    Reader in(nine);
    EXPECT_FALSE(in.number(9));
    EXPECT_EQ(in.number(0), 0U);
    EXPECT_EQ(in.number(8), 0x0102030405060708U);
}

TEST(WireReader, TakesRunsOfOctets) {
    Reader in(nine);
    EXPECT_TRUE(in.take(0)->empty());
    EXPECT_EQ(to_hex(*in.take(2)), "0102");
    EXPECT_EQ(to_hex(in.rest()), "03040506070809");
    EXPECT_EQ(in.take(7)->size(), 7U);
    EXPECT_TRUE(in.take(0));
}

}  // namespace
}  // namespace wire
