#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "server/lwm2m/payload.h"
#include "server/lwm2m/tlv.h"
#include "tests/lwm2m/decoding.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/show.h"
#include "tests/lwm2m/vectors.h"

namespace lwm2m {
namespace {

using model::ContentFormat;
using model::Path;
using model::ResourceType;

const TypeOf types = type_of({{{1, 0}, {ResourceType::integer, false}},
                              {{1, 1}, {ResourceType::integer, false}},
                              {{1, 6}, {ResourceType::boolean, false}},
                              {{1, 7}, {ResourceType::text, false}},
                              {{2, 0}, {ResourceType::integer, false}},
                              {{2, 1}, {ResourceType::integer, false}},
                              {{2, 2}, {ResourceType::integer, true}},
                              {{2, 3}, {ResourceType::integer, false}},
                              {{3, 0}, {ResourceType::text, false}},
                              {{3, 1}, {ResourceType::text, false}},
                              {{3, 2}, {ResourceType::text, false}},
                              {{3, 3}, {ResourceType::text, false}},
                              {{3, 4}, {ResourceType::none, false}},
                              {{3, 6}, {ResourceType::integer, true}},
                              {{3, 7}, {ResourceType::integer, true}},
                              {{3, 8}, {ResourceType::integer, true}},
                              {{3, 9}, {ResourceType::integer, false}},
                              {{3, 10}, {ResourceType::integer, false}},
                              {{3, 11}, {ResourceType::integer, true}},
                              {{3, 13}, {ResourceType::time, false}},
                              {{3, 14}, {ResourceType::text, false}},
                              {{3, 16}, {ResourceType::text, false}},
                              {{65, 0}, {ResourceType::object_link, true}},
                              {{65, 1}, {ResourceType::text, false}},
                              {{65, 2}, {ResourceType::integer, false}},
                              {{66, 0}, {ResourceType::text, false}},
                              {{66, 1}, {ResourceType::text, false}},
                              {{66, 2}, {ResourceType::object_link, false}},
                              {{5, 1}, {ResourceType::unsigned_integer, false}},
                              {{5, 2}, {ResourceType::floating, false}},
                              {{5, 3}, {ResourceType::opaque, false}},
                              {{5, 4}, {ResourceType::core_link, false}}});

boost::system::result<Content, PayloadErrc> decode(const Path& path, std::string_view octets,
                                                   const TypeOf& known = types) {
    return decode_exactly(ContentFormat::tlv, path, from_hex(octets), known);
}

constexpr const char* device_shown =
    "{0: \"Open Mobile Alliance\", 1: \"Lightweight M2M Client\", 2: \"345000123\", 3: \"1.0\", "
    "6: {0: 1, 1: 5}, 7: {0: 3800, 1: 5000}, 8: {0: 125, 1: 900}, 9: 100, 10: 15, 11: {0: 0}, "
    "13: t1367491215, 14: \"+02:00\", 16: \"U\"}";
constexpr const char* access_control_shown =
    "{0: {0: 1, 1: 0, 2: {127: 7}, 3: 127}, 2: {0: 3, 1: 0, 2: {127: 7, 310: 1}, 3: 127}}";

TEST(TlvContent, ReadsTheExamplesOfTheSpecification) {
    EXPECT_EQ(show(decode(Path(3, 0), vectors::device)), device_shown);
    EXPECT_EQ(show(decode(Path(2), vectors::access_control)), access_control_shown);
    EXPECT_EQ(show(decode(Path(1), vectors::server)), "{0: {0: 1, 1: 86400, 6: true, 7: \"U\"}}");
    EXPECT_EQ(show(decode(Path(65, 0), vectors::links_65_0)),
              "{0: {0: 66:0, 1: 66:1}, 1: \"8613800755500\", 2: 305419896}");
    EXPECT_EQ(show(decode(Path(66), vectors::links_66)),
              "{0: {0: \"myService 1\", 1: \"Internet.15.234\", 2: 67:0}, "
              "1: {0: \"myService 2\", 1: \"Internet.15.235\", 2: 65535:65535}}");
}

TEST(TlvContent, WritesTheExamplesOfTheSpecification) {
    const struct {
        Path path;
        const char* octets;
    } examples[] = {{Path(3, 0), vectors::device},
                    {Path(1), vectors::server},
                    {Path(65, 0), vectors::links_65_0},
                    {Path(66), vectors::links_66}};
    for (const auto& example : examples) {
        const auto content = decode(example.path, example.octets);
        ASSERT_TRUE(content);
        const auto payload = encode_payload(ContentFormat::tlv, example.path, *content);
        ASSERT_TRUE(payload);
        EXPECT_EQ(wire::to_hex(*payload), wire::to_hex(from_hex(example.octets)));
    }
}

// LwM2M Core §7.4.3: a single Object Instance may come wrapped or bare.
TEST(TlvContent, ReadsAnInstanceWithOrWithoutItsWrapper) {
    const std::string bare = "C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55";
    EXPECT_EQ(show(decode(Path(1, 0), bare)), "{0: 1, 1: 86400, 6: true, 7: \"U\"}");
    EXPECT_EQ(show(decode(Path(1, 0), vectors::server)), "{0: 1, 1: 86400, 6: true, 7: \"U\"}");
    EXPECT_EQ(error_of(decode(Path(1, 1), vectors::server)), PayloadErrc::wrong_path);
    EXPECT_EQ(error_of(decode(Path(2, 0), vectors::access_control)), PayloadErrc::wrong_path);
    EXPECT_EQ(error_of(decode(Path(1, 1), "00 00")), PayloadErrc::wrong_path);
    EXPECT_EQ(show(decode(Path(1, 1), "00 01")), "{}");
    // Of an Object it is not known which instance bare Resources belong to.
    EXPECT_EQ(error_of(decode(Path(1), bare)), PayloadErrc::malformed);
}

TEST(TlvContent, ReadsAResourceWithItsHeaderOrItsInstances) {
    EXPECT_EQ(show(decode(Path(3, 0, 9), "C1 09 64")), "100");
    EXPECT_EQ(show(decode(Path(3, 0, 7), "88 07 08 42 00 0E D8 42 01 13 88")),
              "{0: 3800, 1: 5000}");
    EXPECT_EQ(show(decode(Path(3, 0, 7), "42 00 0E D8 42 01 13 88")), "{0: 3800, 1: 5000}");
    EXPECT_EQ(show(decode(Path(3, 0, 7), "80 07")), "{}");
    EXPECT_EQ(show(decode(Path(3, 0, 7), "")), "{}");
    EXPECT_EQ(error_of(decode(Path(3, 0, 9), "")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0, 9), "C1 0A 64")), PayloadErrc::wrong_path);
    EXPECT_EQ(error_of(decode(Path(3, 0, 9), "81 0A")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0, 9), "80 0A")), PayloadErrc::wrong_path);
    EXPECT_EQ(error_of(decode(Path(3, 0, 9), "C1 09 64 C1 09 64")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0, 9), "03 00 C1 09 64")), PayloadErrc::malformed);
}

