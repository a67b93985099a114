#include "server/lwm2m/lwm2m_cbor.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tests/lwm2m/decoding.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/items.h"
#include "tests/lwm2m/show.h"

namespace lwm2m {
namespace {

using model::ContentFormat;
using model::Multiple;
using model::Opaque;
using model::Path;
using model::Resources;
using model::ResourceType;
using model::Single;
using model::Value;

// In diagnostic notation.
std::string encode(const Path& path, const Content& content) {
    const auto payload = encode_payload(ContentFormat::lwm2m_cbor, path, content);
    if (!payload) return "error " + std::to_string(static_cast<int>(payload.error()));
    return diagnostic(*decode_cbor(*payload));
}

boost::system::result<Content, PayloadErrc> decode(const Path& path, std::string_view octets,
                                                   const TypeOf& types = {}) {
    return decode_exactly(ContentFormat::lwm2m_cbor, path, from_hex(octets), types);
}

// LwM2M Core 1.2 §7.4.4.4: the Resources of the first of two instances of /1, as quoted in
// github.com/OpenMobileAlliance/OMA_LwM2M_for_Developers, issue 545.
constexpr const char* server_resources =
    "A7 00 18 65 01 1A 00015180 02 19 012C 03 19 1770 05 1A 00015180 06 F5 07 61 55";
constexpr const char* server_shown =
    "{0: 101, 1: 86400, 2: 300, 3: 6000, 5: 86400, 6: true, 7: \"U\"}";

TEST(Lwm2mCbor, ReadsTheServerOfTheSpecification) {
    // {1: {0: …}} and {[1, 0]: …}
    EXPECT_EQ(show(decode(Path(1, 0), std::string("A1 01 A1 00") + server_resources)),
              server_shown);
    EXPECT_EQ(show(decode(Path(1, 0), std::string("A1 82 01 00") + server_resources)),
              server_shown);
    EXPECT_EQ(show(decode(Path(1), std::string("A1 01 A1 00") + server_resources)),
              std::string("{0: ") + server_shown + '}');
}

TEST(Lwm2mCbor, WritesTheServerOfTheSpecification) {
    const Resources server{{0, Single(std::int64_t{101})},   {1, Single(std::int64_t{86400})},
                           {2, Single(std::int64_t{300})},   {3, Single(std::int64_t{6000})},
                           {5, Single(std::int64_t{86400})}, {6, Single(true)},
                           {7, Single(std::string("U"))}};
    const auto payload = encode_payload(ContentFormat::lwm2m_cbor, Path(1, 0), server);
    ASSERT_TRUE(payload);
    EXPECT_EQ(wire::to_hex(*payload),
              wire::to_hex(from_hex(std::string("A1 01 A1 00") + server_resources)));
}

// The ways to write one path, each of which Anjay reads (its unit tests of the format).
TEST(Lwm2mCbor, ReadsPathsInEveryForm) {
    for (const auto* octets : {
             "A1 83 0D 18 1A 01 18 2A",              // {[13, 26, 1]: 42}
             "BF 9F 0D 18 1A 01 FF 18 2A FF",        // {_ [_ 13, 26, 1]: 42}
             "A1 0D A1 18 1A A1 01 18 2A",           // {13: {26: {1: 42}}}
             "A1 81 0D A1 81 18 1A A1 81 01 18 2A",  // {[13]: {[26]: {[1]: 42}}}
             "BF 9F 0D FF BF 9F 18 1A FF BF 9F 01 FF 18 2A FF FF FF",
             "A1 82 0D 18 1A A1 01 18 2A",  // {[13, 26]: {1: 42}}
             "A1 0D A1 82 18 1A 01 18 2A",  // {13: {[26, 1]: 42}}
         }) {
        EXPECT_EQ(show(decode(Path(13, 26, 1), octets)), "42") << octets;
        EXPECT_EQ(show(decode(Path(13, 26), octets)), "{1: 42}") << octets;
        EXPECT_EQ(show(decode(Path(13), octets)), "{26: {1: 42}}") << octets;
        EXPECT_EQ(show(decode(Path(), octets)), "{13: {26: {1: 42}}}") << octets;
    }
    // {[13, 26, 1]: 42, [13, 26]: {[2]: 21}}
    EXPECT_EQ(show(decode(Path(13, 26), "A2 83 0D 18 1A 01 18 2A 82 0D 18 1A A1 81 02 15")),
              "{1: 42, 2: 21}");
    // {[13]: {[26]: {[1]: {[2]: 4([-1, 45])}}}}: as deep as can be
    EXPECT_EQ(
        show(decode(Path(13, 26, 1), "A1 81 0D A1 81 18 1A A1 81 01 A1 81 02 C4 82 20 18 2D")),
        "{2: 4.5f}");
    // {13: {26: {1: 1}}, 14: {27: {2: 2}}}
    EXPECT_EQ(show(decode(Path(), "A2 0D A1 18 1A A1 01 01 0E A1 18 1B A1 02 02")),
              "{13: {26: {1: 1}}, 14: {27: {2: 2}}}");
}

TEST(Lwm2mCbor, ReadsEveryTypeOfValue) {
    const TypeOf types = type_of({{{13, 6}, {ResourceType::object_link, false}},
                                  {{13, 7}, {ResourceType::time, false}},
                                  {{13, 8}, {ResourceType::floating, false}}});
    // {[13, 26]: {1: 1, 2: -1, 3: 2.5, 4: "test", 5: h'11223344', 6: "12:34", 7: 1, 8: 3, 9: true}}
    EXPECT_EQ(show(decode(Path(13, 26),
                          "A1 82 0D 18 1A A9 01 01 02 20 03 F9 4100 04 64 74657374 05 44 11223344"
                          "06 65 31323A3334 07 01 08 03 09 F5",
                          types)),
              "{1: 1, 2: -1, 3: 2.5f, 4: \"test\", 5: h'11223344', 6: 12:34, 7: t1, 8: 3f, "
              "9: true}");
    EXPECT_EQ(show(decode(Path(13, 26, 7), "A1 83 0D 18 1A 07 C1 1A 514B67B0", types)),
              "t1363896240");
    EXPECT_EQ(show(decode(Path(13, 26, 7), "A1 83 0D 18 1A 07 C1 1A 514B67B0")), "t1363896240");
    EXPECT_EQ(error_of(decode(Path(13, 26, 6), "A1 83 0D 18 1A 06 62 3132", types)),
              PayloadErrc::wrong_type);
}

TEST(Lwm2mCbor, ReadsWhatHoldsNothing) {
    EXPECT_EQ(show(decode(Path(), "A0")), "{}");
    EXPECT_EQ(show(decode(Path(13, 26), "A0")), "{}");
    EXPECT_EQ(show(decode(Path(13), "A1 0D A1 18 1A F6")), "{26: {}}");
    EXPECT_EQ(show(decode(Path(13), "A1 0D A1 18 1A A0")), "{26: {}}");
    EXPECT_EQ(show(decode(Path(), "A1 0D F6")), "{13: {}}");
    EXPECT_EQ(show(decode(Path(13, 26), "A1 82 0D 18 1A A2 01 F6 02 05")), "{2: 5}");
    EXPECT_EQ(show(decode(Path(13, 26), "A1 82 0D 18 1A A1 01 A2 02 F6 03 05")), "{1: {3: 5}}");
    EXPECT_EQ(show(decode(Path(13, 26, 1), "A1 83 0D 18 1A 01 A0")), "{}");
    EXPECT_EQ(error_of(decode(Path(13, 26, 1), "A0")), PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(13, 26), "A1 82 0D 18 1B F6")), PayloadErrc::wrong_path);
}

