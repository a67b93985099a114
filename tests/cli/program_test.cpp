#include <cstdlib>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/process.h"
#include "tests/daemon/site.h"

namespace {

using nlohmann::json;
using testing::HasSubstr;

// The program as it is installed, against the daemon as it is installed.
class CliProgram : public testing::Test {
  protected:
    void start_daemon() {
        daemon.emplace(std::vector<std::string>{"--config", site.settings_file()});
        ASSERT_TRUE(daemon->logs(" ready ")) << daemon->err();
    }
    struct Ended {
        int code;
        std::string out, err;
    };
    static Ended run(std::vector<std::string> arguments) {
        Process process(BOOTSTRAPCTL_EXECUTABLE, std::move(arguments));
        const auto code = process.exit_code();
        EXPECT_TRUE(code) << "it did not end";
        return {code.value_or(-1), process.out(), process.err()};
    }

    Site site;
    std::optional<Process> daemon;
};

TEST_F(CliProgram, AsksTheDaemonForAPlan) {
    start_daemon();
    const Ended text =
        run({"profile", "plan", "meter", "--endpoint", "meter-1", "--socket", site.socket()});
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("WRITE /0/1"));
    const Ended as_json = run({"profile", "plan", "meter", "-e", "meter-1", "--json", "--account",
                               "/0/1", "--socket", site.socket()});
    EXPECT_EQ(as_json.code, 0) << as_json.err;
    EXPECT_EQ(json::parse(as_json.out)["operations"][2]["path"], "/0/0");
}

TEST_F(CliProgram, GivesWithoutADaemonWhatTheDaemonGives) {
    start_daemon();
    const Ended asked =
        run({"profile", "plan", "meter", "-e", "meter-1", "--json", "--socket", site.socket()});
    const Ended read = run(
        {"profile", "plan", "meter", "-e", "meter-1", "--json", "--config", site.settings_file()});
    EXPECT_EQ(asked.out, read.out);
    EXPECT_FALSE(asked.out.empty());
}

TEST_F(CliProgram, SaysWhatTheDaemonRefuses) {
    start_daemon();
    const Ended profile =
        run({"profile", "plan", "gas/1", "-e", "meter-1", "--socket", site.socket()});
    EXPECT_EQ(profile.code, 1);
    EXPECT_EQ(profile.err, "no profile \"gas/1\"\n");
    const Ended device =
        run({"profile", "plan", "meter", "-e", "a&b=c", "--socket", site.socket()});
    EXPECT_EQ(device.code, 1);
    EXPECT_EQ(device.err, "no device with endpoint \"a&b=c\"\n");
}

TEST_F(CliProgram, FindsTheSocketInTheEnvironment) {
    start_daemon();
    ASSERT_EQ(::setenv("LWM2M_BOOTSTRAPD_SOCKET", site.socket().c_str(), 1), 0);
    const Ended shown = run({"profile", "plan", "meter", "-e", "meter-1"});
    ::unsetenv("LWM2M_BOOTSTRAPD_SOCKET");
    EXPECT_EQ(shown.code, 0) << shown.err;
}

TEST_F(CliProgram, ExitsWithThreeWhenNoDaemonAnswers) {
    const Ended nobody =
        run({"profile", "plan", "meter", "-e", "meter-1", "--socket", site.socket()});
    EXPECT_EQ(nobody.code, 3);
    EXPECT_THAT(nobody.err, HasSubstr(site.socket()));
}

TEST_F(CliProgram, HasTheExitCodesThatScriptsTrust) {
    EXPECT_EQ(run({"--version"}).code, 0);
    EXPECT_EQ(run({"profile", "check", site.profile_file()}).code, 0);
    EXPECT_EQ(run({"profile", "check", site.settings_file()}).code, 1);
    EXPECT_EQ(run({"decode", "40010001f0"}).code, 1);
    EXPECT_EQ(run({"decode", "--no-such-option"}).code, 2);
}

}  // namespace
