#include "config/settings.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Read {
    std::optional<Settings> settings;
    document::Problems problems;
    std::vector<std::string> pointers() const {
        std::vector<std::string> result;
        for (const auto& problem : problems) result.push_back(problem.pointer);
        return result;
    }
    std::string told() const {
        std::string all;
        for (const auto& problem : problems) all += document::to_string(problem) + "\n";
        return all;
    }
};

Read read(std::string_view text) {
    Read result;
    result.settings = parse_settings(text, "s.json", "/etc/b", result.problems);
    return result;
}

// The settings with what every file needs, and one section more.
std::string with(const std::string& section) {
    return R"({"listen": {"coaps": ["127.0.0.1:5684"]}, )" + section + "}";
}

TEST(Settings, HaveADefaultForAllButWhatIsListenedOn) {
    const Read result = read(R"({"listen": {"coaps": ["0.0.0.0:5684", "[::]:5684"]}})");
    ASSERT_TRUE(result.settings) << result.told();
    const Settings& settings = *result.settings;
    EXPECT_THAT(settings.listen.coap, IsEmpty());
    EXPECT_THAT(settings.listen.coaps, ElementsAre("0.0.0.0:5684", "[::]:5684"));
    EXPECT_EQ(settings.provisioning.profiles, "/etc/b/profiles.d");
    EXPECT_EQ(settings.provisioning.devices, "/etc/b/devices.d");
    EXPECT_TRUE(settings.provisioning.objects.empty());
    EXPECT_EQ(settings.shards, 0U);
    EXPECT_EQ(settings.session.deadline, 600);
    EXPECT_EQ(settings.transmission.ack_timeout, 2.0);
    EXPECT_EQ(settings.transmission.max_retransmit, 4U);
    EXPECT_EQ(settings.limits.associations, 20000U);
    EXPECT_TRUE(settings.http.socket.empty());
}

TEST(Settings, ReadWhatTheOperatorsGuideShows) {
    const Read result = read(R"({
      "$schema": "https://example.org/settings.schema.json",
      "listen":  { "coap": ["127.0.0.1:5683"], "coaps": ["0.0.0.0:5684", "[::]:5684"] },
      "http":    { "listen": ["127.0.0.1:8443", "[::1]:8443"], "socket": "/run/b/control.sock",
                   "authentication": "none" },
      "provisioning": { "profiles": "p", "devices": "/var/d", "objects": "ddf" },
      "store":   { "sqlite": "b.db" },
      "shards":  3,
      "session": { "deadline": 60, "attachWindow": 360, "settle": 0.5 },
      "transmission": { "ackTimeout": 0.25, "ackRandomFactor": 1.25, "maxRetransmit": 2,
                        "maxLatency": 10 },
      "dtls":    { "cipherSuites": ["PSK-AES128-CCM8"], "mtu": 1200 },
      "limits":  { "sessions": 7, "halfOpen": 8, "datagramsPerSecondPerPeer": 9,
                   "associationIdle": 10, "traces": 2 },
      "drain":   { "timeout": 6 },
      "log":     { "level": "debug", "format": "json" }
    })");
    ASSERT_TRUE(result.settings) << result.told();
    const Settings& settings = *result.settings;
    EXPECT_EQ(settings.http.socket, "/run/b/control.sock");
    EXPECT_EQ(settings.provisioning.profiles, "/etc/b/p");
    EXPECT_EQ(settings.provisioning.devices, "/var/d");
    EXPECT_EQ(settings.provisioning.objects, "/etc/b/ddf");
    EXPECT_EQ(settings.store.sqlite, "/etc/b/b.db");
    EXPECT_EQ(settings.shards, 3U);
    EXPECT_EQ(settings.session.settle, 0.5);
    EXPECT_EQ(settings.transmission.max_latency, 10);
    EXPECT_THAT(settings.dtls.cipher_suites, ElementsAre("PSK-AES128-CCM8"));
    EXPECT_EQ(settings.dtls.mtu, 1200U);
    EXPECT_EQ(settings.limits.datagrams_per_second_per_peer, 9U);
    EXPECT_EQ(settings.limits.traces, 2U);
    EXPECT_EQ(settings.log.level, LogLevel::debug);
    EXPECT_EQ(settings.log.format, LogFormat::json);
}

