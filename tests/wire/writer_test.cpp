#include "server/wire/writer.h"

#include <gtest/gtest.h>

namespace wire {
namespace {

TEST(WireWriter, AppendsBigEndianNumbersAndOctets) {
    Bytes out = {0xAA};
    Writer writer(out);
    writer.u8(0x01);
    writer.u16(0x0203);
    writer.u24(0x040506);
    writer.u32(0x0708090A);
    writer.bytes(as_bytes("hi"));
    EXPECT_EQ(to_hex(out), "aa0102030405060708090a6869");
}

TEST(WireWriter, WritesTheLowestOctetsOfANumber) {
    Bytes out;
    Writer writer(out);
    writer.number(0x1122334455667788, 0);
    EXPECT_TRUE(out.empty());
    writer.number(0x1122334455667788, 3);
    EXPECT_EQ(to_hex(out), "667788");
    writer.number(0x1122334455667788, 8);
    EXPECT_EQ(to_hex(out), "6677881122334455667788");
}

}  // namespace
}  // namespace wire
