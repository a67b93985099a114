#include "server/explain/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lwm2m/text.h"
#include "tests/support/seeded_random.h"

namespace explain {
namespace {

using model::ContentFormat;
using model::Secret;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array formats{ContentFormat::tlv,        ContentFormat::senml_json,
                             ContentFormat::senml_cbor, ContentFormat::lwm2m_cbor,
                             ContentFormat::json,       ContentFormat::text,
                             ContentFormat::opaque,     ContentFormat::cbor};

// Nothing where the format does not hold it.
std::optional<std::string> masked(ContentFormat format, const model::Path& path,
                                  const lwm2m::Content& content) {
    const auto one = lwm2m::encode_payload(format, path, with_filler(content, Filler::one));
    const auto other = lwm2m::encode_payload(format, path, with_filler(content, Filler::other));
    if (!one || !other) return std::nullopt;
    return masked_hex(*one, *other);
}

wire::Bytes octets(support::SeededRandom& random, std::size_t count) {
    wire::Bytes out(count);
    random.fill(out);
    return out;
}

TEST(ExplainMasking, ShowsTheOctetsAroundASecretInTlv) {
    // /0/1: 5 is four octets that nobody sees, 10 the Short Server ID 101.
    const model::Resources resources{{5, model::Single(Secret(wire::Bytes{1, 2, 3, 4}))},
                                     {10, model::Single(std::int64_t{101})}};
    EXPECT_EQ(masked(ContentFormat::tlv, model::Path(0, 1), resources), "c405********c10a65");
}

TEST(ExplainMasking, KeepsTheLengthAndTheKindOfASecret) {
    const model::Value value =
        model::Single(Secret(wire::as_bytes("top secret"), Secret::Kind::text));
    for (const Filler filler : {Filler::one, Filler::other}) {
        const auto filled = std::get<model::Value>(with_filler(lwm2m::Content(value), filler));
        const auto& secret = std::get<Secret>(std::get<model::Single>(filled));
        EXPECT_EQ(secret.size(), 10U);
        EXPECT_EQ(secret.kind(), Secret::Kind::text);
    }
}

TEST(ExplainMasking, ReplacesSecretsAmongResourceInstancesAndInWholeObjects) {
    const model::Value several = model::Multiple{{0, Secret(wire::Bytes{7, 7})}, {3, true}};
    EXPECT_EQ(masked(ContentFormat::tlv, model::Path(9, 0, 1), several), "87014200****410301");
    const model::Objects objects{{0, {{1, {{5, model::Single(Secret(wire::Bytes{7, 7}))}}}}}};
    const auto filled = std::get<model::Objects>(with_filler(lwm2m::Content(objects), Filler::one));
    const auto& value = std::get<model::Single>(filled.at(0).at(1).at(5));
    EXPECT_TRUE(std::get<Secret>(value).equals(Secret(wire::Bytes{0, 0})));
}

TEST(ExplainMasking, MasksEverythingWhenTheSizesDiffer) {
    EXPECT_EQ(masked_hex(wire::Bytes{1, 2}, wire::Bytes{1, 2, 3}), "****");
}

// Whatever the format does with octets: neither they nor their hexadecimal or base64 are shown.
// The property must hold for every format that encodes the content at all; TLV always does.
TEST(ExplainMasking, ShowsNoSecretInAnyFormatWhateverItsOctets) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        support::SeededRandom random(seed);
        const wire::Bytes key = octets(random, 8 + random.below(56));
        std::string text = "\"\\<key>\n";
        for (const std::uint8_t octet : octets(random, 16 + random.below(200)))
            text += static_cast<char>(' ' + octet % 95);
        const Secret octet_secret{wire::BytesView(key)};
        const Secret text_secret(wire::as_bytes(text), Secret::Kind::text);
        const model::Resources resources{{0, model::Single(std::string("coaps://dm.example"))},
                                         {5, model::Single(octet_secret)},
                                         {6, model::Multiple{{0, text_secret}, {2, octet_secret}}},
                                         {10, model::Single(std::int64_t{101})}};
        const std::vector<std::pair<model::Path, lwm2m::Content>> contents{
            {model::Path(0, 1), resources},
            {model::Path(0), model::Instances{{1, resources}}},
            {model::Path(), model::Objects{{0, {{1, resources}}}}},
            {model::Path(0, 1, 5), model::Value(model::Single(octet_secret))},
            {model::Path(0, 1, 6), model::Value(model::Single(text_secret))}};
        for (const ContentFormat format : formats) {
            for (const auto& [path, content] : contents) {
                const auto shown = masked(format, path, content);
                if (!shown) continue;
                // Four octets in a row are no chance: of the key, of its base64, of the text.
                const std::string base64 = lwm2m::to_base64(key);
                for (const std::string& hidden :
                     {wire::to_hex(key), wire::to_hex(wire::as_bytes(base64)),
                      wire::to_hex(wire::as_bytes(wire::to_hex(key))),
                      wire::to_hex(wire::as_bytes(std::string_view(text).substr(8)))})
                    for (std::size_t at = 0; at + 8 <= hidden.size(); at += 2)
                        ASSERT_EQ(shown->find(hidden.substr(at, 8)), std::string::npos)
                            << model::name_of(format) << " " << path.to_string() << " seed "
                            << seed;
            }
        }
        EXPECT_TRUE(masked(ContentFormat::tlv, contents[0].first, contents[0].second));
    }
}

// A format could also show too little: what is not secret stays readable.
TEST(ExplainMasking, ShowsWhatIsNoSecretInEveryFormat) {
    const model::Resources resources{{0, model::Single(std::string("coaps://dm.example"))},
                                     {5, model::Single(Secret(wire::Bytes(16, 0x41)))}};
    for (const ContentFormat format : formats) {
        const auto shown = masked(format, model::Path(0, 1), resources);
        if (!shown) continue;
        EXPECT_THAT(*shown, HasSubstr(wire::to_hex(wire::as_bytes("coaps://dm.example"))));
        EXPECT_THAT(*shown, HasSubstr(std::string(32, '*'))) << model::name_of(format);
    }
}

}  // namespace
}  // namespace explain
