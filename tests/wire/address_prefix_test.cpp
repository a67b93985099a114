#include "server/wire/address_prefix.h"

#include <gtest/gtest.h>

namespace wire {
namespace {

bool contains(const char* prefix, const char* address) {
    const auto parsed = AddressPrefix::from(prefix);
    EXPECT_TRUE(parsed) << prefix;
    return parsed && parsed->contains(*IpAddress::from(address));
}

TEST(AddressPrefix, ContainsTheAddressesThatShareItsBits) {
    EXPECT_TRUE(contains("192.0.2.0/24", "192.0.2.0"));
    EXPECT_TRUE(contains("192.0.2.0/24", "192.0.2.255"));
    EXPECT_FALSE(contains("192.0.2.0/24", "192.0.3.0"));
    EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.129"));
    EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.1"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(AddressPrefix, IsOneAddressWhereNoLengthIsWritten) {
    EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(contains("192.0.2.1", "192.0.2.2"));
    EXPECT_EQ(AddressPrefix::from("192.0.2.1")->to_string(), "192.0.2.1/32");
    EXPECT_EQ(AddressPrefix::from("2001:db8::1")->length(), 128U);
}

TEST(AddressPrefix, ContainsNoneOfTheOtherFamily) {
    EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
    EXPECT_FALSE(contains("::/0", "192.0.2.1"));
    EXPECT_TRUE(contains("192.0.2.0/24", "::ffff:192.0.2.7"));
}

TEST(AddressPrefix, RefusesWhatIsNone) {
    for (const auto* text :
         {"", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/024 ",
          "192.0.2.0/0024", "192.0.2.1/24", "2001:db8::/129", "2001:db8::1/64", "fe80::1%2",
          "fe80::%2/64", "::ffff:192.0.2.0/120", "host/24", "192.0.2.0/24/24"})
        EXPECT_FALSE(AddressPrefix::from(text)) << text;
}

}  // namespace
}  // namespace wire
