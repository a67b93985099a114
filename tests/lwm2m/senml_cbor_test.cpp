#include "server/lwm2m/senml_cbor.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tests/lwm2m/decoding.h"
#include "tests/lwm2m/error_of.h"
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

std::string encode(const Path& path, const Content& content) {
    const auto payload = encode_payload(ContentFormat::senml_cbor, path, content);
    if (!payload) return "error " + std::to_string(static_cast<int>(payload.error()));
    return wire::to_hex(*payload);
}

std::string hex(std::string_view spaced) {
    return wire::to_hex(from_hex(spaced));
}

boost::system::result<Content, PayloadErrc> decode(const Path& path, std::string_view octets,
                                                   const TypeOf& types = {}) {
    return decode_exactly(ContentFormat::senml_cbor, path, from_hex(octets), types);
}

// RFC 8428 §6, figure 3: the CBOR of §5.1.2's second example.
constexpr const char* rfc_8428_section_6 =
    "87 a7 21 78 1b 75 72 6e 3a 64 65 76 3a 6f 77 3a 31 30 65 32 30 37 33 61 30 31 30 38 30 30 36"
    "3a 22 fb 41 d3 03 a1 5b 00 10 62 23 61 41 20 05 00 67 76 6f 6c 74 61 67 65 01 61 56 02 fb 40"
    "5e 06 66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06 24 02 fb 3f f3 33 33 33 33 33 33 a3 00"
    "67 63 75 72 72 65 6e 74 06 23 02 fb 3f f4 cc cc cc cc cc cd a3 00 67 63 75 72 72 65 6e 74 06"
    "22 02 fb 3f f6 66 66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06 21 02 f9 3e 00 a3 00 67 63"
    "75 72 72 65 6e 74 06 20 02 fb 3f f9 99 99 99 99 99 9a a3 00 67 63 75 72 72 65 6e 74 06 00 02"
    "fb 3f fb 33 33 33 33 33 33";

TEST(SenmlCbor, ReadsTheExampleOfTheRfc) {
    const auto records = decode_senml_cbor(ExactCopy(from_hex(rfc_8428_section_6)).view());
    ASSERT_TRUE(records);
    std::string shown;
    for (const auto& record : *records) shown += record.name + " = " + show(record.value) + "; ";
    EXPECT_EQ(shown,
              "urn:dev:ow:10e2073a0108006:voltage = 120.1f; "
              "urn:dev:ow:10e2073a0108006:current = 1.2f; "
              "urn:dev:ow:10e2073a0108006:current = 1.3f; "
              "urn:dev:ow:10e2073a0108006:current = 1.4f; "
              "urn:dev:ow:10e2073a0108006:current = 1.5f; "
              "urn:dev:ow:10e2073a0108006:current = 1.6f; "
              "urn:dev:ow:10e2073a0108006:current = 1.7f; ");
}

TEST(SenmlCbor, RefusesEveryTruncationOfTheExample) {
    const auto whole = from_hex(rfc_8428_section_6);
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(decode_senml_cbor(ExactCopy(wire::BytesView(whole).first(length)).view()))
            << length;
}

// github.com/OpenMobileAlliance/OMA_LwM2M_for_Developers, issue 484: [{"n":"/65/0/0/0",
// "vlo":"66:0"}] by one of the format's authors.
TEST(SenmlCbor, ReadsAnObjectLinkAsItsAuthorsWriteIt) {
    EXPECT_EQ(show(decode(Path(65, 0), "81 A2 00 69 2F36352F302F302F30 63 766C6F 64 36363A30")),
              "{0: {0: 66:0}}");
}

