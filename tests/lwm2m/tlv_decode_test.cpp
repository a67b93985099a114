#include <limits>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "server/lwm2m/tlv.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/hex.h"
#include "tests/lwm2m/vectors.h"

namespace lwm2m {
namespace {

// In a block of its exact size, so that a read past the end is seen by AddressSanitizer.
boost::system::result<std::vector<TlvElement>, TlvErrc> decode(wire::BytesView octets) {
    const auto copy = std::make_unique<std::uint8_t[]>(octets.size());
    std::copy(octets.begin(), octets.end(), copy.get());
    return decode_tlv({copy.get(), octets.size()});
}
auto decode(const char* hex) {
    return decode(from_hex(hex));
}

// "0=…" of a leaf, "6{0=… 1=…}" of a container, "i0{…}" of an Object Instance.
std::string show(const std::vector<TlvElement>& elements) {
    std::string text;
    for (const auto& element : elements) {
        if (!text.empty()) text += ' ';
        if (element.type == TlvType::object_instance) text += 'i';
        if (element.type == TlvType::resource_instance) text += 'r';
        text += std::to_string(element.id);
        const bool is_leaf =
            element.type == TlvType::resource || element.type == TlvType::resource_instance;
        text += is_leaf ? "=" + wire::to_hex(element.value) : "{" + show(element.children) + "}";
    }
    return text;
}

TEST(TlvDecoder, ReadsTheDeviceObjectOfTheSpecification) {
    const auto device = decode(vectors::device);
    ASSERT_TRUE(device);
    ASSERT_EQ(device->size(), 13u);
    EXPECT_EQ(wire::as_text((*device)[0].value), "Open Mobile Alliance");
    EXPECT_EQ(wire::as_text((*device)[11].value), "+02:00");
    EXPECT_EQ(tlv_integer((*device)[10].value), 1367491215);
    EXPECT_EQ((*device)[5].type, TlvType::multiple_resource);
    EXPECT_EQ((*device)[5].id, 7);
    EXPECT_EQ(tlv_integer((*device)[5].children[0].value), 3800);
    EXPECT_EQ(tlv_integer((*device)[5].children[1].value), 5000);
}

TEST(TlvDecoder, ReadsObjectInstancesOfTheSpecification) {
    EXPECT_EQ(show(*decode(vectors::access_control)),
              "i0{0=01 1=00 2{r127=07} 3=7f} i2{0=03 1=00 2{r127=07 r310=01} 3=7f}");
    EXPECT_EQ(show(*decode(vectors::server)), "i0{0=01 1=00015180 6=01 7=55}");
    const auto links = decode(vectors::links_66);
    ASSERT_TRUE(links);
    ASSERT_EQ(links->size(), 2u);
    EXPECT_EQ(wire::to_hex((*links)[0].children[2].value), "00430000");
    EXPECT_EQ(wire::to_hex((*links)[1].children[2].value), "ffffffff");
    EXPECT_EQ(show(*decode(vectors::links_65_0)),
              "0{r0=00420000 r1=00420001} 1=38363133383030373535353030 2=12345678");
}

TEST(TlvDecoder, ReadsResourceInstancesOfAPathToAResource) {
    EXPECT_EQ(show(*decode("41 00 01 41 01 05")), "r0=01 r1=05");
}

TEST(TlvDecoder, ReadsNothingFromNothing) {
    EXPECT_EQ(show(*decode("")), "");
    EXPECT_EQ(show(*decode("00 07")), "i7{}");
    EXPECT_EQ(show(*decode("80 07 C0 08")), "7{} 8=");
}

TEST(TlvDecoder, ReadsLengthsThatCouldBeShorter) {
    EXPECT_EQ(show(*decode("C8 01 01 AA D0 02 00 01 BB D8 03 00 00 01 CC")), "1=aa 2=bb 3=cc");
    EXPECT_EQ(show(*decode("E1 00 01 AA")), "1=aa");
    // With a length field the low three bits mean nothing, Table 6.4.3-1.
    EXPECT_EQ(show(*decode("CF 01 01 AA")), "1=aa");
}

TEST(TlvDecoder, RefusesEveryTruncation) {
    const auto server = from_hex(vectors::server);
    for (std::size_t length = 1; length < server.size(); ++length)
        EXPECT_EQ(error_of(decode(wire::BytesView(server).first(length))), TlvErrc::truncated)
            << length;
    // The end of the first of two Object Instances is an end as well, and the only one.
    const auto both = from_hex(vectors::access_control);
    for (std::size_t length = 1; length < both.size(); ++length)
        EXPECT_EQ(decode(wire::BytesView(both).first(length)).has_value(), length == 17) << length;
}

TEST(TlvDecoder, RefusesLengthsBeyondThePayload) {
    for (const auto* hex : {"C2 00 01", "C8 00 02 01", "D8 00 FF FF FF 01", "E0 00", "C8 00",
                            "D0 00 00", "D8 00 00 00", "08 00 FF C1 00 01"})
        EXPECT_EQ(error_of(decode(hex)), TlvErrc::truncated) << hex;
}

TEST(TlvDecoder, RefusesChildrenThatReachBeyondTheirContainer) {
    EXPECT_EQ(error_of(decode("83 06 42 00 01 00")), TlvErrc::truncated);
    EXPECT_EQ(error_of(decode("08 00 03 C2 00 01 00")), TlvErrc::truncated);
}

TEST(TlvDecoder, RefusesLeavesWhereTheyCannotBe) {
    EXPECT_EQ(error_of(decode("83 06 C1 00 01")), TlvErrc::misplaced);     // Resource in Multiple
    EXPECT_EQ(error_of(decode("08 00 03 41 00 01")), TlvErrc::misplaced);  // its instance, bare
}

TEST(TlvDecoder, RefusesToMixWhatStandsSideBySide) {
    EXPECT_EQ(error_of(decode("C1 00 01 41 00 01")), TlvErrc::misplaced);
    EXPECT_EQ(error_of(decode("C1 00 01 00 00")), TlvErrc::misplaced);
    EXPECT_EQ(error_of(decode("00 00 C1 00 01")), TlvErrc::misplaced);
    EXPECT_EQ(error_of(decode("41 00 01 80 00")), TlvErrc::misplaced);
}

TEST(TlvDecoder, RefusesContainersWithinContainersOfLeaves) {
    EXPECT_EQ(error_of(decode("02 00 00 00")), TlvErrc::too_deep);        // instance in instance
    EXPECT_EQ(error_of(decode("82 00 80 00")), TlvErrc::too_deep);        // Multiple in Multiple
    EXPECT_EQ(error_of(decode("82 00 00 00")), TlvErrc::too_deep);        // instance in Multiple
    EXPECT_EQ(error_of(decode("04 00 82 00 80 00")), TlvErrc::too_deep);  // at the third level
}

TEST(TlvDecoder, DoesNotRecurseAsDeepAsThePayloadWants) {
    // 30,000 Object Instances, each in the one before.
    wire::Bytes payload;
    for (std::size_t left = 30000; left > 0; --left) {
        const auto length = static_cast<std::uint16_t>((left - 1) * 4 & 0xFFFF);
        payload.insert(payload.end(), {0x10, 0x00, static_cast<std::uint8_t>(length >> 8),
                                       static_cast<std::uint8_t>(length)});
    }
    EXPECT_FALSE(decode(payload));
}

TEST(TlvDecoder, CountsElementsOfAllLevels) {
    wire::Bytes flat;
    for (std::size_t i = 0; i < max_tlv_elements; ++i) flat.insert(flat.end(), {0xC0, 0x01});
    EXPECT_TRUE(decode(flat));
    flat.insert(flat.end(), {0xC0, 0x01});
    EXPECT_EQ(error_of(decode(flat)), TlvErrc::too_many);

    // The same number, but all but a few of them a level deeper.
    const std::size_t children = max_tlv_elements - 4;
    wire::Bytes nested{0x90, 0x06, static_cast<std::uint8_t>(children * 2 >> 8),
                       static_cast<std::uint8_t>(children * 2)};
    for (std::size_t i = 0; i < children; ++i) nested.insert(nested.end(), {0x40, 0x01});
    for (std::size_t i = 0; i < 3; ++i) nested.insert(nested.end(), {0xC0, 0x01});
    EXPECT_TRUE(decode(nested));
    nested.insert(nested.end(), {0xC0, 0x01});
    EXPECT_EQ(error_of(decode(nested)), TlvErrc::too_many);
}

TEST(TlvInteger, IsSigned) {
    EXPECT_EQ(tlv_integer(from_hex("FF")), -1);
    EXPECT_EQ(tlv_integer(from_hex("7F")), 127);
    EXPECT_EQ(tlv_integer(from_hex("FF FE")), -2);
    EXPECT_EQ(tlv_integer(from_hex("00 FF FE 00")), 16776704);
    EXPECT_EQ(tlv_integer(from_hex("80 00 00 00")), -2147483648LL);
    EXPECT_EQ(tlv_integer(from_hex("80 00 00 00 00 00 00 00")),
              std::numeric_limits<std::int64_t>::min());
}

TEST(TlvInteger, HasNoOtherLengths) {
    for (const auto* hex : {"", "00 00 00", "00 00 00 00 00", "00 00 00 00 00 00",
                            "00 00 00 00 00 00 00", "00 00 00 00 00 00 00 00 00"})
        EXPECT_FALSE(tlv_integer(from_hex(hex))) << hex;
}

}  // namespace
}  // namespace lwm2m
