#include "server/bootstrap/session_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lwm2m/link_format.h"

namespace bootstrap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReadValues : public testing::Test {
  protected:
    ReadResult read(const model::Path& path, std::uint16_t format, wire::Bytes payload) const {
        return read_values(path, {coap::Code::content, format, std::move(payload)}, 11542,
                           types_by(definitions_, model::Enabler::v1_1));
    }
    // A Server Instance's Binding as TLV: one Resource of up to 255 octets.
    ReadResult read_binding(const std::string& text) const {
        wire::Bytes tlv = {0xC8, 7, static_cast<std::uint8_t>(text.size())};
        tlv.insert(tlv.end(), text.begin(), text.end());
        return read({1, 0}, 11542, std::move(tlv));
    }
    model::Definitions definitions_ = model::Definitions::built_in();
};

// LwM2M Core §7.4.3: an instance of /1 and one of /2, an integer by what the definition says.
TEST_F(ReadValues, AreTypedByTheDefinitions) {
    const auto server = read(
        {1, 0}, 11542,
        {0xC1, 0x00, 0x65, 0xC4, 0x01, 0x00, 0x01, 0x51, 0x80, 0xC1, 0x06, 0x01, 0xC1, 0x07, 0x55});
    EXPECT_THAT(server.values, ElementsAre(ReadValue{"/1/0/0", "101"}, ReadValue{"/1/0/1", "86400"},
                                           ReadValue{"/1/0/6", "true"}, ReadValue{"/1/0/7", "U"}));
    EXPECT_EQ(server.note, "");
    const auto control =
        read({2, 0}, 11542, {0xC1, 0x00, 0x03, 0x83, 0x02, 0x41, 0x65, 0x0F, 0xC1, 0x03, 0x65});
    EXPECT_THAT(control.values, ElementsAre(ReadValue{"/2/0/0", "3"}, ReadValue{"/2/0/2/101", "15"},
                                            ReadValue{"/2/0/3", "101"}));
}

TEST_F(ReadValues, OfAnObjectNameItsInstances) {
    const auto result =
        read(model::Path(1), 11542, {0x03, 0x00, 0xC1, 0x00, 0x65, 0x03, 0x04, 0xC1, 0x00, 0x66});
    EXPECT_THAT(result.values, ElementsAre(ReadValue{"/1/0/0", "101"}, ReadValue{"/1/4/0", "102"}));
}

TEST_F(ReadValues, AreReadInTheFormatThatTheAnswerNames) {
    const std::string json = R"([{"bn":"/1/0/","n":"0","v":101},{"n":"7","vs":"UQ"}])";
    const auto result = read({1, 0}, 110, {json.begin(), json.end()});
    EXPECT_THAT(result.values, ElementsAre(ReadValue{"/1/0/0", "101"}, ReadValue{"/1/0/7", "UQ"}));
}

TEST_F(ReadValues, AreReadInTheFormatAskedForWhereTheAnswerNamesNone) {
    const auto result = read_values({1, 0}, {coap::Code::content, {}, {0xC1, 0x00, 0x65}}, 11542,
                                    types_by(definitions_, model::Enabler::v1_1));
    EXPECT_THAT(result.values, ElementsAre(ReadValue{"/1/0/0", "101"}));
}

TEST_F(ReadValues, OfAnUnknownFormatOrAMalformedPayloadAreNoted) {
    const auto unknown = read({1, 0}, 50, {});
    EXPECT_THAT(unknown.values, IsEmpty());
    EXPECT_THAT(unknown.note, HasSubstr("50"));
    const auto malformed = read({1, 0}, 11542, {0xC8, 0x00, 0xFF});
    EXPECT_THAT(malformed.values, IsEmpty());
    EXPECT_THAT(malformed.note, HasSubstr("not read"));
}

// They are handed on as JSON, which holds nothing but UTF-8.
TEST_F(ReadValues, AreUtf8WhateverTheDeviceSent) {
    for (const char* text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xc3"}) {
        const auto result = read_binding(text);
        for (const auto& value : result.values) {
            EXPECT_EQ(value.value.find_first_not_of("0123456789abcdef"), std::string::npos);
        }
    }
    EXPECT_THAT(read_binding("Größe").values, ElementsAre(ReadValue{"/1/0/7", "Größe"}));
}

TEST_F(ReadValues, AreBoundedInNumberAndInLength) {
    wire::Bytes many;
    for (int i = 0; i < 300; ++i) {
        const wire::Bytes one = {0xE1, static_cast<std::uint8_t>(0x40 + i / 256),
                                 static_cast<std::uint8_t>(i % 256), 0x2A};
        many.insert(many.end(), one.begin(), one.end());
    }
    const auto result = read({1, 0}, 11542, many);
    EXPECT_THAT(result.values, SizeIs(max_read_values));
    EXPECT_THAT(result.note, HasSubstr("44"));

    wire::Bytes wide = {0xD0, 0x07, 0x20, 0x00};  // 8192 octets
    wide.insert(wide.end(), 8192, 'U');
    const auto shortened = read({1, 0}, 11542, wide);
    ASSERT_THAT(shortened.values, SizeIs(1));
    EXPECT_LT(shortened.values[0].value.size(), 300u);
    EXPECT_THAT(shortened.values[0].value, HasSubstr("8192"));

    wire::Bytes all;
    for (std::uint8_t id = 0; id < 200; ++id) {
        all.insert(all.end(), {0xC8, id, 250});
        all.insert(all.end(), 250, 'x');
    }
    std::size_t octets = 0;
    for (const auto& value : read({32000, 0}, 11542, all).values) {
        octets += value.path.size() + value.value.size();
    }
    EXPECT_LE(octets, 2 * max_read_octets);
    EXPECT_GT(octets, 0u);
}

TEST_F(ReadValues, OfALaterDiscoverAreItsLinks) {
    const auto told = lwm2m::decode_discover(
        R"(</>;lwm2m=1.1,</0/1>;ssid=101;uri="coaps://a",</0/0>,</33000>;ver=1.1)");
    ASSERT_TRUE(told);
    EXPECT_THAT(
        read_links(*told).values,
        ElementsAre(ReadValue{"/", "lwm2m=1.1"}, ReadValue{"/0/1", "ssid=101 uri=coaps://a"},
                    ReadValue{"/0/0", ""}, ReadValue{"/33000", "ver=1.1"}));
}

}  // namespace
}  // namespace bootstrap