TEST(SenmlCbor, ReadsNumbersInEveryForm) {  // RFC 8428 §6
    const auto value = [](const std::string& octets) {
        return show(decode(Path(3, 0, 9), "81 A2 00 66 2F332F302F39 02" + octets));
    };
    EXPECT_EQ(value("18 64"), "100");
    EXPECT_EQ(value("38 63"), "-100");
    EXPECT_EQ(value("3B 7FFFFFFFFFFFFFFF"), "-9223372036854775808");
    EXPECT_EQ(value("3B 8000000000000000"), "-9223372036854775808f");
    EXPECT_EQ(value("1B FFFFFFFFFFFFFFFF"), "18446744073709551616f");
    EXPECT_EQ(value("F9 3E00"), "1.5f");
    EXPECT_EQ(value("FA 3FC00000"), "1.5f");
    EXPECT_EQ(value("FB 3FF8000000000000"), "1.5f");
    EXPECT_EQ(value("C4 82 21 19 6AB3"), "273.15f");  // RFC 8949 §3.4.4
    EXPECT_EQ(value("C4 82 02 03"), "300f");
    for (const auto* wrong :
         {"C4 82 21", "C4 81 21", "C4 83 21 01 01", "C4 21", "C4 82 19 FFFF 01", "C2 41 01",
          "C5 82 01 01", "F5", "61 31", "41 31", "F6", "80", "F9 7C00", "F9 7E00"})
        EXPECT_EQ(
            error_of(decode(Path(3, 0, 9), std::string("81 A2 00 66 2F332F302F39 02") + wrong)),
            PayloadErrc::malformed)
            << wrong;
}

TEST(SenmlCbor, ReadsIndefiniteLengthsAndAnyOrder) {
    // [_ {_ 3: (_ "x", "y"), 0: "9", -2: (_ "/3/", "0/")}]
    EXPECT_EQ(show(decode(Path(3, 0),
                          "9F BF 03 7F 61 78 61 79 FF 00 61 39"
                          "21 7F 63 2F332F 62 302F FF FF FF")),
              "{9: \"xy\"}");
}

TEST(SenmlCbor, PassesOverUnknownLabels) {
    EXPECT_EQ(show(decode(Path(3, 0), "81 A4 00 66 2F332F302F39 18 63 80 61 78 F6 02 01")),
              "{9: 1}");
    EXPECT_EQ(show(decode(Path(3, 0), "81 A3 00 66 2F332F302F39 3B FFFFFFFFFFFFFFFF 80 02 01")),
              "{9: 1}");
    EXPECT_EQ(error_of(decode(Path(3, 0), "81 A3 00 66 2F332F302F39 62 785F F6 02 01")),
              PayloadErrc::malformed);
    // Neither a number nor a text
    EXPECT_EQ(error_of(decode(Path(3, 0), "81 A3 00 66 2F332F302F39 F6 F6 02 01")),
              PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0), "81 A3 00 66 2F332F302F39 41 78 F6 02 01")),
              PayloadErrc::malformed);
}

TEST(SenmlCbor, RefusesALabelTwice) {
    EXPECT_EQ(error_of(decode(Path(3, 0), "81 A3 00 66 2F332F302F39 02 01 02 01")),
              PayloadErrc::malformed);
    // By number and by name
    EXPECT_EQ(error_of(decode(Path(3, 0), "81 A3 00 66 2F332F302F39 02 01 61 76 01")),
              PayloadErrc::malformed);
}

TEST(SenmlCbor, RefusesOctetsAsTextAndTextAsOctets) {
    EXPECT_EQ(show(decode(Path(3, 0), "81 A2 00 66 2F332F302F39 08 42 00 01")), "{9: h'0001'}");
    for (const auto* wrong : {"08 62 30 31", "03 42 30 31", "00 01", "04 01", "04 F6"})
        EXPECT_EQ(error_of(decode(Path(3, 0), std::string("81 A2 00 66 2F332F302F39") + wrong)),
                  PayloadErrc::malformed)
            << wrong;
}