TEST(Lwm2mCbor, RefusesWhatIsNoTree) {
    for (const auto* octets : {
             "",
             "00",
             "84 01 02 03 04",
             "F6",
             "A1 82 0D 18 1A A1 1A 00010000 05",  // an id of 65536
             "A1 83 0D 18 1A 19 FFFF 05",         // the reserved id
             "A1 85 0D 18 1A 03 04 05 05",        // five ids
             "A1 83 0D 18 1A 01 A2 02 05 82 03 04 05",
             "A1 0D A1 18 1A A1 01 A1 02 A1 03 04",
             "A1 0D A1 18 1A A1 01 A1 02 A0",
             "A2 0D A1 80 18 1A A1 80 01 18 2A",
             "A1 80 A0",                               // a key without ids
             "A1 83 0D FB 3FD0A3D70A3D70A4 01 18 2A",  // ids that are none
             "A1 0D A1 62 3236 A1 01 18 2A",
             "A1 83 0D 18 1A 20 05",
             "A1 F6 05",
             "A1 0D A1 18 1A 81 A1 01 18 2A",  // an array among the maps
             "A1 0D A1 18 1A 05",
             "A1 0D 05",  // values of an instance, of an Object
             "A1 83 0D 18 1A 01 80",
             "A1 83 0D 18 1A 01 F7",
             "A1 83 0D 18 1A 01 C2 41 01",
             "A2 83 0D 18 1A 01 05 83 0D 18 1A 01 05",  // twice
             "A2 83 0D 18 1A 01 05 83 0D 18 1A 01 A0",
             "A2 83 0D 18 1A 01 05 84 0D 18 1A 01 02 05",
             "A1 82 0D 18 1A A1",  // cut off
         })
        EXPECT_EQ(error_of(decode(Path(), octets)), PayloadErrc::malformed) << octets;
}

