#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/lwm2m/payload.h"
#include "tests/lwm2m/decoding.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/show.h"
#include "tests/support/seeded_random.h"

// What is written is read as the same, at every path that a format allows.
namespace lwm2m {
namespace {

using model::ContentFormat;
using model::Path;
using model::ResourceType;
using model::Single;
using model::Value;

// A Resource's id says its type and multiplicity.
constexpr ResourceType resource_types[] = {
    ResourceType::text,     ResourceType::integer,     ResourceType::unsigned_integer,
    ResourceType::floating, ResourceType::boolean,     ResourceType::opaque,
    ResourceType::time,     ResourceType::object_link, ResourceType::core_link};
constexpr std::size_t type_count = std::size(resource_types);

std::optional<KnownType> known_type(model::ObjectId, model::ResourceId id) {
    return KnownType{resource_types[id / 2 % type_count], id % 2 == 1};
}

constexpr std::int64_t integers[] = {0,
                                     1,
                                     -1,
                                     7,
                                     23,
                                     24,
                                     127,
                                     128,
                                     -128,
                                     -129,
                                     255,
                                     256,
                                     32767,
                                     32768,
                                     -32768,
                                     -32769,
                                     65534,
                                     65535,
                                     65536,
                                     2147483647,
                                     2147483648,
                                     -2147483648,
                                     -2147483649,
                                     4294967295,
                                     4294967296,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min()};
constexpr double numbers[] = {0.0,
                              1.0,
                              -1.0,
                              0.5,
                              0.1,
                              -273.15,
                              1e-7,
                              6.667e-11,
                              65504.0,
                              65505.0,
                              1e22,
                              1e300,
                              9007199254740993.0,
                              9223372036854775808.0,
                              -9223372036854775808.0,
                              18446744073709551616.0,
                              std::numeric_limits<double>::max(),
                              std::numeric_limits<double>::lowest(),
                              std::numeric_limits<double>::min(),
                              std::numeric_limits<double>::denorm_min(),
                              static_cast<double>(std::numeric_limits<float>::max()),
                              static_cast<double>(std::numeric_limits<float>::denorm_min())};
const std::string texts[] = {"",
                             "U",
                             "coaps://[2001:db8::1]:5684",
                             "\"\\/\b\f\n\r\t",
                             std::string("\0\x01\x1F\x7F", 4),
                             "gr\xC3\xBC\xC3\x9F",
                             "\xE6\xB0\xB4\xF0\x90\x85\x91\xEF\xBF\xBF",
                             "7 octets",
                             "11:0",
                             "2013-03-21T20:04:00Z",
                             "AQIDBAU=",
                             std::string(23, 'x'),
                             std::string(24, 'x'),
                             std::string(255, 'y'),
                             std::string(256, 'z')};

class Generator {
  public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    Single single(ResourceType type) {
        switch (type) {
            case ResourceType::text:
            case ResourceType::core_link:
                return one_of(texts);
            case ResourceType::integer:
                return one_of(integers);
            case ResourceType::unsigned_integer: {
                const auto integer = one_of(integers);
                return integer < 0 ? -1 - integer : integer;
            }
            case ResourceType::floating:
                return one_of(numbers);
            case ResourceType::boolean:
                return random_.chance(0.5);
            case ResourceType::opaque:
                return octets(random_.chance(0.1) ? 300 : random_.below(10));
            case ResourceType::time:
                return model::Time{one_of(integers)};
            case ResourceType::object_link:
                return model::ObjectLink{id16(), id16()};
            case ResourceType::none:
                break;
        }
        return false;
    }

    Value value(model::ResourceId id) {
        const auto known = *known_type(0, id);
        if (!known.multiple) return single(known.type);
        model::Multiple instances;
        for (auto left = 1 + random_.below(4); left > 0; --left)
            instances[id16()] = single(known.type);
        return instances;
    }

    model::Resources resources() {
        model::Resources resources;
        for (auto left = 1 + random_.below(12); left > 0; --left) {
            const auto id = this->id();
            resources[id] = value(id);
        }
        return resources;
    }

    model::Instances instances() {
        model::Instances instances;
        for (auto left = 1 + random_.below(4); left > 0; --left) instances[id()] = resources();
        return instances;
    }

