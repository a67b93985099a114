#include "server/lwm2m/cbor.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/lwm2m/decoding.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/items.h"

namespace lwm2m {
namespace {

auto decode(wire::BytesView octets) {
    return decode_cbor(ExactCopy(octets).view());
}
auto decode(std::string_view hex) {
    return decode(from_hex(hex));
}

struct Example {
    const char* octets;
    const char* shown;
};

// RFC 8949 appendix A, those that are written as they are read.
constexpr Example appendix_a[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"1818", "24"},
    {"1819", "25"},
    {"1864", "100"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    {"1bffffffffffffffff", "18446744073709551615"},
    {"c249010000000000000000", "2(h'010000000000000000')"},
    {"3bffffffffffffffff", "-18446744073709551616"},
    {"c349010000000000000000", "3(h'010000000000000000')"},
    {"20", "-1"},
    {"29", "-10"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"fb3ff199999999999a", "1.1"},
    {"fa47c35000", "1e+05"},
    {"fa7f7fffff", "3.4028234663852886e+38"},
    {"fb7e37e43c8800759c", "1e+300"},
    {"fbc010666666666666", "-4.1"},
    {"fa7f800000", "Infinity"},
    {"faff800000", "-Infinity"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"f7", "undefined"},
    {"f0", "simple(16)"},
    {"f8ff", "simple(255)"},
    {"c074323031332d30332d32315432303a30343a30305a", "0(\"2013-03-21T20:04:00Z\")"},
    {"c11a514b67b0", "1(1363896240)"},
    {"c1fb41d452d9ec200000", "1(1363896240.5)"},
    {"d74401020304", "23(h'01020304')"},
    {"d818456449455446", "24(h'6449455446')"},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "32(\"http://www.example.com\")"},
    {"40", "h''"},
    {"4401020304", "h'01020304'"},
    {"60", "\"\""},
    {"6161", "\"a\""},
    {"6449455446", "\"IETF\""},
    {"62225c", "\"\"\\\""},
    {"62c3bc", "\"\xC3\xBC\""},
    {"63e6b0b4", "\"\xE6\xB0\xB4\""},
    {"64f0908591", "\"\xF0\x90\x85\x91\""},
    {"80", "[]"},
    {"83010203", "[1, 2, 3]"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"a0", "{}"},
    {"a201020304", "{1: 2, 3: 4}"},
    {"a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161a161626163", "[\"a\", {\"b\": \"c\"}]"},
    {"a56161614161626142616361436164614461656145",
     "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}"},
};

// Those that are written otherwise: in half precision, longer than needed, of indefinite length.
constexpr Example appendix_a_read[] = {
    {"f90000", "0.0"},
    {"f98000", "-0.0"},
    {"f93c00", "1.0"},
    {"f93e00", "1.5"},
    {"f97bff", "65504.0"},
    {"f90001", "5.960464477539063e-08"},
    {"f90400", "6.103515625e-05"},
    {"f9c400", "-4.0"},
    {"f97c00", "Infinity"},
    {"f97e00", "NaN"},
    {"f9fc00", "-Infinity"},
    {"fa7fc00000", "NaN"},
    {"fb7ff0000000000000", "Infinity"},
    {"fb7ff8000000000000", "NaN"},
    {"fbfff0000000000000", "-Infinity"},
    {"5f42010243030405ff", "h'0102030405'"},
    {"7f657374726561646d696e67ff", "\"streaming\""},
    {"9fff", "[]"},
    {"9f018202039f0405ffff", "[1, [2, 3], [4, 5]]"},
    {"9f01820203820405ff", "[1, [2, 3], [4, 5]]"},
    {"83018202039f0405ff", "[1, [2, 3], [4, 5]]"},
    {"83019f0203ff820405", "[1, [2, 3], [4, 5]]"},
    {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"bf61610161629f0203ffff", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161bf61626163ff", "[\"a\", {\"b\": \"c\"}]"},
    {"bf6346756ef563416d7421ff", "{\"Fun\": true, \"Amt\": -2}"},
};

TEST(Cbor, ReadsAndWritesTheExamplesOfTheRfc) {
    for (const auto& example : appendix_a) {
        const auto item = decode(example.octets);
        ASSERT_TRUE(item) << example.octets;
        EXPECT_EQ(diagnostic(*item), example.shown);
        EXPECT_EQ(wire::to_hex(encode_item(*item)), example.octets);
    }
}

TEST(Cbor, ReadsTheOtherExamplesOfTheRfc) {
    for (const auto& example : appendix_a_read) {
        const auto item = decode(example.octets);
        ASSERT_TRUE(item) << example.octets;
        EXPECT_EQ(diagnostic(*item), example.shown) << example.octets;
    }
}

TEST(Cbor, RefusesEveryTruncation) {
    for (const auto& examples : {std::span<const Example>(appendix_a), {appendix_a_read}})
        for (const auto& example : examples) {
            const auto whole = from_hex(example.octets);
            for (std::size_t length = 0; length < whole.size(); ++length)
                EXPECT_EQ(error_of(decode(wire::BytesView(whole).first(length))),
                          CborErrc::truncated)
                    << example.octets << ' ' << length;
        }
}

// RFC 8949 appendix F: not well-formed, by kind.
TEST(Cbor, RefusesWhatIsNotWellFormed) {
    for (const auto* octets : {"1c",           "1d",         "1e",
                               "3c",           "3d",         "3e",
                               "5c",           "5d",         "5e",
                               "7c",           "7d",         "7e",
                               "9c",           "9d",         "9e",
                               "bc",           "bd",         "be",
                               "dc",           "dd",         "de",
                               "fc",           "fd",         "fe",  // reserved information
                               "f800",         "f801",       "f818",
                               "f81f",  // simple values in two octets
                               "5f00ff",       "5f21ff",     "5f6100ff",
                               "5f80ff",       "5fa0ff",     "5fc000ff",
                               "5fe0ff",       "7f4100ff",   "5f5f4100ffff",
                               "7f7f6100ffff", "5f5fff",     "7f7fff",  // chunks of another kind
                               "ff",           "81ff",       "8200ff",
                               "a1ff",         "a1ff00",     "a100ff",
                               "a20000ff",     "9f81ff",     "9f829f819f9fffffffff",
                               "bf00ff",       "bf000000ff", "c1ff",  // a break where none is
                               "1f",           "3f",         "df"})   // no indefinite length
        EXPECT_EQ(error_of(decode(octets)), CborErrc::malformed) << octets;
}

TEST(Cbor, RefusesOctetsAfterTheItem) {
    EXPECT_EQ(error_of(decode("0000")), CborErrc::malformed);
    EXPECT_EQ(error_of(decode("80ff")), CborErrc::malformed);
}

TEST(Cbor, RefusesTextsThatAreNotUtf8) {
    for (const auto* octets : {"61ff", "62c328", "61c3", "63eda080", "62c080", "64f4908080",
                               "7f61c361bcff"})  // each chunk is a text, §3.2.3
        EXPECT_EQ(error_of(decode(octets)), CborErrc::malformed) << octets;
}

// Announced lengths are not believed.
TEST(Cbor, AllocatesNothingForWhatIsOnlyAnnounced) {
    for (const auto* octets :
         {"5bffffffffffffffff", "7b7fffffffffffffff", "9bffffffffffffffff", "bbffffffffffffffff",
          "9b7fffffffffffffff00", "5affffffff00", "9f5bffffffffffffffff"})
        EXPECT_EQ(error_of(decode(octets)), CborErrc::truncated) << octets;
}

TEST(Cbor, BoundsDepth) {
    const auto nested = [](std::size_t depth, std::uint8_t octet, std::uint8_t inner) {
        wire::Bytes octets(depth - 1, octet);
        octets.push_back(inner);
        return octets;
    };
    for (const std::uint8_t octet : wire::Bytes{0x81, 0xC1}) {
        EXPECT_TRUE(decode(nested(max_item_depth, octet, 0x00)));
        EXPECT_EQ(error_of(decode(nested(max_item_depth + 1, octet, 0x00))), CborErrc::too_deep);
        EXPECT_EQ(error_of(decode(nested(200000, octet, 0x00))), CborErrc::too_deep);
    }
    EXPECT_EQ(error_of(decode(wire::Bytes(200000, 0x9F))), CborErrc::too_deep);
    EXPECT_EQ(error_of(decode(wire::Bytes(200000, 0xA1))), CborErrc::too_deep);
}

TEST(Cbor, BoundsTheNumberOfItems) {
    wire::Bytes octets(max_items, 0x00);
    octets.front() = 0x9F;
    octets.push_back(0xFF);
    EXPECT_TRUE(decode(octets));
    octets.insert(octets.begin() + 1, 0x00);
    EXPECT_EQ(error_of(decode(octets)), CborErrc::too_many);
    // Keys count as well.
    wire::Bytes map(max_items, 0x00);
    map.front() = 0xBF;
    map.back() = 0xFF;
    EXPECT_TRUE(decode(map));
    map.insert(map.begin() + 1, 2, 0x00);
    EXPECT_EQ(error_of(decode(map)), CborErrc::too_many);
}

TEST(Cbor, ReadsOddExamplesOfFloatingPoint) {
    // Every number of half precision is one of single precision.
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const wire::Bytes octets{0xF9, static_cast<std::uint8_t>(bits >> 8),
                                 static_cast<std::uint8_t>(bits)};
        const auto item = decode(octets);
        ASSERT_TRUE(item);
        const double value = std::get<double>(item->value);
        if (value != value) continue;
        ASSERT_EQ(encode_item(*item).size(), 5u) << bits;
        ASSERT_EQ(decode(encode_item(*item))->value, item->value);
    }
}

}  // namespace
}  // namespace lwm2m