TEST(Lwm2mCbor, RefusesPathsOutsideTheBase) {
    for (const auto& base : {Path(14), Path(13, 27), Path(13, 26, 2)})
        for (const auto* octets : {"A1 83 0D 18 1A 01 18 2A", "A1 0D A1 18 1A A1 01 18 2A"})
            EXPECT_EQ(error_of(decode(base, octets)), PayloadErrc::wrong_path) << octets;
    // Not from the Object on, as Core 1.2 allows a Write
    EXPECT_EQ(error_of(decode(Path(13, 26), "A1 01 18 2A")), PayloadErrc::malformed);
}

TEST(Lwm2mCbor, WritesFromTheRootAlongThePath) {
    EXPECT_EQ(encode(Path(0, 1), Resources{{0, Single(std::string("coaps://x"))},
                                           {5, Single(Opaque{from_hex("DE AD")})},
                                           {16, Multiple{{0, std::int64_t{49320}}}},
                                           {17, Single(model::ObjectLink{21, 0})}}),
              "{0: {1: {0: \"coaps://x\", 5: h'dead', 16: {0: 49320}, 17: \"21:0\"}}}");
    EXPECT_EQ(encode(Path(0, 1, 16), Value(Multiple{{0, std::int64_t{49320}}})),
              "{0: {1: {16: {0: 49320}}}}");
    EXPECT_EQ(encode(Path(1, 0, 1), Value(Single(std::int64_t{86400}))), "{1: {0: {1: 86400}}}");
    EXPECT_EQ(encode(Path(1), model::Instances{{0, {}}, {300, {{2, Single(model::Time{-1})}}}}),
              "{1: {0: {}, 300: {2: -1}}}");
    EXPECT_EQ(encode(Path(), model::Objects{{1, {{0, {{2, Single(1.5)}}}}}, {2, {}}}),
              "{1: {0: {2: 1.5}}, 2: {}}");
    EXPECT_EQ(encode(Path(), model::Objects{}), "{}");
}

TEST(Lwm2mCbor, WritesSecretsAsTheirKind) {
    using model::Secret;
    const Value octets = Single(Secret(from_hex("41 42")));
    const Value text = Single(Secret(from_hex("41 42"), Secret::Kind::text));
    EXPECT_EQ(encode(Path(0, 1), Resources{{3, text}, {5, octets}}),
              "{0: {1: {3: \"AB\", 5: h'4142'}}}");
    const auto payload =
        encode_payload(ContentFormat::lwm2m_cbor, Path(0, 1), Resources{{3, text}, {5, octets}});
    EXPECT_EQ(payload->size(), payload->capacity());
    const Value wrong = Single(Secret(from_hex("FF"), Secret::Kind::text));
    EXPECT_EQ(error_of(encode_payload(ContentFormat::lwm2m_cbor, Path(0, 1, 3), wrong)),
              PayloadErrc::wrong_type_for_format);
}

}  // namespace
}  // namespace lwm2m
