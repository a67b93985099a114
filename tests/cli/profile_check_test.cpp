#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/invocation.h"
#include "tests/daemon/site.h"

namespace cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::Invocation;

class CliProfileCheck : public ::testing::Test {
  protected:
    std::string profiles() const { return site.folder / "profiles.d"; }
    std::string add(const std::string& file, const json& profile) const {
        const std::string path = site.folder / "profiles.d" / file;
        Site::write(path, profile);
        return path;
    }
    static json named(const std::string& name) {
        json profile = Site::profile();
        profile["name"] = name;
        return profile;
    }

    Site site;
};

TEST_F(CliProfileCheck, HasALineForEachProfileOfAFolder) {
    add("more.json", json::array({named("gas"), named("water")}));
    const Invocation check({"profile", "check", profiles()});
    EXPECT_EQ(check.code, ExitCode::well) << check.err;
    EXPECT_EQ(std::count(check.out.begin(), check.out.end(), '\n'), 3);
    EXPECT_THAT(check.out, HasSubstr("profile meter  enabler 1.1  5 operations  Writes in tlv"));
    EXPECT_EQ(check.err, "");
}

TEST_F(CliProfileCheck, TellsEveryProblemByFileAndPointer) {
    json wrong = named("wrong");
    wrong["servers"][0]["uri"] = "http://dm.example.com";
    wrong["servers"][0]["lifetime"] = "long";
    const std::string file = add("wrong.json", wrong);
    const Invocation check({"profile", "check", file, site.profile_file()});
    EXPECT_EQ(check.code, ExitCode::no);
    EXPECT_THAT(check.err, HasSubstr(file + ": /servers/0/uri: "));
    EXPECT_THAT(check.err, HasSubstr(file + ": /servers/0/lifetime: "));
    EXPECT_THAT(check.out, HasSubstr("profile meter"));
    EXPECT_THAT(check.out, ::testing::Not(HasSubstr("profile wrong")));
}

TEST_F(CliProfileCheck, TellsItAsJsonToo) {
    json wrong = named("wrong");
    wrong["servers"][0]["lifetime"] = "long";
    const std::string file = add("wrong.json", wrong);
    const Invocation check({"profile", "check", "--json", profiles()});
    EXPECT_EQ(check.code, ExitCode::no);
    EXPECT_EQ(check.err, "");
    const json told = json::parse(check.out);
    EXPECT_EQ(told["profiles"].size(), 1U);
    EXPECT_EQ(told["profiles"][0]["name"], "meter");
    EXPECT_EQ(told["profiles"][0]["operations"], 5);
    ASSERT_EQ(told["problems"].size(), 1U);
    EXPECT_EQ(told["problems"][0]["pointer"], "/servers/0/lifetime");
    EXPECT_EQ(told["problems"][0]["file"], file);
}

TEST_F(CliProfileCheck, FindsANameThatOccursTwice) {
    add("again.json", Site::profile());
    const Invocation check({"profile", "check", profiles()});
    EXPECT_EQ(check.code, ExitCode::no);
    EXPECT_THAT(check.err, HasSubstr("/name"));
}

TEST_F(CliProfileCheck, ReadsAFileOnceThatIsNamedTwice) {
    const Invocation check({"profile", "check", profiles(), site.profile_file()});
    EXPECT_EQ(check.code, ExitCode::well) << check.err;
}

TEST_F(CliProfileCheck, SaysNoToWhatIsNotThere) {
    const Invocation missing({"profile", "check", "/nonexistent/x.json"});
    EXPECT_EQ(missing.code, ExitCode::no);
    EXPECT_THAT(missing.err, HasSubstr("/nonexistent/x.json"));
    std::filesystem::create_directory(site.folder / "empty");
    const Invocation empty({"profile", "check", site.folder / "empty"});
    EXPECT_EQ(empty.code, ExitCode::no);
    EXPECT_THAT(empty.err, HasSubstr("holds no profiles"));
}

TEST_F(CliProfileCheck, PassesTheSamples) {
    const Invocation check({"profile", "check", SOURCE_FOLDER "/provisioning/profiles"});
    EXPECT_EQ(check.code, ExitCode::well) << check.err;
}

// A Resource whose range only the operator's own definition knows.
TEST_F(CliProfileCheck, ReadsValuesByTheOperatorsOwnDefinitions) {
    std::filesystem::create_directory(site.folder / "objects.d");
    std::ofstream(site.folder / "objects.d" / "31000.xml") << R"(<?xml version="1.0"?>
<LWM2M><Object ObjectType="MODefinition"><Name>Valve</Name><ObjectID>31000</ObjectID>
<ObjectURN>urn:oma:lwm2m:x:31000</ObjectURN><LWM2MVersion>1.1</LWM2MVersion>
<ObjectVersion>1.0</ObjectVersion><MultipleInstances>Multiple</MultipleInstances>
<Mandatory>Optional</Mandatory><Resources>
<Item ID="1"><Name>Opening</Name><Operations>RW</Operations>
<MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory>
<Type>Integer</Type><RangeEnumeration>0..100</RangeEnumeration><Units>%</Units>
<Description>x</Description></Item></Resources></Object></LWM2M>)";
    json profile = named("valve");
    profile["objects"] = {{"/31000/0", {{"1", 101}}}};
    const std::string file = add("valve.json", profile);
    EXPECT_EQ(Invocation({"profile", "check", file}).code, ExitCode::well);
    const Invocation check({"profile", "check", file, "--objects", site.folder / "objects.d"});
    EXPECT_EQ(check.code, ExitCode::no);
    EXPECT_THAT(check.err, HasSubstr("/objects/~131000~10/1"));
}

}  // namespace
}  // namespace cli
