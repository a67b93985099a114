#include "server/lwm2m/senml_json.h"

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
    const auto payload = encode_payload(ContentFormat::senml_json, path, content);
    if (!payload) return "error " + std::to_string(static_cast<int>(payload.error()));
    return std::string(wire::as_text(*payload));
}

boost::system::result<Content, PayloadErrc> decode(const Path& path, std::string_view text,
                                                   const TypeOf& types = {}) {
    return decode_exactly(ContentFormat::senml_json, path, wire::as_bytes(text), types);
}

std::optional<PayloadErrc> refusal(const Path& path, std::string_view text,
                                   const TypeOf& types = {}) {
    return error_of(decode(path, text, types));
}

// ---- RFC 8428 ----

std::string show_records(std::string_view text) {
    const auto records = decode_senml_json(ExactCopy(wire::as_bytes(text)).view());
    if (!records) return "error";
    std::string shown;
    for (const auto& record : *records)
        shown += (shown.empty() ? "" : "; ") + record.name + " = " + show(record.value);
    return shown;
}

TEST(SenmlJson, ReadsTheSingleDataPointOfTheRfc) {  // RFC 8428 §5.1.1
    EXPECT_EQ(show_records(R"([ {"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1} ])"),
              "urn:dev:ow:10e2073a01080063 = 23.1f");
}

TEST(SenmlJson, ReadsTheMultipleDataPointsOfTheRfc) {  // RFC 8428 §5.1.2
    EXPECT_EQ(show_records(R"([
  {"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},
  {"n":"current","u":"A","v":1.2}
])"),
              "urn:dev:ow:10e2073a01080063:voltage = 120.1f; "
              "urn:dev:ow:10e2073a01080063:current = 1.2f");
    EXPECT_EQ(show_records(R"([
  {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,
   "bu":"A","bver":5,
   "n":"voltage","u":"V","v":120.1},
  {"n":"current","t":-5,"v":1.2},
  {"n":"current","t":-4,"v":1.3},
  {"n":"current","t":-3,"v":1.4},
  {"n":"current","t":-2,"v":1.5},
  {"n":"current","t":-1,"v":1.6},
  {"n":"current","v":1.7}
])"),
              "urn:dev:ow:10e2073a0108006:voltage = 120.1f; "
              "urn:dev:ow:10e2073a0108006:current = 1.2f; "
              "urn:dev:ow:10e2073a0108006:current = 1.3f; "
              "urn:dev:ow:10e2073a0108006:current = 1.4f; "
              "urn:dev:ow:10e2073a0108006:current = 1.5f; "
              "urn:dev:ow:10e2073a0108006:current = 1.6f; "
              "urn:dev:ow:10e2073a0108006:current = 1.7f");
}

TEST(SenmlJson, ReadsTheDataTypesOfTheRfc) {  // RFC 8428 §5.1.5
    EXPECT_EQ(show_records(R"([
  {"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
  {"n":"label","vs":"Machine Room"},
  {"n":"open","vb":false},
  {"n":"nfc-reader","vd":"aGkgCg"}
])"),
              "urn:dev:ow:10e2073a01080063:temp = 23.1f; "
              "urn:dev:ow:10e2073a01080063:label = \"Machine Room\"; "
              "urn:dev:ow:10e2073a01080063:open = false; "
              "urn:dev:ow:10e2073a01080063:nfc-reader = h'6869200a'");
}

