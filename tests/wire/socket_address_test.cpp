#include "server/wire/socket_address.h"

#include <unordered_set>

#include <gtest/gtest.h>

namespace wire {
namespace {

using Family = IpAddress::Family;
using namespace std::string_view_literals;

TEST(WireIpAddress, ReadsBothFamilies) {
    const auto four = IpAddress::from("192.0.2.1");
    ASSERT_TRUE(four);
    EXPECT_EQ(four->family(), Family::v4);
    EXPECT_EQ(four->octets()[0], 192);
    EXPECT_EQ(four->octets()[3], 1);
    EXPECT_EQ(four->octets()[4], 0);
    const auto six = IpAddress::from("2001:db8::1");
    ASSERT_TRUE(six);
    EXPECT_EQ(six->family(), Family::v6);
    EXPECT_EQ(six->octets()[15], 1);
}

TEST(WireIpAddress, WritesWhatItReads) {
    for (const char* text :
         {"192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1%2"}) {
        const auto address = IpAddress::from(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), text);
    }
}

TEST(WireIpAddress, AMappedAddressIsTheIpv4AddressItIs) {
    const auto mapped = IpAddress::from("::ffff:192.0.2.1");
    ASSERT_TRUE(mapped);
    EXPECT_EQ(*mapped, *IpAddress::from("192.0.2.1"));
    EXPECT_EQ(mapped->to_string(), "192.0.2.1");
}

TEST(WireIpAddress, TheScopeBelongsToTheAddress) {
    EXPECT_EQ(IpAddress::from("fe80::1%7")->scope(), 7U);
    EXPECT_NE(*IpAddress::from("fe80::1%7"), *IpAddress::from("fe80::1%8"));
}

TEST(WireIpAddress, RefusesEverythingElse) {
    for (const std::string_view text :
         {""sv, "localhost"sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.1 "sv, " 192.0.2.1"sv,
          "192.0.2.01"sv, "2001:db8:::1"sv, "2001:db8::12345"sv, "fe80::1%eth0"sv, "fe80::1%"sv,
          "fe80::1%-1"sv, "fe80::1%4294967296"sv, "192.0.2.1%1"sv, "192.0.2.1%0"sv,
          "::ffff:192.0.2.1%3"sv, "[::1]"sv, "192.0.2.1\0"sv, "::1\0x"sv})
        EXPECT_FALSE(IpAddress::from(text)) << text;
}

TEST(WireIpAddress, KnowsTheUnspecifiedAndTheLoopbackAddresses) {
    EXPECT_TRUE(IpAddress::from("0.0.0.0")->is_unspecified());
    EXPECT_TRUE(IpAddress::from("::")->is_unspecified());
    EXPECT_FALSE(IpAddress::from("::1")->is_unspecified());
    EXPECT_TRUE(IpAddress::from("::1")->is_loopback());
    EXPECT_TRUE(IpAddress::from("127.1.2.3")->is_loopback());
    EXPECT_TRUE(IpAddress::from("::ffff:127.0.0.1")->is_loopback());
    EXPECT_FALSE(IpAddress::from("128.0.0.1")->is_loopback());
    EXPECT_FALSE(IpAddress::from("2001:db8::1")->is_loopback());
    EXPECT_FALSE(IpAddress::from("::")->is_loopback());
}

TEST(WireSocketAddress, ReadsAndWritesBothForms) {
    for (const char* text :
         {"192.0.2.1:5684", "[2001:db8::1]:5684", "[fe80::1%2]:1", "[::]:0", "0.0.0.0:65535"}) {
        const auto address = SocketAddress::from(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), text);
    }
}

TEST(WireSocketAddress, RefusesEverythingElse) {
    for (const std::string_view text :
         {""sv, ":"sv, ":5684"sv, "192.0.2.1"sv, "192.0.2.1:"sv, "192.0.2.1:65536"sv,
          "192.0.2.1:-1"sv, "192.0.2.1:+1"sv, "192.0.2.1:5684x"sv, "192.0.2.1: 1"sv,
          "[192.0.2.1]:5684"sv, "2001:db8::1:5684"sv, "[2001:db8::1]"sv, "[2001:db8::1]5684"sv,
          "2001:db8::1]:5684"sv, "[2001:db8::1:5684"sv, "[]:5684"sv, "host:5684"sv})
        EXPECT_FALSE(SocketAddress::from(text)) << text;
}

TEST(WireSocketAddress, AddressesThatDifferLittleHashApart) {
    std::unordered_set<std::size_t> hashes;
    for (std::uint16_t port = 1; port <= 1000; ++port)
        for (std::uint8_t host = 0; host < 10; ++host)
            hashes.insert(SocketAddressHash{}({IpAddress::v4({192, 0, 2, host}), port}));
    EXPECT_EQ(hashes.size(), 10000U);
}

TEST(WireSocketAddress, EqualAddressesHashAlike) {
    const SocketAddress plain = *SocketAddress::from("192.0.2.1:1");
    const SocketAddress mapped = *SocketAddress::from("[::ffff:192.0.2.1]:1");
    EXPECT_EQ(plain, mapped);
    EXPECT_EQ(SocketAddressHash{}(plain), SocketAddressHash{}(mapped));
}

}  // namespace
}  // namespace wire
