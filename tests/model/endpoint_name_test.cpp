#include "provisioning/model/endpoint_name.h"

#include <string>

#include <gtest/gtest.h>

namespace model {
namespace {

TEST(EndpointName, AcceptsWhatDevicesAreNamed) {
    for (const auto* text : {"urn:imei:358000000000001", "a", "meter 7", "urn:dev:os:32473-1",
                             "z\xC3\xA4hler", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        const auto name = EndpointName::from(text);
        ASSERT_TRUE(name) << text;
        EXPECT_EQ(name->text(), text);
    }
}

TEST(EndpointName, Has1To255Octets) {
    EXPECT_FALSE(EndpointName::from(""));
    EXPECT_TRUE(EndpointName::from(std::string(255, 'x')));
    EXPECT_FALSE(EndpointName::from(std::string(256, 'x')));
}

TEST(EndpointName, RefusesControlCharacters) {
    for (const auto* text : {"a\nb", "a\x1B[2J", "\x7F", "a\xC2\x85", "a\xC2\x9F"})
        EXPECT_FALSE(EndpointName::from(text)) << text;
    EXPECT_FALSE(EndpointName::from(std::string_view("a\0b", 3)));
    EXPECT_TRUE(EndpointName::from("a\xC2\xA0"));  // U+00A0, the first after C1
}

// RFC 3629 §3 and §10: overlong forms, surrogates, beyond U+10FFFF, broken sequences.
TEST(EndpointName, RefusesWhatIsNotUtf8) {
    for (const auto* text :
         {"\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80",
          "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\x80",
          "a\xBF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xE2(\xA1", "\xFE", "\xFF"})
        EXPECT_FALSE(EndpointName::from(text)) << testing::PrintToString(std::string(text));
}

TEST(EndpointName, AcceptsTheEndsOfEachUtf8Length) {
    for (const auto* text : {"\xC2\xA1", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                             "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(EndpointName::from(text)) << testing::PrintToString(std::string(text));
}

}  // namespace
}  // namespace model