// RFC 8428 §4.1: the name is the base name followed by the name, the value the sum of both.
TEST(SenmlJson, ResolvesBaseFieldsFromTheirRecordOn) {
    EXPECT_EQ(show(*decode(Path(), R"([{"bn":"/3/0/","bv":100,"n":"9","v":-5},{"n":"10","v":1},
                                       {"bn":"/3/1/","n":"9","v":2},{"n":"10","bv":0.5,"v":1}])")),
              "{3: {0: {9: 95, 10: 101}, 1: {9: 102, 10: 1.5f}}}");
    EXPECT_EQ(show(*decode(Path(3, 0), R"([{"n":"0/9","bn":"/3/","v":1}])")), "{9: 1}");
    EXPECT_EQ(show(*decode(Path(3, 0), R"([{"n":"/3/0/9","v":1},{"n":"/3/0/2","vs":"x"}])")),
              "{2: \"x\", 9: 1}");
    // Texts and Booleans have no base.
    EXPECT_EQ(show(*decode(Path(3, 0), R"([{"bn":"/3/0/","bv":7,"n":"2","vs":"x"}])")),
              "{2: \"x\"}");
    // Where integers do not hold the sum, a double does.
    EXPECT_EQ(show(*decode(Path(3, 0, 9), R"([{"bn":"/3/0/9","bv":9223372036854775807,"v":1}])")),
              "9223372036854775808f");
}

TEST(SenmlJson, PassesOverWhatItNeedNotUnderstand) {
    EXPECT_EQ(
        show(*decode(Path(3, 0), R"([{"bn":"/3/0/","bt":1,"bs":2,"n":"9","u":"%","t":-1,"ut":5,
        "s":3,"extra":[{"deep":[1,2,{}]},null],"extra":1,"v":80}])")),
        "{9: 80}");
}

TEST(SenmlJson, RefusesLabelsThatMustBeUnderstood) {  // RFC 8428 §4.4
    EXPECT_EQ(refusal(Path(3, 0), R"([{"n":"/3/0/9","v":1,"future_":1}])"), PayloadErrc::malformed);
    EXPECT_EQ(refusal(Path(3, 0), R"([{"n":"/3/0/9","v":1,"bver":11}])"), PayloadErrc::malformed);
    EXPECT_EQ(refusal(Path(3, 0), R"([{"n":"/3/0/9","v":1,"bver":0}])"), PayloadErrc::malformed);
    EXPECT_TRUE(decode(Path(3, 0), R"([{"n":"/3/0/9","v":1,"bver":10}])"));
}

TEST(SenmlJson, RefusesWhatIsNoPack) {
    for (const auto* text : {"",
                             "[",
                             "{}",
                             "null",
                             "1",
                             "[1]",
                             "[[]]",
                             "[{}]",
                             "[{\"n\":\"/3/0/9\"}]",
                             "[{\"v\":1}",
                             "[{\"n\":\"/3/0/9\",\"v\":1}]x",
                             "[{\"n\":\"/3/0/9\",\"v\":1},]",
                             "[{\"n\":\"/3/0/9\",\"v\":1,\"vs\":\"x\"}]",
                             "[{\"n\":\"/3/0/9\",\"v\":1,\"v\":2}]",
                             "[{\"n\":\"/3/0/9\",\"n\":\"/3/0/9\",\"v\":1}]",
                             "[{\"n\":\"/3/0/9\",\"v\":\"1\"}]",
                             "[{\"n\":\"/3/0/9\",\"v\":true}]",
                             "[{\"n\":\"/3/0/9\",\"vs\":1}]",
                             "[{\"n\":\"/3/0/9\",\"vb\":1}]",
                             "[{\"n\":\"/3/0/9\",\"vd\":1}]",
                             "[{\"n\":\"/3/0/9\",\"vd\":\"A\"}]",
                             "[{\"n\":\"/3/0/9\",\"vd\":\"AB C\"}]",
                             "[{\"n\":\"/3/0/9\",\"vd\":\"AB\"}]",
                             "[{\"n\":\"/3/0/9\",\"vlo\":\"1\"}]",
                             "[{\"n\":\"/3/0/9\",\"vlo\":\"1:70000\"}]",
                             "[{\"n\":9,\"v\":1}]",
                             "[{\"n\":\"/3/0/9\",\"v\":1e999}]",
                             "[{\"n\":\"/3/0/9\",\"vs\":\"\xC3\"}]",
                             "[{\"n\":\"/3/0/9\",\"vs\":\"\\ud800\"}]",
                             "[{\"n\":\"/3/0/9\",\"v\":1,\"t\":\"1\"}]",
                             "[{\"n\":\"/3/0/9\",\"v\":1},{\"n\":\"/3/0/9\",\"v\":1}]",
                             "[{\"n\":\"/3/0/9\",\"v\":1},{\"n\":\"/3/0/9/0\",\"v\":1}]"})
        EXPECT_EQ(refusal(Path(3, 0), text), PayloadErrc::malformed) << text;
}

