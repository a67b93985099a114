#include "server/explain/payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/lwm2m/text.h"
#include "tests/lwm2m/hex.h"
#include "tests/support/seeded_random.h"

namespace explain {
namespace {

using lwm2m::from_hex;
using model::ContentFormat;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const model::Definitions& definitions() {
    static const auto all = model::Definitions::built_in();
    return all;
}

json read(ContentFormat format, const std::optional<model::Path>& path, wire::BytesView payload,
          Secrets secrets = Secrets::masked) {
    return payload_json(format, path, payload, definitions(), secrets);
}
json read(ContentFormat format, const std::optional<model::Path>& path, std::string_view text) {
    return read(format, path, wire::as_bytes(text));
}

// LwM2M Core 1.0 §6.4.3.2: the one instance of the Server Object.
TEST(ExplainPayload, ReadsTheTlvExampleByTheDefinitions) {
    const json payload =
        read(ContentFormat::tlv, model::Path(1),
             from_hex("08 00 0F  C1 00 01  C4 01 00 01 51 80  C1 06 01  C1 07 55"));
    ASSERT_EQ(payload["values"].size(), 4U);
    EXPECT_EQ(
        payload["values"][1],
        (json{{"path", "/1/0/1"}, {"name", "Lifetime"}, {"type", "Integer"}, {"value", 86400}}));
    EXPECT_EQ(payload["values"][3]["value"], "U");
}

TEST(ExplainPayload, ReadsSenmlWithoutBeingToldThePath) {
    const json payload = read(ContentFormat::senml_json, std::nullopt,
                              R"([{"bn":"/1/0/","n":"0","v":101},{"n":"7","vs":"U"}])");
    ASSERT_TRUE(payload.contains("values")) << payload;
    EXPECT_EQ(payload["values"][0]["name"], "Short Server ID");
    EXPECT_EQ(payload["values"][1]["path"], "/1/0/7");
}

TEST(ExplainPayload, SaysWhatIsWrong) {
    const auto error = [](ContentFormat format, const model::Path& path, wire::BytesView octets) {
        return read(format, path, octets).value("error", "");
    };
    EXPECT_THAT(error(ContentFormat::tlv, model::Path(1, 0), from_hex("c400")),
                HasSubstr("ends after what it is in"));
    EXPECT_THAT(error(ContentFormat::senml_json, model::Path(1, 0), wire::as_bytes("[{")),
                HasSubstr("not of its content format"));
    EXPECT_THAT(error(ContentFormat::senml_json, model::Path(1, 0),
                      wire::as_bytes(R"([{"n":"/0/0/5","vd":"AAAA"}])")),
                HasSubstr("not below the path"));
    EXPECT_THAT(error(ContentFormat::link_format, model::Path(), wire::as_bytes("</0/1>;ssid=x")),
                HasSubstr("link-format"));
}

TEST(ExplainPayload, WantsAPathWhereTheFormatNamesNothing) {
    for (const ContentFormat format :
         {ContentFormat::tlv, ContentFormat::opaque, ContentFormat::cbor})
        EXPECT_THAT(read(format, std::nullopt, from_hex("c10065")).value("note", ""),
                    HasSubstr("path"));
    EXPECT_EQ(read(ContentFormat::text, std::nullopt, "no such")["text"], "no such");
}

TEST(ExplainPayload, ShowsTheLinksOfADiscover) {
    const json payload =
        read(ContentFormat::link_format, std::nullopt,
             R"(</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri="coaps://dm",</3442>;ver=1.1)");
    EXPECT_EQ(payload["enabler"], "1.1");
    EXPECT_EQ(payload["links"], json::parse(R"([ {"path": "/0/0"},
        {"path": "/0/1", "ssid": 101, "uri": "coaps://dm"}, {"path": "/3442", "ver": "1.1"} ])"));
}

// Whatever the format, a key is masked by its definition, in the JSON and in the text.
TEST(ExplainPayload, MasksWhatItsDefinitionCallsSensitiveInEveryFormat) {
    unsigned formats = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        support::SeededRandom random(seed);
        wire::Bytes key(16 + random.below(48));
        random.fill(key);
        const model::Resources resources{{0, model::Single(std::string("coaps://dm"))},
                                         {5, model::Single(model::Opaque{key})},
                                         {10, model::Single(std::int64_t{101})}};
        for (const ContentFormat format :
             {ContentFormat::tlv, ContentFormat::senml_json, ContentFormat::senml_cbor,
              ContentFormat::lwm2m_cbor, ContentFormat::json, ContentFormat::opaque}) {
            const bool is_opaque = format == ContentFormat::opaque;
            const model::Path path = is_opaque ? model::Path(0, 1, 5) : model::Path(0, 1);
            const auto content =
                is_opaque ? lwm2m::Content(resources.at(5)) : lwm2m::Content(resources);
            const auto payload = lwm2m::encode_payload(format, path, content);
            if (!payload) continue;
            const auto shown = payload_json(format, path, *payload, definitions(), Secrets::masked);
            ASSERT_TRUE(shown.contains("values")) << shown;
            const std::string text = shown.dump() + payload_text(shown);
            EXPECT_THAT(text, Not(HasSubstr(wire::to_hex(key).substr(0, 8))));
            EXPECT_THAT(text, Not(HasSubstr(lwm2m::to_base64(key).substr(0, 8))));
            EXPECT_THAT(text, HasSubstr("(" + std::to_string(key.size()) + " octets, secret)"));
            ++formats;
            const auto open = payload_json(format, path, *payload, definitions(), Secrets::shown);
            EXPECT_THAT(open.dump(), HasSubstr(wire::to_hex(key)));
        }
    }
    EXPECT_EQ(formats, 6U * 50U);
}

TEST(ExplainPayload, ReadsWellOnATerminal) {
    const auto shown = payload_json(ContentFormat::tlv, model::Path(1, 0), from_hex("c10065c10755"),
                                    definitions(), Secrets::masked);
    EXPECT_EQ(payload_text(shown),
              "tlv at /1/0, 6 octets\n"
              "  /1/0/0  Short Server ID  Integer  101\n"
              "  /1/0/7  Binding          String   U\n");
}

}  // namespace
}  // namespace explain