TEST(Settings, PointAtWhatIsWrong) {
    struct Case {
        std::string text, pointer, message;
    };
    const std::vector<Case> cases = {
        {"[]", "", "is an array"},
        {"{}", "/listen", "nothing to listen on"},
        {R"({"listen": {}})", "/listen", "nothing to listen on"},
        {R"({"listen": {"coap": [], "coaps": []}})", "/listen", "nothing to listen on"},
        {R"({"listen": []})", "/listen", "is an array"},
        {R"({"listen": {"coap": "127.0.0.1:1"}})", "/listen/coap", "is a text"},
        {R"({"listen": {"coap": [1]}})", "/listen/coap/0", "is a whole number"},
        {R"({"listen": {"coap": ["localhost:5683"]}})", "/listen/coap/0", "no address"},
        {R"({"listen": {"coap": ["127.0.0.1"]}})", "/listen/coap/0", "no address"},
        {R"({"listen": {"coap": ["::1:5683"]}})", "/listen/coap/0", "no address"},
        {R"({"listen": {"coap": ["127.0.0.1:65536"]}})", "/listen/coap/0", "no address"},
        {R"({"listen": {"coap": ["127.0.0.1\u0000:5683"]}})", "/listen/coap/0", "no address"},
        {R"({"listen": {"coap": ["127.0.0.1:1", "127.0.0.1:1"]}})", "/listen/coap/1",
         "same address as /listen/coap/0"},
        {R"({"listen": {"coap": ["[::1]:1"], "coaps": ["[0:0:0::1]:1"]}})", "/listen/coaps/0",
         "same address as /listen/coap/0"},
        {R"({"listen": {"coapz": ["127.0.0.1:1"], "coap": ["127.0.0.1:1"]}})", "/listen/coapz",
         "not a key"},
        {with(R"("htpp": {})"), "/htpp", "not a key"},
        {with(R"("http": {"listen": ["0.0.0.0:80"]})"), "/http/listen/0", "loopback"},
        {with(R"("http": {"listen": ["[::]:80"]})"), "/http/listen/0", "loopback"},
        {with(R"("http": {"listen": ["127.0.0.1:80", "127.0.0.1:80"]})"), "/http/listen/1",
         "same address"},
        {with(R"("http": {"authentication": "bearer"})"), "/http/authentication",
         "none of the words"},
        {with(R"("http": {"maxBody": 1})"), "/http/maxBody", "out of range"},
        {with(R"("http": {"socket": ""})"), "/http/socket", "no path"},
        {with(R"("metrics": {"listen": ["localhost:9684"]})"), "/metrics/listen/0", "no address"},
        {with(R"("metrics": {"port": 9684})"), "/metrics/port", "not a key"},
        {with(R"("http": {"listen": ["127.0.0.1:80"]}, "metrics": {"listen": ["127.0.0.1:80"]})"),
         "/metrics/listen/0", "same address as /http/listen/0"},
        {with(R"("provisioning": {"profiles": 1})"), "/provisioning/profiles", "whole number"},
        {with(R"("provisioning": {"objects": ""})"), "/provisioning/objects", "no path"},
        {with(R"("provisioning": {"profile": "x"})"), "/provisioning/profile", "not a key"},
        {with(R"("store": {"postgres": "x"})"), "/store/postgres", "not a key"},
        {with(R"("shards": 0)"), "/shards", "out of range"},
        {with(R"("shards": 257)"), "/shards", "out of range"},
        {with(R"("shards": "many")"), "/shards", "no number of shards"},
        {with(R"("shards": 1.5)"), "/shards", "no number of shards"},
        {with(R"("session": {"deadline": 0})"), "/session/deadline", "out of range"},
        {with(R"("transmission": {"ackRandomFactor": 0.9})"), "/transmission/ackRandomFactor",
         "out of range"},
        {with(R"("transmission": {"maxRetransmit": 2.5})"), "/transmission/maxRetransmit",
         "fractional"},
        {with(R"("dtls": {"cipherSuites": ["PSK-AES128-CCM8:@SECLEVEL=0"]})"),
         "/dtls/cipherSuites/0", "no name of a cipher suite"},
        {with(R"("dtls": {"cipherSuites": ["A", "A"]})"), "/dtls/cipherSuites/1", "twice"},
        {with(R"("dtls": {"mtu": 100})"), "/dtls/mtu", "out of range"},
        {with(R"("limits": {"sessions": 0})"), "/limits/sessions", "out of range"},
        {with(R"("limits": {"sessions": 1, "sessions": 2})"), "/limits/sessions", "twice"},
        {with(R"("drain": {"timeout": "60"})"), "/drain/timeout", "is a text"},
        {with(R"("log": {"level": "chatty"})"), "/log/level", "none of the words"},
        {with(R"("log": {"format": "xml"})"), "/log/format", "none of the words"},
    };
    for (const Case& each : cases) {
        const Read result = read(each.text);
        EXPECT_FALSE(result.settings) << each.text;
        ASSERT_EQ(result.problems.size(), 1U) << each.text << "\n" << result.told();
        EXPECT_EQ(result.problems[0].file, "s.json");
        EXPECT_EQ(result.problems[0].pointer, each.pointer) << each.text;
        EXPECT_THAT(result.problems[0].message, HasSubstr(each.message)) << each.text;
        EXPECT_FALSE(result.problems[0].remedy.empty()) << each.text;
    }
}