TEST(SenmlJson, RefusesNamesOutsideThePath) {
    for (const auto* name :
         {"/3/1/9", "/4/0/9", "/3", "/3/0", "3/0/9", "/rd/3/0/9", "/3/0/9/1/2", "/3/0/09",
          "/3/0/9/", "/3//9", "/3/0/65535", "/3/0/65536", "/3/0/-1", "", "/", "/3/0/ 9"})
        EXPECT_EQ(refusal(Path(3, 0), "[{\"n\":\"" + std::string(name) + "\",\"v\":1}]"),
                  PayloadErrc::wrong_path)
            << name;
    EXPECT_EQ(refusal(Path(3, 0, 9), R"([{"n":"/3/0/10","v":1}])"), PayloadErrc::wrong_path);
}

TEST(SenmlJson, BoundsNamesDepthAndCount) {
    const std::string name(max_senml_name, 'x');
    EXPECT_EQ(show_records("[{\"n\":\"" + name + "\",\"v\":1}]"), name + " = 1");
    EXPECT_EQ(show_records("[{\"n\":\"" + name + "x\",\"v\":1}]"), "error");
    EXPECT_EQ(show_records("[{\"bn\":\"x\",\"n\":\"" + name + "\",\"v\":1}]"), "error");

    const std::string deepest = "[[[[[1]]]]]";  // within pack and Record
    EXPECT_EQ(show_records("[{\"n\":\"x\",\"v\":1,\"y\":" + deepest + "}]"), "x = 1");
    EXPECT_EQ(show_records("[{\"n\":\"x\",\"v\":1,\"y\":[" + deepest + "]}]"), "error");
    EXPECT_EQ(show_records(std::string(200000, '[')), "error");

    std::string many;
    for (std::size_t i = 0; i < max_items - 8; ++i) many += "0,";
    EXPECT_EQ(show_records("[{\"n\":\"x\",\"v\":1,\"y\":[" + many + "0]}]"), "error");
    many.resize(many.size() - 2);
    EXPECT_EQ(show_records("[{\"n\":\"x\",\"v\":1,\"y\":[" + many + "0]}]"), "x = 1");
}

TEST(SenmlJson, BoundsThePayload) {
    const std::string pack = R"([{"n":"/3/0/9","v":1}])";
    const std::string longest = pack + std::string(max_payload_octets - pack.size(), ' ');
    EXPECT_TRUE(decode(Path(3, 0), longest));
    EXPECT_EQ(refusal(Path(3, 0), longest + ' '), PayloadErrc::malformed);
}

// ---- types ----

const TypeOf types = type_of({{{5, 0}, {ResourceType::text, false}},
                              {{5, 1}, {ResourceType::integer, false}},
                              {{5, 2}, {ResourceType::unsigned_integer, false}},
                              {{5, 3}, {ResourceType::floating, false}},
                              {{5, 4}, {ResourceType::boolean, false}},
                              {{5, 5}, {ResourceType::opaque, false}},
                              {{5, 6}, {ResourceType::time, false}},
                              {{5, 7}, {ResourceType::object_link, false}},
                              {{5, 8}, {ResourceType::none, false}},
                              {{5, 9}, {ResourceType::integer, true}}});

