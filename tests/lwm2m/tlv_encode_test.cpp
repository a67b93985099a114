#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/lwm2m/tlv.h"
#include "tests/lwm2m/hex.h"
#include "tests/lwm2m/vectors.h"

namespace lwm2m {
namespace {

using model::Multiple;
using model::ObjectLink;
using model::Opaque;
using model::Resources;
using model::Single;
using model::Value;

std::string hex(wire::BytesView octets) {
    return wire::to_hex(octets);
}
std::string hex(const char* text) {
    return wire::to_hex(from_hex(text));
}

// In place: g++ 12 takes a moved variant for uninitialised where a sanitizer is on.
Value integer(std::int64_t value) {
    return Value(std::in_place_type<Single>, value);
}
Value text(std::string value) {
    return Single(std::move(value));
}
Multiple integers(std::vector<std::int64_t> values) {
    Multiple instances;
    for (const auto value : values)
        instances.emplace(static_cast<std::uint16_t>(instances.size()), value);
    return instances;
}

TEST(TlvEncoder, WritesTheDeviceObjectOfTheSpecification) {
    const Resources device{
        {0, text("Open Mobile Alliance")},
        {1, text("Lightweight M2M Client")},
        {2, text("345000123")},
        {3, text("1.0")},
        {6, integers({1, 5})},
        {7, integers({3800, 5000})},
        {8, integers({125, 900})},
        {9, integer(100)},
        {10, integer(15)},
        {11, integers({0})},
        {13, Single(model::Time{1367491215})},
        {14, text("+02:00")},
        {16, text("U")},
    };
    EXPECT_EQ(hex(encode_tlv(device)), hex(vectors::device));
}

TEST(TlvEncoder, WritesTheAccessControlInstancesOfTheSpecification) {
    const Resources first{
        {0, integer(1)}, {1, integer(0)}, {2, Multiple{{127, std::int64_t{7}}}}, {3, integer(127)}};
    const Resources second{{0, integer(3)},
                           {1, integer(0)},
                           {2, Multiple{{127, std::int64_t{7}}, {310, std::int64_t{1}}}},
                           {3, integer(127)}};
    // Without the Object-Instance headers: a Write goes to /2/0 and to /2/2.
    const std::string both = hex(vectors::access_control);
    EXPECT_EQ(hex(encode_tlv(first)), both.substr(6, 28));
    EXPECT_EQ(hex(encode_tlv(second)), both.substr(40));
}

TEST(TlvEncoder, WritesTheServerInstanceOfTheSpecification) {
    // The lifetime of 86400 needs four octets; two would be -20864 to a device.
    const Resources server{{0, integer(1)}, {1, integer(86400)}, {6, Single(true)}, {7, text("U")}};
    EXPECT_EQ(hex(encode_tlv(server)), hex(vectors::server).substr(6));
}

TEST(TlvEncoder, WritesTheObjectLinksOfTheSpecification) {
    const Resources links{
        {0, Multiple{{0, ObjectLink{66, 0}}, {1, ObjectLink{66, 1}}}},
        {1, text("8613800755500")},
        {2, Single(Opaque{from_hex("12 34 56 78")})},
    };
    EXPECT_EQ(hex(encode_tlv(links)), hex(vectors::links_65_0));
}

// Observed: Anjay reads a Short Server ID of 65534 in two octets as -2 and answers 5.00.
TEST(TlvEncoder, WritesIntegersInTheShortestSignedForm) {
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto highest = std::numeric_limits<std::int64_t>::max();
    const std::vector<std::pair<std::int64_t, const char*>> cases{
        {0, "C1 00 00"},
        {1, "C1 00 01"},
        {127, "C1 00 7F"},
        {128, "C2 00 00 80"},
        {255, "C2 00 00 FF"},
        {-1, "C1 00 FF"},
        {-128, "C1 00 80"},
        {-129, "C2 00 FF 7F"},
        {32767, "C2 00 7F FF"},
        {32768, "C4 00 00 00 80 00"},
        {65534, "C4 00 00 00 FF FE"},
        {-32768, "C2 00 80 00"},
        {-32769, "C4 00 FF FF 7F FF"},
        {2147483647, "C4 00 7F FF FF FF"},
        {2147483648, "C8 00 08 00 00 00 00 80 00 00 00"},
        {4294967295, "C8 00 08 00 00 00 00 FF FF FF FF"},
        {-2147483648, "C4 00 80 00 00 00"},
        {-2147483649, "C8 00 08 FF FF FF FF 7F FF FF FF"},
        {highest, "C8 00 08 7F FF FF FF FF FF FF FF"},
        {lowest, "C8 00 08 80 00 00 00 00 00 00 00"},
    };
    for (const auto& [value, expected] : cases)
        EXPECT_EQ(hex(encode_tlv(0, integer(value))), hex(expected)) << value;
}

// IEEE 754: 0.5 is 3F000000; 0.1 has no exact form in single precision, 1e300 none at all.
TEST(TlvEncoder, WritesFloatsInFourOctetsOnlyWhereThatIsExact) {
    EXPECT_EQ(hex(encode_tlv(5, Single(0.5))), hex("C4 05 3F 00 00 00"));
    EXPECT_EQ(hex(encode_tlv(5, Single(-2.0))), hex("C4 05 C0 00 00 00"));
    EXPECT_EQ(hex(encode_tlv(5, Single(0.0))), hex("C4 05 00 00 00 00"));
    EXPECT_EQ(hex(encode_tlv(5, Single(0.1))), hex("C8 05 08 3F B9 99 99 99 99 99 9A"));
    EXPECT_EQ(hex(encode_tlv(5, Single(1e300))), hex("C8 05 08 7E 37 E4 3C 88 00 75 9C"));
}

TEST(TlvEncoder, WritesBooleansAndTimes) {
    EXPECT_EQ(hex(encode_tlv(1, Single(true))), hex("C1 01 01"));
    EXPECT_EQ(hex(encode_tlv(1, Single(false))), hex("C1 01 00"));
    EXPECT_EQ(hex(encode_tlv(13, Single(model::Time{0}))), hex("C1 0D 00"));
    // After 2038-01-19 a time needs eight octets.
    EXPECT_EQ(hex(encode_tlv(13, Single(model::Time{2147483648}))),
              hex("C8 0D 08 00 00 00 00 80 00 00 00"));
}

TEST(TlvEncoder, WritesSecretsAsTheirOctets) {
    const Value key = Single(model::Secret(from_hex("00 01 02")));
    EXPECT_EQ(hex(encode_tlv(5, key)), hex("C3 05 00 01 02"));
}

TEST(TlvEncoder, LeavesNoCopyOfASecretInABufferThatItOutgrew) {
    Resources security;
    for (model::ResourceId id = 0; id < 40; ++id)
        security.emplace(id, Single(model::Secret(wire::Bytes(id * 3u, 0x55))));
    const auto payload = encode_tlv(security);
    EXPECT_EQ(payload.capacity(), payload.size());  // allocated once
}

TEST(TlvEncoder, WritesEmptyValues) {
    EXPECT_EQ(hex(encode_tlv(Resources{})), "");
    EXPECT_EQ(hex(encode_tlv(3, text(""))), hex("C0 03"));
    EXPECT_EQ(hex(encode_tlv(3, Single(Opaque{}))), hex("C0 03"));
    EXPECT_EQ(hex(encode_tlv(16, Multiple{})), hex("80 10"));
}

// Resource 16 of /0 (cipher suites) is multiple-instance also with one instance.
TEST(TlvEncoder, WritesMultipleResourcesAsSuchAlsoWithOneInstance) {
    EXPECT_EQ(hex(encode_tlv(16, Multiple{{0, std::int64_t{0xC0A8}}})),
              hex("86 10 44 00 00 00 C0 A8"));
}

TEST(TlvEncoder, WritesLargeIdsInTwoOctets) {
    EXPECT_EQ(hex(encode_tlv(255, integer(1))), hex("C1 FF 01"));
    EXPECT_EQ(hex(encode_tlv(256, integer(1))), hex("E1 01 00 01"));
    EXPECT_EQ(hex(encode_tlv(65534, integer(1))), hex("E1 FF FE 01"));
    EXPECT_EQ(hex(encode_tlv(1, Multiple{{65535, Single(true)}})), hex("84 01 61 FF FF 01"));
}

std::string header_of(std::size_t length) {
    const auto payload = encode_tlv(1, Single(Opaque{wire::Bytes(length, 0)}));
    return hex(wire::BytesView(payload).first(payload.size() - length));
}

TEST(TlvEncoder, WritesLengthsInTheFewestOctets) {
    EXPECT_EQ(header_of(7), hex("C7 01"));
    EXPECT_EQ(header_of(8), hex("C8 01 08"));
    EXPECT_EQ(header_of(255), hex("C8 01 FF"));
    EXPECT_EQ(header_of(256), hex("D0 01 01 00"));
    EXPECT_EQ(header_of(65535), hex("D0 01 FF FF"));
    EXPECT_EQ(header_of(65536), hex("D8 01 01 00 00"));
    EXPECT_EQ(header_of(max_tlv_length), hex("D8 01 FF FF FF"));
}

TEST(TlvEncoder, TellsWhatItsLengthCannotCount) {
    EXPECT_TRUE(fits_tlv(Single(Opaque{wire::Bytes(max_tlv_length, 0)})));
    EXPECT_FALSE(fits_tlv(Single(Opaque{wire::Bytes(max_tlv_length + 1, 0)})));
    // The headers of the instances count in.
    const Opaque half{wire::Bytes(max_tlv_length / 2, 0)};
    EXPECT_FALSE(fits_tlv(Multiple{{0, half}, {1, half}}));
}

}  // namespace
}  // namespace lwm2m
