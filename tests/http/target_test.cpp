#include "server/http/target.h"

#include <gtest/gtest.h>

namespace {

using http::parse_target;
using Parameters = std::vector<std::pair<std::string, std::string>>;
using Segments = std::vector<std::string>;

TEST(HttpTarget, TakesPathAndQueryApart) {
    const auto target = parse_target("/v1/sessions?endpoint=meter-1&limit=5");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->segments, (Segments{"v1", "sessions"}));
    EXPECT_EQ(target->parameters, (Parameters{{"endpoint", "meter-1"}, {"limit", "5"}}));
}

TEST(HttpTarget, DecodesAfterTakingApart) {
    const auto target = parse_target("/v1/devices/a%2Fb?endpoint=urn%3aimei%3A35&x=a%26b%3Dc");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->segments, (Segments{"v1", "devices", "a/b"}));
    EXPECT_EQ(target->parameters, (Parameters{{"endpoint", "urn:imei:35"}, {"x", "a&b=c"}}));
}

TEST(HttpTarget, LeavesColonsPlusesAndSecondEqualsSignsAsTheyAre) {
    const auto target = parse_target("/?endpoint=urn:imei:35&msisdn=+49=1&flag&=v");
    ASSERT_TRUE(target);
    EXPECT_EQ(
        target->parameters,
        (Parameters{{"endpoint", "urn:imei:35"}, {"msisdn", "+49=1"}, {"flag", ""}, {"", "v"}}));
}

TEST(HttpTarget, AcceptsTheAbsoluteForm) {
    EXPECT_EQ(parse_target("http://localhost:8443/v1/status")->segments,
              (Segments{"v1", "status"}));
    EXPECT_EQ(parse_target("http://localhost")->segments, (Segments{""}));
}

TEST(HttpTarget, RejectsBrokenPercentEncoding) {
    for (const auto* text : {"/%", "/%4", "/%4x", "/a?b=%", "/a?%zz=1"})
        EXPECT_FALSE(parse_target(text)) << text;
}

TEST(HttpTarget, RejectsWhatIsNoPath) {
    for (const auto* text : {"", "*", "v1/status", "?a=b", "http://h?a=b", "ftp://h/"})
        EXPECT_FALSE(parse_target(text)) << text;
}

TEST(HttpTarget, LeavesItsQueryOutOfTheLog) {
    EXPECT_EQ(http::without_query("/v1/devices?imsi=001010000000001&limit=1"), "/v1/devices");
    EXPECT_EQ(http::without_query("/v1/devices"), "/v1/devices");
    EXPECT_EQ(http::without_query("?access_token=a?b"), "");
}

TEST(HttpTarget, KeepsEveryOctetThroughEncoding) {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
    const auto target = parse_target("/" + http::percent_encode(all));
    ASSERT_TRUE(target);
    EXPECT_EQ(target->segments, Segments{all});
}

}  // namespace