std::string typed(int resource, const std::string& value) {
    return show(decode(Path(5, 0, static_cast<model::ResourceId>(resource)),
                       "[{\"n\":\"/5/0/" + std::to_string(resource) + "\"," + value + "}]", types));
}

TEST(SenmlJson, MakesNumbersWhatTheResourceHas) {
    EXPECT_EQ(typed(1, R"("v":1e2)"), "100");
    EXPECT_EQ(typed(1, R"("v":-9223372036854775808)"), "-9223372036854775808");
    EXPECT_EQ(typed(2, R"("v":65534)"), "65534");
    EXPECT_EQ(typed(3, R"("v":3)"), "3f");
    EXPECT_EQ(typed(3, R"("v":0.25)"), "0.25f");
    EXPECT_EQ(typed(6, R"("v":1476186613)"), "t1476186613");
    EXPECT_EQ(typed(7, R"("vlo":"65535:65535")"), "65535:65535");
    EXPECT_EQ(typed(7, R"("vs":"11:0")"), "11:0");
}

TEST(SenmlJson, RefusesOtherTypesThanTheResourceHas) {
    const std::string wrong = "error " + std::to_string(static_cast<int>(PayloadErrc::wrong_type));
    EXPECT_EQ(typed(0, R"("v":1)"), wrong);
    EXPECT_EQ(typed(1, R"("v":1.5)"), wrong);
    EXPECT_EQ(typed(1, R"("v":1e19)"), wrong);
    EXPECT_EQ(typed(1, R"("v":9223372036854775808)"), wrong);
    EXPECT_EQ(typed(1, R"("vs":"1")"), wrong);
    EXPECT_EQ(typed(2, R"("v":-1)"), wrong);
    EXPECT_EQ(typed(3, R"("vb":true)"), wrong);
    EXPECT_EQ(typed(4, R"("v":1)"), wrong);
    EXPECT_EQ(typed(5, R"("vs":"AA")"), wrong);
    EXPECT_EQ(typed(6, R"("v":1.5)"), wrong);
    EXPECT_EQ(typed(7, R"("vs":"11-0")"), wrong);
    EXPECT_EQ(typed(8, R"("v":1)"), wrong);
}

TEST(SenmlJson, ReadsNothingAsWhatIsEmpty) {
    EXPECT_EQ(show(*decode(Path(), "[]")), "{}");
    EXPECT_EQ(show(*decode(Path(3), "[]")), "{}");
    EXPECT_EQ(show(*decode(Path(3, 0), "[]")), "{}");
    EXPECT_EQ(show(*decode(Path(5, 0, 9), "[]", types)), "{}");
    EXPECT_EQ(refusal(Path(5, 0, 1), "[]", types), PayloadErrc::malformed);
}

// ---- writing ----

TEST(SenmlJson, NamesThePathOnceAndTheRestRelatively) {
    EXPECT_EQ(encode(Path(0, 1), Resources{{0, Single(std::string("coaps://x"))},
                                           {1, Single(false)},
                                           {2, Single(std::int64_t{0})},
                                           {16, Multiple{{0, std::int64_t{49320}}}}}),
              R"([{"bn":"/0/1/","n":"0","vs":"coaps://x"},{"n":"1","vb":false},{"n":"2","v":0},)"
              R"({"n":"16/0","v":49320}])");
    EXPECT_EQ(encode(Path(0, 1, 5), Value(Single(Opaque{from_hex("FF FE FD FC")}))),
              R"([{"bn":"/0/1/5","vd":"__79_A"}])");
    EXPECT_EQ(encode(Path(0, 1, 16), Value(Multiple{{0, std::int64_t{1}}, {3, std::int64_t{2}}})),
              R"([{"bn":"/0/1/16/","n":"0","v":1},{"n":"3","v":2}])");
    EXPECT_EQ(encode(Path(1), model::Instances{{0, {{0, Single(std::int64_t{101})}}},
                                               {7, {{0, Single(std::int64_t{102})}}}}),
              R"([{"bn":"/1/","n":"0/0","v":101},{"n":"7/0","v":102}])");
    EXPECT_EQ(encode(Path(), model::Objects{{1, {{0, {{7, Single(std::string("U"))}}}}}}),
              R"([{"bn":"/","n":"1/0/7","vs":"U"}])");
}

