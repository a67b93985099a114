#include "server/lwm2m/json_1_0.h"

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
    const auto payload = encode_payload(ContentFormat::json, path, content);
    if (!payload) return "error " + std::to_string(static_cast<int>(payload.error()));
    return std::string(wire::as_text(*payload));
}

boost::system::result<Content, PayloadErrc> decode(const Path& path, std::string_view text,
                                                   const TypeOf& types = {}) {
    return decode_exactly(ContentFormat::json, path, wire::as_bytes(text), types);
}

const TypeOf types = type_of({{{3, 13}, {ResourceType::time, false}},
                              {{0, 5}, {ResourceType::opaque, false}},
                              {{0, 16}, {ResourceType::integer, true}}});

// LwM2M 1.0 §6.4.4: the Device Object's only instance.
constexpr const char* device = R"({"bn":"/3/0/",
"e":[{"n":"0","sv":"Open Mobile Alliance"},
{"n":"1","sv":"Lightweight M2M Client"},
{"n":"2","sv":"345000123"},
{"n":"3","sv":"1.0"},
{"n":"6/0","v":1},
{"n":"6/1","v":5},
{"n":"7/0","v":3800},
{"n":"7/1","v":5000},
{"n":"8/0","v":125},
{"n":"8/1","v":900},
{"n":"9","v":100},
{"n":"10","v":15},
{"n":"11/0","v":0},
{"n":"13","v":1367491215},
{"n":"14","sv":"+02:00"},
{"n":"16","sv":"U"}]
})";

TEST(Json10, ReadsTheDeviceObjectOfTheSpecification) {
    EXPECT_EQ(show(decode(Path(3, 0), device, types)),
              "{0: \"Open Mobile Alliance\", 1: \"Lightweight M2M Client\", 2: \"345000123\", "
              "3: \"1.0\", 6: {0: 1, 1: 5}, 7: {0: 3800, 1: 5000}, 8: {0: 125, 1: 900}, 9: 100, "
              "10: 15, 11: {0: 0}, 13: t1367491215, 14: \"+02:00\", 16: \"U\"}");
}

TEST(Json10, WritesTheDeviceObjectOfTheSpecification) {
    const auto content = decode(Path(3, 0), device, types);
    ASSERT_TRUE(content);
    std::string expected;
    for (const char c : std::string_view(device))
        if (c != '\n') expected += c;
    EXPECT_EQ(encode(Path(3, 0), *content), expected);
}

TEST(Json10, ReadsObjectLinks) {  // LwM2M 1.0 §6.4.4, of figure 29's Objects 65 and 66
    EXPECT_EQ(show(decode(Path(), R"({"bn":"/","e":[{"n":"65/0/0/0","ov":"66:0"},
                                      {"n":"65/0/0/1","ov":"66:1"},{"n":"66/1/2","ov":"65535:65535"}]})")),
              "{65: {0: {0: {0: 66:0, 1: 66:1}}}, 66: {1: {2: 65535:65535}}}");
}

TEST(Json10, ReadsNamesHoweverTheyAreWritten) {
    EXPECT_EQ(show(decode(Path(3, 0), R"({"e":[{"n":"9","v":1},{"n":"/3/0/10","v":2}]})")),
              "{9: 1, 10: 2}");
    EXPECT_EQ(show(decode(Path(3), R"({"e":[{"n":"0/9","v":1}]})")), "{0: {9: 1}}");
    EXPECT_EQ(show(decode(Path(), R"({"e":[{"n":"3/0/9","v":1}]})")), "{3: {0: {9: 1}}}");
    EXPECT_EQ(show(decode(Path(3, 0, 9), R"({"e":[{"v":1}]})")), "1");
    EXPECT_EQ(show(decode(Path(3, 0, 9), R"({"e":[{"n":"","v":1}]})")), "1");
    EXPECT_EQ(show(decode(Path(3, 0, 9), R"({"bn":"/3/0/9","e":[{"v":1}]})")), "1");
    EXPECT_EQ(show(decode(Path(3, 0, 6), R"({"bn":"/3/0/6/","e":[{"n":"0","v":1}]})")), "{0: 1}");
    EXPECT_EQ(
        show(decode(Path(3, 0, 9), R"({"e":[{"n":"","v":1,"t":-5,"x":[{}]}],"bt":25462634})")),
        "1");
}

TEST(Json10, RefusesWhatIsOutsideThePath) {
    for (const auto* text :
         {R"({"bn":"/3/1/","e":[{"n":"9","v":1}]})", R"({"bn":"/3/0","e":[{"n":"9","v":1}]})",
          R"({"bn":"3/0/","e":[{"n":"9","v":1}]})", R"({"e":[{"v":1}]})",
          R"({"e":[{"n":"/","v":1}]})", R"({"e":[{"n":"9/","v":1}]})", R"({"e":[{"n":"a","v":1}]})",
          R"({"e":[{"n":"9/1/2","v":1}]})", R"({"e":[{"n":"65535","v":1}]})"})
        EXPECT_EQ(error_of(decode(Path(3, 0), text)), PayloadErrc::wrong_path) << text;
}

