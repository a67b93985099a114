#include "server/wire/placeholders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wire {
namespace {

using ::testing::HasSubstr;

std::string expand(std::string_view text) {
    const auto parsed = TextTemplate::from(text, {"a", "b"});
    if (!parsed) return "error: " + parsed.error();
    return parsed->expand([](std::string_view name) { return "<" + std::string(name) + ">"; });
}

TEST(TextTemplate, FillsInWhatIsNamed) {
    EXPECT_EQ(expand(""), "");
    EXPECT_EQ(expand("${a}"), "<a>");
    EXPECT_EQ(expand("x${b}y${a}${a}$"), "x<b>y<a><a>$");
    EXPECT_EQ(expand("$${a} $a {a}"), "${a} $a {a}");
}

TEST(TextTemplate, DoesNotLookIntoWhatWasFilledIn) {
    const auto parsed = TextTemplate::from("${a}", {"a"});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->expand([](std::string_view) { return "${a}"; }), "${a}");
}

TEST(TextTemplate, RefusesWhatItDoesNotKnow) {
    EXPECT_THAT(expand("${c}"), HasSubstr("not known here (known: ${a}, ${b})"));
    EXPECT_THAT(expand("${}"), HasSubstr("not known"));
    EXPECT_THAT(expand("x${a"), HasSubstr("without its"));
}

TEST(TextTemplate, TellsWhereThePlaceholdersBegin) {
    const auto parsed = TextTemplate::from("http://h/${a}/x", {"a", "b"});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->beginning(), "http://h/");
    EXPECT_TRUE(parsed->names("a"));
    EXPECT_FALSE(parsed->names("b"));
}

TEST(JsonEscape, KeepsATextInsideItsQuotes) {
    EXPECT_EQ(json_escape("a\"b\\c\n\x1f\xc3\xbc/"), "a\\\"b\\\\c\\u000a\\u001f\xc3\xbc/");
}

}  // namespace
}  // namespace wire
