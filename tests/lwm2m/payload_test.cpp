#include "server/lwm2m/payload.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "server/lwm2m/tlv.h"
#include "tests/lwm2m/error_of.h"
#include "tests/lwm2m/hex.h"

namespace lwm2m {
namespace {

using model::ContentFormat;
using model::Multiple;
using model::Opaque;
using model::Path;
using model::Resources;
using model::Single;
using model::Value;

const Path instance(0, 1);
const Path resource(0, 1, 5);
const Value key = Single(Opaque{from_hex("DE AD BE EF")});

TEST(Payload, OfAnInstanceIsTlvOfItsResources) {
    const auto payload =
        encode_payload(ContentFormat::tlv, instance, Resources{{5, key}, {10, Single(true)}});
    ASSERT_TRUE(payload);
    EXPECT_EQ(wire::to_hex(*payload), wire::to_hex(from_hex("C4 05 DE AD BE EF C1 0A 01")));
}

// LwM2M Core §7.4.3: to /O/I/R as well, the Resource comes with its header.
TEST(Payload, OfAResourceIsTlvWithItsHeader) {
    const auto payload = encode_payload(ContentFormat::tlv, resource, key);
    ASSERT_TRUE(payload);
    EXPECT_EQ(wire::to_hex(*payload), "c405deadbeef");
    const auto multiple = encode_payload(ContentFormat::tlv, resource, Value(Multiple{{3, true}}));
    ASSERT_TRUE(multiple);
    EXPECT_EQ(wire::to_hex(*multiple), wire::to_hex(from_hex("83 05 41 03 01")));
}

TEST(Payload, OfASingleResourceMayBeTextOrOpaque) {
    const auto text = encode_payload(ContentFormat::text, resource, Value(Single(std::int64_t{7})));
    ASSERT_TRUE(text);
    EXPECT_EQ(wire::as_text(*text), "7");
    const auto base64 = encode_payload(ContentFormat::text, resource, key);
    ASSERT_TRUE(base64);
    EXPECT_EQ(wire::as_text(*base64), "3q2+7w==");
    const auto opaque = encode_payload(ContentFormat::opaque, resource, key);
    ASSERT_TRUE(opaque);
    EXPECT_EQ(wire::to_hex(*opaque), "deadbeef");
}

TEST(Payload, OfASecretIsWhatItsKindSays) {
    const Value octets = Single(model::Secret(from_hex("01 02")));
    EXPECT_EQ(wire::to_hex(*encode_payload(ContentFormat::opaque, resource, octets)), "0102");
    EXPECT_EQ(wire::as_text(*encode_payload(ContentFormat::text, resource, octets)), "AQI=");
    EXPECT_EQ(wire::to_hex(*encode_payload(ContentFormat::cbor, resource, octets)), "420102");
    const Value word = Single(model::Secret(from_hex("41 42"), model::Secret::Kind::text));
    EXPECT_EQ(wire::as_text(*encode_payload(ContentFormat::text, resource, word)), "AB");
    EXPECT_EQ(wire::to_hex(*encode_payload(ContentFormat::cbor, resource, word)), "624142");
}

TEST(Payload, OfTextAndOpaqueNeedsASingleResource) {
    for (const auto format : {ContentFormat::text, ContentFormat::opaque}) {
        EXPECT_EQ(error_of(encode_payload(format, instance, Resources{{5, key}})),
                  PayloadErrc::format_needs_single_resource);
        EXPECT_EQ(error_of(encode_payload(format, resource, Value(Multiple{{0, true}}))),
                  PayloadErrc::format_needs_single_resource);
    }
}

TEST(Payload, RefusesTypesThatTheFormatDoesNotHold) {
    const Single values[] = {std::string("x"), std::int64_t{1},        0.5, true,
                             model::Time{1},   model::ObjectLink{1, 2}};
    for (const auto& value : values)
        EXPECT_EQ(error_of(encode_payload(ContentFormat::opaque, resource, Value(value))),
                  PayloadErrc::wrong_type_for_format);
    const Value word = Single(model::Secret(from_hex("41"), model::Secret::Kind::text));
    EXPECT_EQ(error_of(encode_payload(ContentFormat::opaque, resource, word)),
              PayloadErrc::wrong_type_for_format);
    const Value infinity = Single(std::numeric_limits<double>::infinity());
    EXPECT_EQ(error_of(encode_payload(ContentFormat::text, resource, infinity)),
              PayloadErrc::wrong_type_for_format);
}

TEST(Payload, RefusesMoreThanTlvCanCount) {
    const Value large = Single(Opaque{wire::Bytes(max_tlv_length + 1, 0)});
    EXPECT_EQ(error_of(encode_payload(ContentFormat::tlv, resource, large)),
              PayloadErrc::wrong_type_for_format);
    EXPECT_EQ(error_of(encode_payload(ContentFormat::tlv, instance, Resources{{5, large}})),
              PayloadErrc::wrong_type_for_format);
}

TEST(Payload, RefusesContentThatDoesNotBelongToThePath) {
    for (const auto format : {ContentFormat::tlv, ContentFormat::text, ContentFormat::opaque}) {
        for (const auto& path : {Path(), Path(0), resource})
            EXPECT_EQ(error_of(encode_payload(format, path, Resources{{5, key}})),
                      PayloadErrc::unsupported_format);
        for (const auto& path : {Path(), Path(0), instance})
            EXPECT_EQ(error_of(encode_payload(format, path, key)), PayloadErrc::unsupported_format);
    }
}

TEST(Payload, IsNeverLinkFormat) {
    EXPECT_EQ(error_of(encode_payload(ContentFormat::link_format, resource, key)),
              PayloadErrc::unsupported_format);
}

}  // namespace
}  // namespace lwm2m