TEST(Json10, RefusesWhatIsNoDocument) {
    for (const auto* text : {"",
                             "[]",
                             "{}",
                             "1",
                             R"({"bn":"/3/0/"})",
                             R"({"e":{}})",
                             R"({"e":[1]})",
                             R"({"e":[{}]})",
                             R"({"e":[{"n":"9"}]})",
                             R"({"e":[{"n":"9","v":1,"sv":"1"}]})",
                             R"({"e":[{"n":"9","v":1,"v":1}]})",
                             R"({"e":[{"n":"9","n":"9","v":1}]})",
                             R"({"e":[],"e":[]})",
                             R"({"bn":"/","bn":"/","e":[]})",
                             R"({"bn":1,"e":[]})",
                             R"({"e":[{"n":9,"v":1}]})",
                             R"({"e":[{"n":"9","v":"1"}]})",
                             R"({"e":[{"n":"9","sv":1}]})",
                             R"({"e":[{"n":"9","bv":1}]})",
                             R"({"e":[{"n":"9","ov":"1"}]})",
                             R"({"e":[{"n":"9","v":1},{"n":"9","v":1}]})",
                             "{\"e\":[{\"n\":\"9\",\"sv\":\"\xFF\"}]}",
                             R"({"e":[{"n":"9","v":1}]} x)"})
        EXPECT_EQ(error_of(decode(Path(3, 0), text)), PayloadErrc::malformed) << text;
    const std::string name(max_json_name + 1, '0');
    EXPECT_EQ(error_of(decode(Path(3, 0), R"({"e":[{"n":")" + name + R"(","v":1}]})")),
              PayloadErrc::malformed);
    EXPECT_EQ(error_of(decode(Path(3, 0), R"({"bn":")" + name + R"(","e":[]})")),
              PayloadErrc::malformed);
}

TEST(Json10, HasOctetsAsBase64) {
    EXPECT_EQ(encode(Path(0, 1, 5), Value(Single(Opaque{from_hex("FF FE FD FC")}))),
              R"({"bn":"/0/1/","e":[{"n":"5","sv":"//79/A=="}]})");
    EXPECT_EQ(
        show(decode(Path(0, 1, 5), R"({"bn":"/0/1/","e":[{"n":"5","sv":"//79/A=="}]})", types)),
        "h'fffefdfc'");
    EXPECT_EQ(show(decode(Path(0, 1, 5), R"({"bn":"/0/1/","e":[{"n":"5","sv":"//79/A=="}]})")),
              "\"//79/A==\"");
    EXPECT_EQ(
        error_of(decode(Path(0, 1, 5), R"({"bn":"/0/1/","e":[{"n":"5","sv":"//79/!=="}]})", types)),
        PayloadErrc::malformed);
}

TEST(Json10, WritesEveryLevelAndType) {
    EXPECT_EQ(encode(Path(0, 1), Resources{{1, Single(false)},
                                           {16, Multiple{{0, std::int64_t{49320}}}},
                                           {17, Single(model::ObjectLink{11, 0})}}),
              R"({"bn":"/0/1/","e":[{"n":"1","bv":false},{"n":"16/0","v":49320},)"
              R"({"n":"17","ov":"11:0"}]})");
    EXPECT_EQ(encode(Path(0, 1, 16), Value(Multiple{{0, 1.5}, {3, model::Time{-1}}})),
              R"({"bn":"/0/1/","e":[{"n":"16/0","v":1.5},{"n":"16/3","v":-1}]})");
    EXPECT_EQ(encode(Path(1), model::Instances{{7, {{7, Single(std::string("U\n"))}}}}),
              R"({"bn":"/1/","e":[{"n":"7/7","sv":"U\u000a"}]})");
    EXPECT_EQ(encode(Path(), model::Objects{{1, {{7, {{7, Single(std::int64_t{1})}}}}}}),
              R"({"bn":"/","e":[{"n":"1/7/7","v":1}]})");
    EXPECT_EQ(encode(Path(1, 0), Resources{}), R"({"bn":"/1/0/","e":[]})");
}

TEST(Json10, WritesSecretsAsTheirKind) {
    using model::Secret;
    const Value octets = Single(Secret(from_hex("00 01")));
    const Value text = Single(Secret(from_hex("41 42"), Secret::Kind::text));
    EXPECT_EQ(encode(Path(0, 1), Resources{{3, text}, {5, octets}}),
              R"({"bn":"/0/1/","e":[{"n":"3","sv":"AB"},{"n":"5","sv":"AAE="}]})");
    const auto payload =
        encode_payload(ContentFormat::json, Path(0, 1), Resources{{3, text}, {5, octets}});
    EXPECT_EQ(payload->size(), payload->capacity());
}

TEST(Json10, HasNoFormForSomeThings) {
    EXPECT_EQ(error_of(encode_payload(ContentFormat::json, Path(1), model::Instances{{0, {}}})),
              PayloadErrc::unsupported_format);
    for (const auto& value :
         {Single(std::string("\xFF")), Single(std::numeric_limits<double>::infinity())})
        EXPECT_EQ(error_of(encode_payload(ContentFormat::json, Path(1, 0, 1), Value(value))),
                  PayloadErrc::wrong_type_for_format);
}

}  // namespace
}  // namespace lwm2m