TEST(TlvContent, IsOpaqueWithoutTypes) {
    EXPECT_EQ(show(decode(Path(3, 0, 9), "C1 09 64", {})), "h'64'");
    EXPECT_EQ(show(decode(Path(3, 0), "86 06 41 00 01 41 01 05", {})), "{6: {0: h'01', 1: h'05'}}");
}

TEST(TlvContent, ReadsIntegersByTheirType) {
    EXPECT_EQ(show(decode(Path(1, 0, 0), "C2 00 FF FE")), "-2");
    EXPECT_EQ(show(decode(Path(5, 0, 1), "C2 01 FF FE")), "65534");
    EXPECT_EQ(show(decode(Path(5, 0, 1), "C4 01 00 00 FF FE")), "65534");
    EXPECT_EQ(error_of(decode(Path(5, 0, 1), "C8 01 08 FF FF FF FF FF FF FF FF")),
              PayloadErrc::wrong_type);
}

TEST(TlvContent, RefusesOtherTypesThanTheResourceHas) {
    for (const auto* octets : {"C3 00 01 02 03", "C0 00"})
        EXPECT_EQ(error_of(decode(Path(1, 0, 0), octets)), PayloadErrc::wrong_type) << octets;
    for (const auto* octets : {"C1 06 02", "C0 06", "C2 06 00 01"})
        EXPECT_EQ(error_of(decode(Path(1, 0, 6), octets)), PayloadErrc::wrong_type) << octets;
    for (const auto* octets : {"C2 02 00 00", "C0 02", "C3 02 00 00 00"})
        EXPECT_EQ(error_of(decode(Path(5, 0, 2), octets)), PayloadErrc::wrong_type) << octets;
    for (const auto* octets : {"C2 02 00 00", "C8 02 08 00 00 00 00 00 00 00 00"})
        EXPECT_EQ(error_of(decode(Path(66, 0, 2), octets)), PayloadErrc::wrong_type) << octets;
    EXPECT_EQ(error_of(decode(Path(3, 0, 0), "C1 00 FF")), PayloadErrc::wrong_type);
    EXPECT_EQ(error_of(decode(Path(5, 0, 4), "C1 04 FF")), PayloadErrc::wrong_type);
    EXPECT_EQ(error_of(decode(Path(3, 0, 4), "C1 04 01")), PayloadErrc::wrong_type);
    EXPECT_EQ(error_of(decode(Path(3, 0, 13), "C3 0D 00 00 00")), PayloadErrc::wrong_type);
}

