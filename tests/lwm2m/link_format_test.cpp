#include "server/lwm2m/link_format.h"

#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/lwm2m/error_of.h"

namespace lwm2m {
namespace {

using model::Discovered;
using model::DiscoveredLink;
using model::Path;

// In a block of its exact size, so that a read past the end is seen by AddressSanitizer.
boost::system::result<Discovered, LinkFormatErrc> decode(std::string_view text) {
    const auto copy = std::make_unique<char[]>(text.size());
    std::copy(text.begin(), text.end(), copy.get());
    return decode_discover({copy.get(), text.size()});
}

DiscoveredLink link(Path path, std::optional<std::uint16_t> ssid = {},
                    std::optional<std::string> uri = {}, std::optional<std::string> version = {}) {
    return {path, ssid, std::move(uri), std::move(version)};
}

// ETS 1.1-int-0; the expected answer of LwM2M 1.0 §8.2.3.
TEST(Discover, ReadsABareVersionAndShortServerIds) {
    const auto told = decode("lwm2m=\"1.0\",</0/0>;ssid=1,</0/1>,</1/0>;ssid=1,</3/0>");
    ASSERT_TRUE(told);
    const Discovered expected{"1.0",
                              {link({0, 0}, 1), link({0, 1}), link({1, 0}, 1), link({3, 0})}};
    EXPECT_EQ(*told, expected);
}

TEST(Discover, ReadsAVersionOnTheRootUnquoted) {
    const auto told = decode("</>;lwm2m=1.1,</0/0>;ssid=101;uri=\"coaps://server_1.example.com\"");
    ASSERT_TRUE(told);
    const Discovered expected{"1.1", {link({0, 0}, 101, "coaps://server_1.example.com")}};
    EXPECT_EQ(*told, expected);
}

TEST(Discover, ReadsAVersionOnTheRootQuotedAmongOtherParameters) {
    const auto told = decode("</>;rt=\"oma.lwm2m\";ct=\"60 110 112\";lwm2m=\"1.2\",</1>");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{"1.2", {link(Path(1))}}));
}

TEST(Discover, ReadsTrailingSlashes) {
    const auto told = decode("</0/1/>,</3/>");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{}, {link({0, 1}), link(Path(3))}}));
}

TEST(Discover, ReadsSpacesAroundItemsAndParameters) {
    const auto told = decode(" lwm2m = \"1.1\" , </0/0> ; ssid = 1 ,\r\n\t</0/1>\n");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{"1.1", {link({0, 0}, 1), link({0, 1})}}));
}

// Zephyr says ssid=0 of its Bootstrap-Server's instance; 65535 is as reserved.
TEST(Discover, TakesAReservedShortServerIdForNone) {
    const auto told = decode("</0/0>;ssid=0,</0/1>;ssid=65535,</0/2>;ssid=65534,</0/3>;ssid=1");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told,
              (Discovered{{}, {link({0, 0}), link({0, 1}), link({0, 2}, 65534), link({0, 3}, 1)}}));
}

// Leshan tells the URI of the Bootstrap-Server's instance too.
TEST(Discover, ReadsAUriOnTheBootstrapServersInstance) {
    const auto told = decode(
        "</0/0>;uri=\"coap://bs.example:5683\",</0/1>;ssid=123;uri=\"coap://"
        "dm.example:5685\",</21/0>");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{},
                                 {link({0, 0}, {}, "coap://bs.example:5683"),
                                  link({0, 1}, 123, "coap://dm.example:5685"), link({21, 0})}}));
}

TEST(Discover, ReadsAUriWithSeparatorsInItsQuotes) {
    const auto told = decode("</0/0>;uri=\"coap://h/a,b;c>d\\\"\";ssid=4,</1/0>;ssid=4");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{}, {link({0, 0}, 4, "coap://h/a,b;c>d\""), link({1, 0}, 4)}}));
}

TEST(Discover, ReadsObjectVersionsQuotedOrBare) {
    const auto told = decode("</0>;ver=1.1,</1>;ver=\"1.2\",</3303/0>;ver=2.0,</4>;ver");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{},
                                 {link(Path(0), {}, {}, "1.1"), link(Path(1), {}, {}, "1.2"),
                                  link({3303, 0}, {}, {}, "2.0"), link(Path(4))}}));
}

TEST(Discover, PassesOverLinksThatAreNoLwm2mPath) {
    const auto told = decode(
        "</.well-known/core>;ct=40,</bs>;rt=\"x\",<coap://h/0/0>,</rd/0/0>,<0/0>,<>,</65535>,"
        "</00>,</0/0/0/0>,</5/0>");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{}, {link({5, 0})}}));
}