TEST(Settings, TellAllProblemsAtOnce) {
    const Read result = read(R"({
      "listen": { "coap": ["nowhere"], "coaps": ["127.0.0.1:99999"] },
      "http": { "listen": ["192.0.2.1:80"], "authentication": "basic", "port": 1 },
      "shards": -1, "log": { "level": 3 }, "sesion": {}, "drain": { "timeout": -1 }
    })");
    EXPECT_FALSE(result.settings);
    EXPECT_THAT(result.pointers(),
                UnorderedElementsAre("/listen/coap/0", "/listen/coaps/0", "/http/listen/0",
                                     "/http/authentication", "/http/port", "/shards", "/log/level",
                                     "/sesion", "/drain/timeout"))
        << result.told();
}

TEST(Settings, AcceptAnyFreePortMoreThanOnce) {
    EXPECT_TRUE(
        read(R"({"listen": {"coap": ["127.0.0.1:0"], "coaps": ["127.0.0.1:0"]}})").settings);
}

TEST(Settings, ArePrintedSoThatTheyCanBeReadAgain) {
    const Read first = read(with(
        R"("http": {"listen": ["127.0.0.1:8443"], "socket": "control.sock", "maxBody": 2048},
           "metrics": {"listen": ["0.0.0.0:9684"]},
           "provisioning": {"objects": "ddf"},
           "shards": 2, "session": {"settle": 0.25}, "dtls": {"cipherSuites": ["A-B", "C"]},
           "limits": {"handOverQueue": 5}, "log": {"level": "warning"})"));
    ASSERT_TRUE(first.settings) << first.told();
    const std::string printed = print_settings(*first.settings);
    const Read second = read(printed);
    ASSERT_TRUE(second.settings) << second.told() << printed;
    EXPECT_EQ(print_settings(*second.settings), printed);
    EXPECT_THAT(needs_restart(*first.settings, *second.settings), IsEmpty());
    EXPECT_EQ(second.settings->limits.hand_over_queue, 5U);
    EXPECT_EQ(second.settings->http.socket, "/etc/b/control.sock");
    EXPECT_THAT(second.settings->metrics.listen, ElementsAre("0.0.0.0:9684"));
    EXPECT_EQ(second.settings->provisioning.objects, "/etc/b/ddf");
    EXPECT_EQ(second.settings->dtls.cipher_suites, first.settings->dtls.cipher_suites);
    EXPECT_EQ(second.settings->log.level, LogLevel::warning);
    // Every section, and null where there is none.
    EXPECT_THAT(print_settings(Settings{}), HasSubstr("\"socket\": null"));
    EXPECT_THAT(print_settings(Settings{}), HasSubstr("\"shards\": \"auto\""));
}

TEST(Settings, TellWhatNeedsARestart) {
    Settings running;
    running.listen.coap = {"127.0.0.1:1"};
    Settings wanted = running;
    wanted.limits.sessions = 1;
    wanted.limits.association_idle = 1;
    wanted.log.level = LogLevel::error;
    wanted.session.attach_window = 1;
    wanted.provisioning.profiles = "/elsewhere";
    wanted.provisioning.objects = "/ddf";
    wanted.drain.timeout = 1;
    EXPECT_THAT(needs_restart(running, wanted), IsEmpty());
    wanted.listen.coap = {"127.0.0.1:2"};
    wanted.listen.coaps = {"127.0.0.1:3"};
    wanted.http.listen = {"127.0.0.1:4"};
    wanted.http.socket = "/s";
    wanted.metrics.listen = {"127.0.0.1:5"};
    wanted.store.sqlite = "/d";
    wanted.shards = 2;
    wanted.transmission.ack_timeout = 1;
    wanted.dtls.mtu = 500;
    EXPECT_THAT(needs_restart(running, wanted),
                UnorderedElementsAre("/listen/coap", "/listen/coaps", "/http/listen",
                                     "/http/socket", "/metrics/listen", "/store/sqlite", "/shards",
                                     "/transmission/ackTimeout", "/dtls/mtu"));
}

// A file with a log section of its own, and an environment that is as it was afterwards.
class SettingsOfTheEnvironment : public testing::Test {
  protected:
    SettingsOfTheEnvironment() {
        std::ofstream(file) << with(R"("log": {"level": "error", "format": "text"})");
    }
    ~SettingsOfTheEnvironment() override {
        ::unsetenv("LWM2M_BOOTSTRAPD_LOG_LEVEL");
        ::unsetenv("LWM2M_BOOTSTRAPD_LOG_FORMAT");
        std::filesystem::remove(file);
    }
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("settings-" + std::to_string(::getpid()));
    document::Problems problems;
};

TEST_F(SettingsOfTheEnvironment, CountBeforeTheFilesLog) {
    ::setenv("LWM2M_BOOTSTRAPD_LOG_LEVEL", "debug", 1);
    ::setenv("LWM2M_BOOTSTRAPD_LOG_FORMAT", "", 1);
    const auto first = load_settings(file, problems);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->log.level, LogLevel::debug);
    EXPECT_EQ(first->log.format, LogFormat::text);
    ::unsetenv("LWM2M_BOOTSTRAPD_LOG_LEVEL");
    ::setenv("LWM2M_BOOTSTRAPD_LOG_FORMAT", "json", 1);
    const auto second = load_settings(file, problems);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->log.level, LogLevel::error);
    EXPECT_EQ(second->log.format, LogFormat::json);
}

TEST_F(SettingsOfTheEnvironment, AreNamedWhereTheyAreWrong) {
    ::setenv("LWM2M_BOOTSTRAPD_LOG_LEVEL", "chatty", 1);
    ::setenv("LWM2M_BOOTSTRAPD_LOG_FORMAT", "xml", 1);
    EXPECT_FALSE(load_settings(file, problems));
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(to_string(problems[0]),
              "environment: LWM2M_BOOTSTRAPD_LOG_LEVEL: is not one of trace, debug, info, warning, "
              "error; set it to one, or unset it");
    EXPECT_EQ(problems[1].pointer, "LWM2M_BOOTSTRAPD_LOG_FORMAT");
}

TEST(Settings, OfAFileThatIsNotThereNameTheFile) {
    document::Problems problems;
    EXPECT_FALSE(load_settings("/nowhere/s.json", problems));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].file, "/nowhere/s.json");
}

}  // namespace
}  // namespace config
