#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "server/lwm2m/payload.h"
#include "tests/lwm2m/decoding.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/show.h"

// The formats of a single value: text (0), opaque (42), CBOR (60).
namespace lwm2m {
namespace {

using model::ContentFormat;
using model::Path;
using model::ResourceType;
using model::Single;
using model::Value;

const Path resource(5, 0, 1);

std::string decode(ContentFormat format, wire::BytesView payload,
                   std::optional<ResourceType> type = {}) {
    const TypeOf types = [&](model::ObjectId, model::ResourceId) -> std::optional<KnownType> {
        if (!type) return std::nullopt;
        return KnownType{*type, false};
    };
    return show(decode_exactly(format, resource, payload, types));
}
std::string text(std::string_view payload, std::optional<ResourceType> type = {}) {
    return decode(ContentFormat::text, wire::as_bytes(payload), type);
}
std::string cbor(std::string_view octets, std::optional<ResourceType> type = {}) {
    return decode(ContentFormat::cbor, from_hex(octets), type);
}
std::string refused(PayloadErrc error) {
    return "error " + std::to_string(static_cast<int>(error));
}

TEST(TextPayload, IsReadByTheTypeOfTheResource) {  // LwM2M Core table C.-2
    EXPECT_EQ(text("Open Mobile Alliance"), "\"Open Mobile Alliance\"");
    EXPECT_EQ(text("7"), "\"7\"");
    EXPECT_EQ(text("7", ResourceType::text), "\"7\"");
    EXPECT_EQ(text("-750", ResourceType::integer), "-750");
    EXPECT_EQ(text("18", ResourceType::unsigned_integer), "18");
    EXPECT_EQ(text("0.00000000006667", ResourceType::floating), "6.667e-11f");
    EXPECT_EQ(text("-3", ResourceType::floating), "-3f");
    EXPECT_EQ(text("0", ResourceType::boolean), "false");
    EXPECT_EQ(text("1", ResourceType::boolean), "true");
    EXPECT_EQ(text("AQIDBAU=", ResourceType::opaque), "h'0102030405'");
    EXPECT_EQ(text("1476186613", ResourceType::time), "t1476186613");
    EXPECT_EQ(text("11:0", ResourceType::object_link), "11:0");
    EXPECT_EQ(text("</3303/0/5700>;gt=23", ResourceType::core_link), "\"</3303/0/5700>;gt=23\"");
    EXPECT_EQ(text("", ResourceType::text), "\"\"");
    EXPECT_EQ(text("", ResourceType::opaque), "h''");
}

TEST(TextPayload, RefusesWhatIsNotOfTheType) {
    const struct {
        const char* text;
        ResourceType type;
    } wrong[] = {{"", ResourceType::integer},
                 {"+1", ResourceType::integer},
                 {" 1", ResourceType::integer},
                 {"1 ", ResourceType::integer},
                 {"1.0", ResourceType::integer},
                 {"9223372036854775808", ResourceType::integer},
                 {"-1", ResourceType::unsigned_integer},
                 {"-0", ResourceType::unsigned_integer},
                 {"nan", ResourceType::floating},
                 {"inf", ResourceType::floating},
                 {"1e999", ResourceType::floating},
                 {"0x1", ResourceType::floating},
                 {"true", ResourceType::boolean},
                 {"2", ResourceType::boolean},
                 {"A", ResourceType::opaque},
                 {"AQIDBAV=", ResourceType::opaque},
                 {"1.5", ResourceType::time},
                 {"11", ResourceType::object_link},
                 {"11:", ResourceType::object_link},
                 {":0", ResourceType::object_link},
                 {"11:0:1", ResourceType::object_link},
                 {"11:65536", ResourceType::object_link},
                 {"\xFF", ResourceType::text},
                 {"\xFF", ResourceType::core_link},
                 {"1", ResourceType::none}};
    for (const auto& each : wrong)
        EXPECT_EQ(text(each.text, each.type), refused(PayloadErrc::wrong_type)) << each.text;
    EXPECT_EQ(text("\xFF"), refused(PayloadErrc::malformed));
}

TEST(OpaquePayload, IsTheOctets) {
    EXPECT_EQ(decode(ContentFormat::opaque, from_hex("00 FF")), "h'00ff'");
    EXPECT_EQ(decode(ContentFormat::opaque, {}, ResourceType::opaque), "h''");
    EXPECT_EQ(decode(ContentFormat::opaque, from_hex("41"), ResourceType::text),
              refused(PayloadErrc::wrong_type));
}

TEST(CborPayload, IsTheValue) {
    EXPECT_EQ(cbor("19 0539"), "1337");
    EXPECT_EQ(cbor("19 0539", ResourceType::floating), "1337f");
    EXPECT_EQ(cbor("FB 3FF199999999999A"), "1.1f");
    EXPECT_EQ(cbor("F4", ResourceType::boolean), "false");
    EXPECT_EQ(cbor("64 49455446", ResourceType::text), "\"IETF\"");
    EXPECT_EQ(cbor("5F 42 0102 41 03 FF", ResourceType::opaque), "h'010203'");
    EXPECT_EQ(cbor("64 31313A30", ResourceType::object_link), "11:0");
    EXPECT_EQ(cbor("1A 57FCD335", ResourceType::time), "t1476186933");
    EXPECT_EQ(cbor("C0 78 19 323031332D30332D32315432313A30343A30302B30313A3030"), "t1363896240");
    EXPECT_EQ(cbor("01", ResourceType::boolean), refused(PayloadErrc::wrong_type));
    EXPECT_EQ(cbor("64 31313A30", ResourceType::opaque), refused(PayloadErrc::wrong_type));
    for (const auto* octets : {"", "F6", "F7", "80", "A0", "81 01", "01 01", "C0 01", "C1 61 31",
                               "C0 61 31", "C1 FB 7FF0000000000000", "C1 FA 7FC00000", "61 FF"})
        EXPECT_EQ(cbor(octets), refused(PayloadErrc::malformed)) << octets;
}

TEST(CborPayload, WritesEveryTypeOfValue) {
    const auto encode = [](Single value) {
        return wire::to_hex(
            *encode_payload(ContentFormat::cbor, resource, Value(std::move(value))));
    };
    EXPECT_EQ(encode(std::string("IETF")), "6449455446");
    EXPECT_EQ(encode(std::int64_t{-1000}), "3903e7");
    EXPECT_EQ(encode(1.1), "fb3ff199999999999a");
    EXPECT_EQ(encode(100000.0), "fa47c35000");
    EXPECT_EQ(encode(true), "f5");
    EXPECT_EQ(encode(model::Opaque{from_hex("01 02")}), "420102");
    EXPECT_EQ(encode(model::Time{1363896240}), "1a514b67b0");
    EXPECT_EQ(encode(model::ObjectLink{11, 0}), "6431313a30");
    EXPECT_EQ(
        error_of(encode_payload(ContentFormat::cbor, resource, Value(Single(std::string("\xC3"))))),
        PayloadErrc::wrong_type_for_format);
}

TEST(SingleValuePayloads, NeedAResource) {
    for (const auto format : {ContentFormat::text, ContentFormat::opaque, ContentFormat::cbor}) {
        for (const auto& path : {Path(), Path(5), Path(5, 0)})
            EXPECT_EQ(error_of(decode_exactly(format, path, from_hex("01"))),
                      PayloadErrc::format_needs_single_resource);
        EXPECT_EQ(error_of(encode_payload(format, Path(5, 0), model::Resources{})),
                  PayloadErrc::format_needs_single_resource);
        EXPECT_EQ(error_of(encode_payload(format, resource, Value(model::Multiple{{0, true}}))),
                  PayloadErrc::format_needs_single_resource);
    }
}

}  // namespace
}  // namespace lwm2m
