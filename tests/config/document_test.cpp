#include "config/document/document.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace document {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> pointers(const Problems& problems) {
    std::vector<std::string> result;
    for (const Problem& problem : problems) result.push_back(problem.pointer);
    return result;
}

TEST(DocumentParse, ReadsEveryKindOfValue) {
    Problems problems;
    const auto json =
        parse(R"({"a": [1, -2, 2.5, "x", true, null, {}], "b": {"c": []}})", "f", problems);
    ASSERT_TRUE(json);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(*json,
              nlohmann::json::parse(R"({"a": [1, -2, 2.5, "x", true, null, {}], "b": {"c": []}})"));
}

TEST(DocumentParse, TellsLineAndColumnOfASyntaxError) {
    struct Case {
        std::string text, place;
    };
    const std::vector<Case> cases = {
        {"", "line 1, column 1"},
        {"{", "line 1, column 2"},
        {"{\"a\": 1,\n \"b\": }", "line 2, column 7"},
        {"{\"a\": 1}\n\n  x", "line 3, column 3"},
        {"[1, 2", "line 1, column 6"},
        {"{'a': 1}", "line 1, column 2"},
        {"// no comments\n{}", "line 1, column 1"},
    };
    for (const Case& each : cases) {
        Problems problems;
        EXPECT_FALSE(parse(each.text, "f.json", problems)) << each.text;
        ASSERT_EQ(problems.size(), 1U) << each.text;
        EXPECT_EQ(problems[0].file, "f.json");
        EXPECT_EQ(problems[0].pointer, "");
        EXPECT_THAT(problems[0].message, HasSubstr(each.place)) << each.text;
    }
}

TEST(DocumentParse, NeverRepeatsTheDocumentInASyntaxError) {
    // The key of a device is cut off, has a raw line feed, a bad escape, is no UTF-8, is a number.
    for (const std::string& text :
         {std::string("{\"key\": \"topsecret"), std::string("{\"key\": \"topsecret\n\"}"),
          std::string("{\"key\": \"topsecret\\q\"}"), std::string("{\"key\": \"topsecret\xff\"}"),
          std::string("{\"key\": topsecret}"), std::string("{\"topsecret\" \"topsecret\"}"),
          std::string("{\"key\": \"x\" \"topsecret\"}")}) {
        Problems problems;
        EXPECT_FALSE(parse(text, "f", problems));
        ASSERT_EQ(problems.size(), 1U);
        EXPECT_THAT(to_string(problems[0]), Not(HasSubstr("secret"))) << text;
    }
}

TEST(DocumentParse, RefusesANumberThatIsTooLarge) {
    Problems problems;
    EXPECT_FALSE(parse("[1e999]", "f", problems));
    EXPECT_THAT(problems.at(0).message, HasSubstr("number too large"));
}

TEST(DocumentParse, FindsKeysThatAreThereTwiceWithTheirPointers) {
    Problems problems;
    EXPECT_FALSE(
        parse(R"({"a": 1, "a": {"x": [1, {"y": 1, "y": 2}]}, "s": [0, {"p/q": 1, "p/q": 2}],
                           "t": {"~": {}, "~": []}})",
              "f", problems));
    EXPECT_THAT(pointers(problems), ElementsAre("/a", "/a/x/1/y", "/s/1/p~1q", "/t/~0"));
}

TEST(DocumentParse, RefusesDeepNestingAtTheFirstLevelTooMany) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    Problems problems;
    EXPECT_TRUE(parse(nested(max_depth), "f", problems));
    EXPECT_TRUE(problems.empty());
    EXPECT_FALSE(parse(nested(max_depth + 1), "f", problems));
    EXPECT_THAT(problems.at(0).message, HasSubstr("deeper than 64"));
    problems.clear();
    EXPECT_FALSE(parse(std::string(5'000'000, '['), "f", problems));
    EXPECT_EQ(problems.size(), 1U);
}

TEST(DocumentParse, RefusesATextThatIsTooLong) {
    Problems problems;
    EXPECT_FALSE(parse(std::string(max_octets + 1, ' '), "f", problems));
    EXPECT_THAT(problems.at(0).message, HasSubstr("longer than"));
}

