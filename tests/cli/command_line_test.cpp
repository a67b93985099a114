#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/invocation.h"

namespace cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::Invocation;
using ::testing::Not;

TEST(CliCommandLine, TellsItsVersionAndItsCommands) {
    const Invocation version({"--version"});
    EXPECT_EQ(version.code, ExitCode::well);
    EXPECT_THAT(version.out, HasSubstr("lwm2m-bootstrapctl "));
    const Invocation help({"--help"});
    EXPECT_EQ(help.code, ExitCode::well);
    EXPECT_THAT(help.out, HasSubstr("decode"));
}

TEST(CliCommandLine, CallsWhatMakesNoSenseAMistakeOfUsage) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{}, "subcommand"},
        {{"frobnicate"}, "subcommand"},
        {{"profile"}, "subcommand"},
        {{"profile", "check"}, "path"},
        {{"profile", "plan", "meter"}, "--endpoint"},
        {{"profile", "plan", "--endpoint", "e"}, "name"},
        {{"profile", "plan", "m", "-e", "e", "--account", "/1/0"}, "Security instance"},
        {{"profile", "plan", "m", "-e", "e", "--content-format", "text"}, "senml-cbor"},
        {{"decode", "--format", "xml", "00"}, "--format"},
        {{"decode", "--path", "0/1", "00"}, "--path"},
        {{"decode", "0g"}, "character 2"}};
    for (const auto& [arguments, told] : cases) {
        const Invocation invocation(arguments);
        EXPECT_EQ(invocation.code, ExitCode::usage) << told;
        EXPECT_THAT(invocation.err, HasSubstr(told));
        EXPECT_EQ(invocation.out, "");
    }
}

// RFC 7252 appendix A, figure 16.
TEST(CliDecode, ExplainsAMessage) {
    const Invocation words({"decode", "40", "01", "7d", "34", "bb", "74656d7065726174757265"});
    EXPECT_EQ(words.code, ExitCode::well);
    EXPECT_EQ(words.out,
              "Confirmable GET /temperature, Message ID 32052, no token, 16 octets\n"
              "  at 4  11  Uri-Path  temperature\n");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"decode", "-"}, std::vector<std::string>{"decode"}}) {
        const Invocation piped(arguments, "0x40017d34\nbb74656d7065726174757265\n");
        EXPECT_EQ(piped.out, words.out);
    }
}

TEST(CliDecode, ExplainsAPayloadOfAFormat) {
    const Invocation text({"decode", "--format", "tlv", "--path", "/0/1", "c404aabbccdd"});
    EXPECT_EQ(text.code, ExitCode::well);
    EXPECT_THAT(text.out, HasSubstr("Server Public Key"));
    const Invocation number({"decode", "--format", "11542", "--path", "/0/1", "c404aabbccdd"});
    EXPECT_EQ(number.out, text.out);
    const Invocation as_json({"decode", "--json", "--format", "tlv", "--path", "/1/0", "c10065"});
    EXPECT_EQ(json::parse(as_json.out)["values"][0]["value"], 101);
}

TEST(CliDecode, MasksKeysUnlessAskedNotTo) {
    const std::vector<std::string> arguments{"decode", "--format", "tlv",
                                             "--path", "/0/1",     "c405aabbccdd"};
    EXPECT_THAT(Invocation(arguments).out, Not(HasSubstr("aabbccdd")));
    auto open = arguments;
    open.emplace_back("--show-secrets");
    EXPECT_THAT(Invocation(open).out, HasSubstr("aabbccdd"));
}

TEST(CliDecode, SaysNoToWhatIsMalformed) {
    const Invocation message({"decode", "40010001f0"});
    EXPECT_EQ(message.code, ExitCode::no);
    EXPECT_THAT(message.out, HasSubstr("Wrong at octet 4"));
    const Invocation payload({"decode", "--format", "tlv", "--path", "/0/1", "c405aa"});
    EXPECT_EQ(payload.code, ExitCode::no);
    EXPECT_THAT(payload.out, HasSubstr("Wrong: "));
    const Invocation inside({"decode", "40030001b1300131122d16ffc405aa"});
    EXPECT_EQ(inside.code, ExitCode::no);
}

TEST(CliDecode, NamesAFolderOfDefinitionsThatItCannotRead) {
    const Invocation invocation({"decode", "--objects", "/nonexistent", "40010001"});
    EXPECT_EQ(invocation.code, ExitCode::no);
    EXPECT_THAT(invocation.err, HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace cli