    model::Objects objects() {
        model::Objects objects;
        for (auto left = 1 + random_.below(4); left > 0; --left) objects[id()] = instances();
        return objects;
    }

    // Below 65535, which no Object, Object Instance or Resource has.
    std::uint16_t id() {
        constexpr std::uint16_t edges[] = {0, 1, 23, 24, 255, 256, 65534};
        return random_.chance(0.3) ? one_of(edges) : static_cast<std::uint16_t>(random_.below(300));
    }

  private:
    std::uint16_t id16() {
        return random_.chance(0.1) ? std::uint16_t{65535}
                                   : static_cast<std::uint16_t>(random_.below(65536));
    }

    model::Opaque octets(std::size_t size) {
        model::Opaque opaque{wire::Bytes(size)};
        random_.fill(opaque.octets);
        return opaque;
    }

    template <class T, std::size_t size>
    T one_of(const T (&values)[size]) {
        return values[random_.below(size)];
    }

    support::SeededRandom random_;
};

constexpr ContentFormat all_formats[] = {ContentFormat::text,       ContentFormat::opaque,
                                         ContentFormat::cbor,       ContentFormat::senml_json,
                                         ContentFormat::senml_cbor, ContentFormat::tlv,
                                         ContentFormat::json,       ContentFormat::lwm2m_cbor};
constexpr ContentFormat formats_of_instances[] = {ContentFormat::senml_json,
                                                  ContentFormat::senml_cbor, ContentFormat::tlv,
                                                  ContentFormat::json, ContentFormat::lwm2m_cbor};

void expect_round_trip(ContentFormat format, const Path& path, const Content& content) {
    const auto payload = encode_payload(format, path, content);
    ASSERT_TRUE(payload) << describe(payload.error());
    const auto decoded = decode_exactly(format, path, *payload, known_type);
    EXPECT_EQ(show(decoded), show(content)) << "format " << static_cast<int>(format) << " at "
                                            << path.to_string() << ": " << wire::to_hex(*payload);
    if (decoded) {
        EXPECT_EQ(*encode_payload(format, path, *decoded), *payload);
    }
}

TEST(RoundTrip, OfEverySingleValueInEveryFormat) {
    const auto with = [](ResourceType type, const auto& value) {
        std::uint16_t id = 0;
        while (resource_types[id / 2] != type) id += 2;
        const Path path(5, 0, id);
        for (const auto format : all_formats) {
            if (format == ContentFormat::opaque && type != ResourceType::opaque) continue;
            expect_round_trip(format, path, Value(Single(value)));
        }
    };
    for (const auto& text : texts) {
        with(ResourceType::text, text);
        with(ResourceType::core_link, text);
    }
    for (const auto integer : integers) {
        with(ResourceType::integer, integer);
        with(ResourceType::time, model::Time{integer});
        if (integer >= 0) with(ResourceType::unsigned_integer, integer);
    }
    for (const auto number : numbers) with(ResourceType::floating, number);
    for (const bool boolean : {false, true}) with(ResourceType::boolean, boolean);
    for (const auto id : std::vector<std::uint16_t>{0, 1, 65534, 65535})
        with(ResourceType::object_link, model::ObjectLink{id, id});
    for (const auto size : std::vector<std::size_t>{0, 1, 2, 3, 7, 8, 255, 256, 65535, 65536})
        with(ResourceType::opaque, model::Opaque{wire::Bytes(size, 0xFB)});
}

TEST(RoundTrip, OfGeneratedContentInEveryFormat) {
    for (std::uint64_t seed = 1; seed <= 100 && !::testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        Generator generator(seed);
        const auto object = generator.id(), instance = generator.id(), resource = generator.id();
        for (const auto format : formats_of_instances) {
            expect_round_trip(format, Path(object, instance, resource), generator.value(resource));
            expect_round_trip(format, Path(object, instance), generator.resources());
            expect_round_trip(format, Path(object), generator.instances());
            if (format != ContentFormat::tlv)
                expect_round_trip(format, Path(), generator.objects());
        }
    }
}

TEST(RoundTrip, OfWhatIsEmpty) {
    for (const auto format : formats_of_instances) {
        expect_round_trip(format, Path(5, 0), model::Resources{});
        expect_round_trip(format, Path(5), model::Instances{});
        expect_round_trip(format, Path(5, 0, 1), Value(model::Multiple{}));
        if (format != ContentFormat::tlv) expect_round_trip(format, Path(), model::Objects{});
    }
    // Which these two tell as well within something else.
    for (const auto format : {ContentFormat::tlv, ContentFormat::lwm2m_cbor}) {
        expect_round_trip(format, Path(5), model::Instances{{0, {}}, {3, {}}});
        expect_round_trip(format, Path(5, 0), model::Resources{{1, model::Multiple{}}});
    }
    expect_round_trip(ContentFormat::lwm2m_cbor, Path(), model::Objects{{5, {}}, {6, {{0, {}}}}});
}

TEST(RoundTrip, OfAThousandResources) {
    Generator generator(7);
    model::Resources resources;
    for (std::uint16_t id = 0; id < 1000; ++id) resources[id] = generator.value(id);
    for (const auto format : formats_of_instances) expect_round_trip(format, Path(5, 0), resources);
}

TEST(RoundTrip, OfACertificateChainOfSixtyFourKilobytes) {
    const model::Resources resources{
        {0, Single(std::string("coaps://x"))},
        {10, Single(model::Opaque{wire::Bytes(65536, 0xFF)})},
        {11, model::Multiple{{0, model::Opaque{wire::Bytes(65536, 0x00)}}}}};
    for (const auto format : formats_of_instances) expect_round_trip(format, Path(5, 0), resources);
}

// A decoder never makes a Secret: what one was is text or octets.
TEST(RoundTrip, OfSecretsGivesTextAndOctets) {
    const auto octets = from_hex("00 FF FE 80");
    const std::string word = "pass \"w\xC3\xB6rd\"";
    const model::Resources secret{
        {0, Single(model::Secret(wire::as_bytes(word), model::Secret::Kind::text))},
        {10, Single(model::Secret(octets))}};
    const Content plain = model::Resources{{0, Single(word)}, {10, Single(model::Opaque{octets})}};
    for (const auto format : formats_of_instances) {
        const auto payload = encode_payload(format, Path(5, 0), secret);
        ASSERT_TRUE(payload);
        EXPECT_EQ(payload->size(), payload->capacity());
        EXPECT_EQ(show(decode_exactly(format, Path(5, 0), *payload, known_type)), show(plain));
        EXPECT_EQ(*payload, *encode_payload(format, Path(5, 0), plain));
    }
}

TEST(RoundTrip, OfInfinitiesInTlvAndCbor) {
    for (const double number :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
        for (const auto format :
             {ContentFormat::tlv, ContentFormat::cbor, ContentFormat::lwm2m_cbor})
            expect_round_trip(format, Path(5, 0, 6), Value(Single(number)));
}

// Every truncation is refused, but where what is left is a payload as well.
TEST(RoundTrip, NeverOfAPartOfThePayload) {
    Generator generator(11);
    const auto resources = generator.resources();
    for (const auto format : {ContentFormat::senml_json, ContentFormat::senml_cbor,
                              ContentFormat::json, ContentFormat::lwm2m_cbor}) {
        const auto payload = encode_payload(format, Path(5, 0), resources);
        ASSERT_TRUE(payload);
        for (std::size_t length = 0; length < payload->size(); ++length)
            EXPECT_EQ(error_of(decode_exactly(format, Path(5, 0),
                                              wire::BytesView(*payload).first(length), known_type)),
                      PayloadErrc::malformed)
                << length;
    }
}

// Whatever octet is another: decoded or refused, within bounds.
TEST(RoundTrip, OfDamagedPayloadsReadsNothingOutside) {
    Generator generator(13);
    support::SeededRandom random(13);
    const auto resources = generator.resources();
    for (const auto format : formats_of_instances) {
        const auto payload = encode_payload(format, Path(5, 0), resources);
        ASSERT_TRUE(payload);
        for (int i = 0; i < 2000; ++i) {
            auto damaged = *payload;
            damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.below(256));
            const auto decoded = decode_exactly(format, Path(5, 0), damaged, known_type);
            if (!decoded) continue;
            EXPECT_TRUE(std::holds_alternative<model::Resources>(*decoded));
        }
    }
}

}  // namespace
}  // namespace lwm2m
