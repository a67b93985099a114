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

// With --config, so without a daemon.
class CliProfilePlan : public ::testing::Test {
  protected:
    Invocation plan(std::vector<std::string> more) const {
        std::vector<std::string> arguments{"profile", "plan", "--config", site.settings_file()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return Invocation(arguments);
    }
    Site site;
};

TEST_F(CliProfilePlan, ShowsEveryOperation) {
    const Invocation shown = plan({"meter", "--endpoint", "meter-1"});
    EXPECT_EQ(shown.code, ExitCode::well) << shown.err;
    for (const char* operation : {"DISCOVER /", "DELETE /", "WRITE /0/1", "WRITE /1/0", "FINISH"})
        EXPECT_THAT(shown.out, HasSubstr(operation));
}

TEST_F(CliProfilePlan, TakesWhatItIsToldOfTheDevice) {
    const Invocation shown = plan({"meter", "-e", "meter-1", "--json", "--account", "/0/1",
                                   "--content-format", "senml-json"});
    EXPECT_EQ(shown.code, ExitCode::well) << shown.err;
    const json told = json::parse(shown.out);
    EXPECT_EQ(told["operations"][2]["path"], "/0/0");
    EXPECT_EQ(told["operations"][2]["contentFormat"], 110);
}

TEST_F(CliProfilePlan, SaysNoToWhoIsUnknown) {
    const Invocation profile = plan({"gas", "-e", "meter-1"});
    EXPECT_EQ(profile.code, ExitCode::no);
    EXPECT_EQ(profile.err, "no profile \"gas\"\n");
    const Invocation device = plan({"meter", "-e", "meter-2"});
    EXPECT_EQ(device.code, ExitCode::no);
    EXPECT_EQ(device.err, "no device with endpoint \"meter-2\"\n");
}

TEST_F(CliProfilePlan, TellsWhatIsWrongInTheFiles) {
    json wrong = Site::profile();
    wrong["servers"][0]["lifetime"] = "long";
    Site::write(site.profile_file(), wrong);
    const Invocation shown = plan({"meter", "-e", "meter-1"});
    EXPECT_EQ(shown.code, ExitCode::no);
    EXPECT_THAT(shown.err, HasSubstr("/servers/0/lifetime"));
}

}  // namespace
}  // namespace cli