TEST(SenmlCbor, ReadsTimesHoweverTheyAreWritten) {  // LwM2M Core 1.1 and 1.2, table C.-2
    const TypeOf types = type_of({{{3, 13}, {ResourceType::time, false}}});
    const auto value = [&](const std::string& octets) {
        return show(decode(Path(3, 0, 13), "81 A2 00 67 2F332F302F3133" + octets, types));
    };
    EXPECT_EQ(value("02 1A 57FCD335"), "t1476186933");
    EXPECT_EQ(value("02 C1 1A 514B67B0"), "t1363896240");          // RFC 8949 §3.4.2
    EXPECT_EQ(value("02 C1 FB 41D452D9EC200000"), "t1363896240");  // …240.5
    EXPECT_EQ(value("02 C0 74 323031332D30332D32315432303A30343A30305A"), "t1363896240");
    EXPECT_EQ(value("03 74 323031332D30332D32315432303A30343A30305A"), "t1363896240");
}

TEST(SenmlCbor, WritesTheLabelsAsNumbers) {
    EXPECT_EQ(encode(Path(0, 1), Resources{{0, Single(std::string("x"))},
                                           {1, Single(false)},
                                           {5, Single(Opaque{from_hex("DE AD")})},
                                           {16, Multiple{{0, std::int64_t{49320}}}},
                                           {17, Single(model::ObjectLink{21, 0})}}),
              hex("85 A3 21 65 2F302F312F 00 61 30 03 61 78  A2 00 61 31 04 F4"
                  "A2 00 61 35 08 42 DEAD  A2 00 64 31362F30 02 19 C0A8"
                  "A2 00 62 3137 63 766C6F 64 32313A30"));
    EXPECT_EQ(encode(Path(0, 1, 5), Value(Single(Opaque{from_hex("DE AD")}))),
              hex("81 A2 21 66 2F302F312F35 08 42 DEAD"));
    EXPECT_EQ(encode(Path(1), model::Instances{{7, {{1, Single(std::int64_t{-1})}}}}),
              hex("81 A3 21 63 2F312F 00 63 372F31 02 20"));
    EXPECT_EQ(encode(Path(), model::Objects{{1, {{7, {{1, Single(model::Time{1})}}}}}}),
              hex("81 A3 21 61 2F 00 65 312F372F31 02 01"));
    EXPECT_EQ(encode(Path(0, 1), Resources{}), "80");
}

TEST(SenmlCbor, WritesNumbersShortest) {
    const auto value = [](Single single) {
        return encode(Path(3, 0, 9), Value(std::move(single)))
            .substr(hex("81 A2 21 66 2F332F302F39 02").size());
    };
    EXPECT_EQ(value(std::int64_t{23}), "17");
    EXPECT_EQ(value(std::int64_t{24}), "1818");
    EXPECT_EQ(value(std::int64_t{65535}), "19ffff");
    EXPECT_EQ(value(std::int64_t{65536}), "1a00010000");
    EXPECT_EQ(value(std::numeric_limits<std::int64_t>::max()), "1b7fffffffffffffff");
    EXPECT_EQ(value(std::numeric_limits<std::int64_t>::min()), "3b7fffffffffffffff");
    EXPECT_EQ(value(1.5), "fa3fc00000");
    EXPECT_EQ(value(0.1), "fb3fb999999999999a");
}

TEST(SenmlCbor, WritesSecretsAsTheirKind) {
    using model::Secret;
    const auto octets = from_hex("41 42");
    EXPECT_EQ(encode(Path(0, 1, 5), Value(Single(Secret(octets)))),
              hex("81 A2 21 66 2F302F312F35 08 42 4142"));
    const Value text = Single(Secret(octets, Secret::Kind::text));
    EXPECT_EQ(encode(Path(0, 1, 5), text), hex("81 A2 21 66 2F302F312F35 03 62 4142"));
    const auto payload =
        encode_payload(ContentFormat::senml_cbor, Path(0, 1), Resources{{3, text}, {5, text}});
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->size(), payload->capacity());
}

}  // namespace
}  // namespace lwm2m
