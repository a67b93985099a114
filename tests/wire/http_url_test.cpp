#include "server/wire/http_url.h"

#include <string>

#include <gtest/gtest.h>

namespace wire {
namespace {

HttpUrl url(std::string_view text) {
    const auto result = HttpUrl::from(text);
    EXPECT_TRUE(result) << text;
    return result ? *result : HttpUrl{};
}

TEST(HttpUrl, IsTakenApart) {
    EXPECT_EQ(url("http://Example.org"), (HttpUrl{false, "example.org", 80, "/"}));
    EXPECT_EQ(url("HTTPS://a.example:8443/hooks/1?x=%20y&z=/?"),
              (HttpUrl{true, "a.example", 8443, "/hooks/1?x=%20y&z=/?"}));
    EXPECT_EQ(url("https://192.0.2.1?q"), (HttpUrl{true, "192.0.2.1", 443, "/?q"}));
    EXPECT_EQ(url("http://[2001:DB8::1]:81/"), (HttpUrl{false, "2001:db8::1", 81, "/"}));
    EXPECT_EQ(url("http://[::ffff:192.0.2.1]/").host, "::ffff:192.0.2.1");
}

TEST(HttpUrl, IsPutTogetherAgain) {
    for (const std::string text :
         {"http://example.org/", "https://a.example:80/x?y", "http://[2001:db8::1]:443/%2F"})
        EXPECT_EQ(url(text).to_string(), text);
    EXPECT_EQ(url("https://a.example:443/x").authority(), "a.example");
    EXPECT_EQ(url("https://[::1]:8443/x").authority(), "[::1]:8443");
}

TEST(HttpUrl, RefusesWhatIsNone) {
    for (const std::string text : {"",
                                   "example.org",
                                   "ftp://example.org/",
                                   "http:/example.org",
                                   "http://",
                                   "http:///x",
                                   "http://user@example.org/",
                                   "http://u:p@example.org/",
                                   "http://example.org/#x",
                                   "http://example.org:/",
                                   "http://example.org:0/",
                                   "http://example.org:65536/",
                                   "http://example.org:8o/",
                                   "http://exa mple.org/",
                                   "http://example.org/a b",
                                   "http://example.org/a\r\nX: y",
                                   "http://example.org/%2",
                                   "http://example.org/%zz",
                                   "http://example.org/\"",
                                   "http://example.org/{x}",
                                   "http://[::1",
                                   "http://[]/",
                                   "http://[1.2.3.4]/",
                                   "http://[::1]x/",
                                   "http://[fe80::1%2]/",
                                   "http://.org/",
                                   "http://-x.org/",
                                   "http://b\xc3\xbc"
                                   "cher.example/",
                                   "http://example.org\\@evil/"})
        EXPECT_FALSE(HttpUrl::from(text)) << text;
    EXPECT_FALSE(HttpUrl::from(std::string("http://a/\0", 10)));
    EXPECT_FALSE(HttpUrl::from("http://a/" + std::string(HttpUrl::max_octets, 'x')));
}

TEST(PathSegment, EncodesAllThatMeansSomething) {
    EXPECT_EQ(path_segment("urn:imei:35-8_0.0~1"), "urn%3Aimei%3A35-8_0.0~1");
    EXPECT_EQ(path_segment("a/b?c#d%e\n\xc3\xbc"), "a%2Fb%3Fc%23d%25e%0A%C3%BC");
    EXPECT_EQ(path_segment("..."), "...");
}

TEST(PathSegment, RefusesAStepInThePath) {
    EXPECT_FALSE(path_segment("."));
    EXPECT_FALSE(path_segment(".."));
    EXPECT_FALSE(path_segment(""));
}

}  // namespace
}  // namespace wire