TEST(Discover, PassesOverVersionsAndUrisThatMakeNoSense) {
    const auto told =
        decode("</>;lwm2m=\"one\",</0/0>;uri=\"a\nb\",</0/1>;uri,</1>;ver=\"\x1b[2J\",</2>;ver=1.");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{}, {link({0, 0}), link({0, 1}), link(Path(1)), link(Path(2))}}));
}

TEST(Discover, PassesOverUnknownParameters) {
    const auto told = decode("</0/0>;obs;sz=12;title*=utf-8'en'x;ssid=2;pmin=1");
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (Discovered{{}, {link({0, 0}, 2)}}));
}

TEST(Discover, ReadsAnEmptyAnswer) {
    EXPECT_EQ(*decode(""), Discovered());
    EXPECT_EQ(*decode("  \n"), Discovered());
    EXPECT_EQ(*decode("lwm2m=1.0"), (Discovered{"1.0", {}}));
}

TEST(Discover, RefusesAShortServerIdThatIsNone) {
    for (const auto* text : {"</0/0>;ssid", "</0/0>;ssid=", "</0/0>;ssid=x", "</0/0>;ssid=-1",
                             "</0/0>;ssid=65536", "</0/0>;ssid=123456", "</0/0>;ssid=1x",
                             "</0/0>;ssid=0x1", "</0/0>;ssid=\"\"", "</0/0>;ssid=1;ssid=2"})
        EXPECT_FALSE(decode(text)) << text;
    EXPECT_EQ(*decode("</0/0>;ssid=\"7\";ssid=7"), (Discovered{{}, {link({0, 0}, 7)}}));
}

TEST(Discover, RefusesWhatIsNoLinkFormat) {
    for (const auto* text : {"<",
                             "</0",
                             "</0/0",
                             "/0/0",
                             "garbage",
                             "</0/0>x",
                             "</0/0></0/1>",
                             "</0/0>;",
                             "</0/0>,",
                             ",</0/0>",
                             "</0/0>,,</0/1>",
                             "</0/0>;=1",
                             "</0/0>;uri=\"",
                             "</0/0>;uri=\"x\\",
                             "</0/0>;uri=\"x\\\"",
                             "</0/0>;uri=",
                             "</0/0>;;ssid=1",
                             "</0/0>;uri=\"x\"y",
                             "ver=1.0",
                             "<html>\n<body>no</body>",
                             "{\"bn\":\"/0/0\"}"})
        EXPECT_EQ(error_of(decode(text)), LinkFormatErrc::malformed) << text;
    EXPECT_EQ(error_of(decode(std::string_view("</0/0>\0", 7))), LinkFormatErrc::malformed);
}

TEST(Discover, RefusesAnAnswerThatWasCutAnywhereButBetweenItems) {
    const std::string whole = "</>;lwm2m=\"1.1\",</0/0>;uri=\"coap://h\",</1/0>;x=\"y\"";
    const auto reads = [&](std::size_t length) {
        return decode(whole.substr(0, length)).has_value();
    };
    EXPECT_FALSE(reads(whole.find("1.1\"") + 3));
    EXPECT_FALSE(reads(whole.find(",</0") + 1));
    EXPECT_FALSE(reads(whole.find("/0>;uri") + 1));
    EXPECT_FALSE(reads(whole.find("coap") + 3));
    EXPECT_FALSE(reads(whole.size() - 1));
    EXPECT_TRUE(reads(whole.size()));
}

TEST(Discover, ReadsAnAnswerOf50Kilobytes) {
    std::string text = "lwm2m=\"1.1\"";
    std::size_t links = 0;
    while (text.size() < 50 * 1024) text += ",</" + std::to_string(links++ % 9) + ">";
    const auto told = decode(text);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->links.size(), links);
}

TEST(Discover, BoundsTheNumberOfLinksAndOctets) {
    std::string text = "</0>";
    for (std::size_t i = 1; i < max_links; ++i) text += ",</0>";
    EXPECT_EQ(decode(text)->links.size(), max_links);
    EXPECT_EQ(error_of(decode(text + ",</0>")), LinkFormatErrc::too_many);
    text.resize(max_link_format_octets, ' ');
    EXPECT_TRUE(decode(text));
    EXPECT_EQ(error_of(decode(text + " ")), LinkFormatErrc::too_long);
}

}  // namespace
}  // namespace lwm2m