TEST(DocumentFile, TellsWhyAFileCannotBeRead) {
    Problems problems;
    EXPECT_FALSE(read_file("/nowhere/settings.json", problems));
    EXPECT_FALSE(read_file(std::filesystem::temp_directory_path(), problems));
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].file, "/nowhere/settings.json");
    EXPECT_THAT(problems[0].message, HasSubstr("No such file"));
    EXPECT_FALSE(problems[0].remedy.empty());
    EXPECT_THAT(problems[1].message, HasSubstr("folder"));
}

TEST(DocumentProblem, IsOneLineOfFilePointerMessageAndRemedy) {
    EXPECT_EQ(to_string({"p.json", "/servers/0/uri", "is no URI", "write one"}),
              "p.json: /servers/0/uri: is no URI; write one");
    EXPECT_EQ(to_string({"p.json", "", "is empty", ""}), "p.json: is empty");
    EXPECT_EQ(to_string({"", "", "is empty", ""}), "is empty");
    EXPECT_EQ(to_string({"f", "/a\nb\x1b[31m", "m", ""}), "f: /a\\u000ab\\u001b[31m: m");
}

TEST(DocumentNode, EscapesKeysInPointers) {
    Problems problems;
    const auto json = nlohmann::json::parse(R"({"/0/1": {"a~b": "x"}})");
    const Node root(json, "f", "", problems);
    EXPECT_FALSE(root.member("/0/1")->member("a~b")->boolean());
    EXPECT_THAT(pointers(problems), ElementsAre("/~10~11/a~0b"));
}

TEST(DocumentNode, NamesTheNearestKeyItKnows) {
    struct Case {
        std::string key, remedy;
    };
    const std::vector<Case> cases = {
        {"shortserverid", "did you mean \"shortServerId\"?"},
        {"short_server_id", "did you mean \"shortServerId\"?"},
        {"urii", "did you mean \"uri\"?"},
        {"completelyOther", "remove it; known are \"shortServerId\", \"uri\" or \"lifetime\""},
    };
    for (const Case& each : cases) {
        Problems problems;
        const nlohmann::json json = {{each.key, 1}};
        EXPECT_TRUE(Node(json, "f", "/x", problems).object({"shortServerId", "uri", "lifetime"}));
        ASSERT_EQ(problems.size(), 1U);
        EXPECT_EQ(problems[0].pointer, "/x/" + each.key);
        EXPECT_EQ(problems[0].remedy, each.remedy);
    }
}

TEST(DocumentNode, RefusesEveryWrongTypeWithoutShowingTheValue) {
    Problems problems;
    const auto json = nlohmann::json::parse(
        R"({"t": 123454321, "b": "secret", "i": "secret", "f": 1.5, "n": "secret", "o": "secret",
            "l": {}, "c": "secret"})");
    const Node root(json, "f", "", problems);
    constexpr std::string_view words[] = {"one", "two"};
    EXPECT_FALSE(root.member("t")->text());
    EXPECT_FALSE(root.member("b")->boolean());
    EXPECT_FALSE(root.member("i")->integer(0, 9));
    EXPECT_FALSE(root.member("f")->integer(0, 9));
    EXPECT_FALSE(root.member("n")->number(0, 9));
    EXPECT_FALSE(root.member("o")->object({"a"}));
    EXPECT_FALSE(root.member("l")->array());
    EXPECT_FALSE(root.member("c")->choice(words));
    EXPECT_FALSE(root.required("absent"));
    EXPECT_THAT(pointers(problems),
                ElementsAre("/t", "/b", "/i", "/f", "/n", "/o", "/l", "/c", "/absent"));
    for (const Problem& problem : problems) {
        EXPECT_THAT(to_string(problem), Not(HasSubstr("secret")));
        EXPECT_THAT(to_string(problem), Not(HasSubstr("123454321")));
        EXPECT_FALSE(problem.remedy.empty());
    }
}

TEST(DocumentNode, HoldsIntegersToTheirRangeWithoutOverflow) {
    const auto read = [](const char* text) {
        Problems problems;
        const auto json = nlohmann::json::parse(text);
        return Node(json, "f", "", problems).integer(-5, INT64_MAX);
    };
    EXPECT_EQ(read("-5"), -5);
    EXPECT_EQ(read("9223372036854775807"), INT64_MAX);
    EXPECT_FALSE(read("-6"));
    EXPECT_FALSE(read("9223372036854775808"));
    EXPECT_FALSE(read("18446744073709551615"));
    EXPECT_FALSE(read("5.0"));
}

}  // namespace
}  // namespace document