TEST(SenmlJson, WritesEveryTypeOfValue) {
    const auto value = [](Single single) {
        return encode(Path(5, 0, 1), Value(std::move(single)));
    };
    EXPECT_EQ(value(std::int64_t{std::numeric_limits<std::int64_t>::min()}),
              R"([{"bn":"/5/0/1","v":-9223372036854775808}])");
    EXPECT_EQ(value(0.1), R"([{"bn":"/5/0/1","v":0.1}])");
    EXPECT_EQ(value(3.0), R"([{"bn":"/5/0/1","v":3.0}])");
    EXPECT_EQ(value(1e300), R"([{"bn":"/5/0/1","v":1e+300}])");
    EXPECT_EQ(value(model::Time{-1}), R"([{"bn":"/5/0/1","v":-1}])");
    EXPECT_EQ(value(model::ObjectLink{11, 0}), R"([{"bn":"/5/0/1","vlo":"11:0"}])");
    EXPECT_EQ(value(Opaque{}), R"([{"bn":"/5/0/1","vd":""}])");
    EXPECT_EQ(value(std::string("\"\\\n\x01\x7F\xC3\xA9/")),
              "[{\"bn\":\"/5/0/1\",\"vs\":\"\\\"\\\\\\u000a\\u0001\x7F\xC3\xA9/\"}]");
}

TEST(SenmlJson, WritesSecretsAsTheirKind) {
    using model::Secret;
    EXPECT_EQ(encode(Path(0, 1, 5), Value(Single(Secret(from_hex("00 01 02 03"))))),
              R"([{"bn":"/0/1/5","vd":"AAECAw"}])");
    const std::string word = "pass\"word";
    EXPECT_EQ(
        encode(Path(11, 0, 6), Value(Single(Secret(wire::as_bytes(word), Secret::Kind::text)))),
        R"([{"bn":"/11/0/6","vs":"pass\"word"}])");
}

TEST(SenmlJson, HasNoFormForSomeThings) {
    const auto unsupported = "error " + std::to_string(int(PayloadErrc::unsupported_format));
    EXPECT_EQ(encode(Path(1), model::Instances{{0, {}}}), unsupported);
    EXPECT_EQ(encode(Path(0, 1), Resources{{16, Multiple{}}}), unsupported);
    EXPECT_EQ(encode(Path(), model::Objects{{1, {}}}), unsupported);
    EXPECT_EQ(encode(Path(0, 1), Resources{}), "[]");
    EXPECT_EQ(encode(Path(0, 1, 16), Value(Multiple{})), "[]");

    const auto wrong_type = "error " + std::to_string(int(PayloadErrc::wrong_type_for_format));
    EXPECT_EQ(encode(Path(5, 0, 1), Value(Single(std::string("\xFF")))), wrong_type);
    for (const double number :
         {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        EXPECT_EQ(encode(Path(5, 0, 1), Value(Single(number))), wrong_type);
    const model::Secret secret(from_hex("FF"), model::Secret::Kind::text);
    EXPECT_EQ(encode(Path(5, 0, 1), Value(Single(secret))), wrong_type);
}

// A buffer that grew would leave a copy of what it held behind.
TEST(SenmlJson, AllocatesThePayloadOnce) {
    const Value key = Single(model::Secret(wire::Bytes(48, 0x5A)));
    const auto payload =
        encode_payload(ContentFormat::senml_json, Path(0, 1), Resources{{3, key}, {5, key}});
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->size(), payload->capacity());
}

}  // namespace
}  // namespace lwm2m