TEST(TlvContent, RefusesWhatIsThereTwice) {
    EXPECT_EQ(error_of(decode(Path(1, 0), "C1 00 01 C1 00 01")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0), "86 06 41 00 01 41 00 05")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0), "C1 06 01 83 06 41 00 01")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0), "83 06 41 00 01 C1 06 01")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(1), "03 00 C1 00 01 03 00 C1 00 01")), PayloadErrc::malformed);
}

TEST(TlvContent, RefusesTheReservedIds) {
    EXPECT_EQ(error_of(decode(Path(1, 0), "E1 FF FF 01")), PayloadErrc::wrong_path);
    EXPECT_EQ(error_of(decode(Path(1), "20 FF FF")), PayloadErrc::wrong_path);
}

TEST(TlvContent, HasNoFormForSeveralObjects) {
    EXPECT_EQ(error_of(decode(Path(), "00 00")), PayloadErrc::unsupported_format);
    EXPECT_EQ(error_of(encode_payload(ContentFormat::tlv, Path(), model::Objects{})),
              PayloadErrc::unsupported_format);
}

TEST(TlvContent, WrapsInstancesOfAnObject) {
    const model::Instances instances{{0, {{0, model::Single(std::int64_t{65534})}}}, {300, {}}};
    const auto payload = encode_payload(ContentFormat::tlv, Path(1), instances);
    ASSERT_TRUE(payload);
    EXPECT_EQ(wire::to_hex(*payload), wire::to_hex(from_hex("06 00 C4 00 00 00 FF FE 20 01 2C")));
    EXPECT_EQ(payload->size(), payload->capacity());
}

TEST(TlvContent, RefusesInstancesThatTlvCannotCount) {
    const model::Value half = model::Single(model::Opaque{wire::Bytes(max_tlv_length / 2 + 1, 0)});
    EXPECT_EQ(error_of(encode_payload(ContentFormat::tlv, Path(5),
                                      model::Instances{{0, {{0, half}, {1, half}}}})),
              PayloadErrc::wrong_type_for_format);
    // Side by side they are no element of their own.
    EXPECT_TRUE(
        encode_payload(ContentFormat::tlv, Path(5, 0), model::Resources{{0, half}, {1, half}}));
}

TEST(TlvContent, BoundsThePayload) {
    wire::Bytes octets(max_payload_octets - 5, 0);
    const auto with_header = [&] {
        wire::Bytes payload{0xD8, 0x03, static_cast<std::uint8_t>(octets.size() >> 16),
                            static_cast<std::uint8_t>(octets.size() >> 8),
                            static_cast<std::uint8_t>(octets.size())};
        payload.insert(payload.end(), octets.begin(), octets.end());
        return payload;
    };
    EXPECT_TRUE(decode_exactly(ContentFormat::tlv, Path(5, 0, 3), with_header(), types));
    octets.push_back(0);
    EXPECT_EQ(error_of(decode_exactly(ContentFormat::tlv, Path(5, 0, 3), with_header(), types)),
              PayloadErrc::malformed);
}

}  // namespace
}  // namespace lwm2m
