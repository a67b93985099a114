#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/process.h"
#include "tests/daemon/site.h"
#include "tests/http/client.h"

namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A socket of somebody else on a port of 127.0.0.1.
class Squatter {
  public:
    explicit Squatter(int type) : socket_(::socket(AF_INET, type, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_, generic, size), 0);
        if (type == SOCK_STREAM) {
            EXPECT_EQ(::listen(socket_, 1), 0);
        }
        EXPECT_EQ(::getsockname(socket_, generic, &size), 0);
        address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    ~Squatter() { ::close(socket_); }
    Squatter(const Squatter&) = delete;
    Squatter& operator=(const Squatter&) = delete;
    const std::string& address() const { return address_; }

  private:
    int socket_;
    std::string address_;
};

class DaemonStartup : public testing::Test {
  protected:
    // Expects it to end by itself with the code, and returns what it said.
    std::string refused(int code, std::vector<std::string> arguments) {
        Process process(std::move(arguments));
        EXPECT_EQ(process.exit_code(), code) << process.err();
        EXPECT_EQ(process.out(), "");
        return process.err();
    }
    std::string refused(int code) { return refused(code, {"--config", site.settings_file()}); }

    Site site;
};

TEST_F(DaemonStartup, TellsItsVersionAndItsUsage) {
    Process version({"--version"});
    EXPECT_EQ(version.exit_code(), 0);
    EXPECT_THAT(version.out(), StartsWith("lwm2m-bootstrapd "));
    Process help({"--help"});
    EXPECT_EQ(help.exit_code(), 0);
    EXPECT_THAT(help.out(),
                AllOf(HasSubstr("--config"), HasSubstr("--check"), HasSubstr("--print-config")));
    EXPECT_THAT(refused(2, {"--konfig", "x"}), HasSubstr("--konfig"));
    EXPECT_THAT(refused(2, {"--config"}), HasSubstr("--config"));
}

TEST_F(DaemonStartup, ChecksWithoutListening) {
    Process check({"--config", site.settings_file(), "--check"});
    EXPECT_EQ(check.exit_code(), 0);
    EXPECT_THAT(check.out(), HasSubstr("1 profiles and 1 devices"));
    EXPECT_EQ(check.err(), "");
    EXPECT_FALSE(std::filesystem::exists(site.socket()));
    site.settings["shards"] = 0;
    site.write_settings();
    EXPECT_THAT(refused(2, {"--config", site.settings_file(), "--check"}), HasSubstr("/shards"));
}

TEST_F(DaemonStartup, PrintsSettingsThatItTakesAgain) {
    Process print({"--config", site.settings_file(), "--print-config"});
    EXPECT_EQ(print.exit_code(), 0);
    const json printed = json::parse(print.out());
    EXPECT_EQ(printed["drain"]["timeout"], 60.0);
    EXPECT_EQ(printed["listen"]["coap"], json({"127.0.0.1:0"}));
    site.settings = printed;
    site.write_settings();
    Process again({"--config", site.settings_file(), "--print-config"});
    EXPECT_EQ(again.exit_code(), 0);
    EXPECT_EQ(json::parse(again.out()), printed);
}

TEST_F(DaemonStartup, NamesAMissingSettingsFile) {
    const std::string file = site.folder / "absent.json";
    EXPECT_THAT(refused(2, {"--config", file}), StartsWith(file + ": "));
}

TEST_F(DaemonStartup, NamesEveryWrongSettingByItsPointer) {
    site.settings["limits"]["sessions"] = "many";
    site.settings["sesion"] = json::object();
    site.settings["listen"]["coap"] = {"localhost"};
    site.write_settings();
    const std::string said = refused(2);
    const std::string file = site.settings_file();
    EXPECT_THAT(said, HasSubstr(file + ": /limits/sessions: "));
    EXPECT_THAT(said, HasSubstr(file + ": /sesion: "));
    EXPECT_THAT(said, HasSubstr(file + ": /listen/coap/0: "));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 3);
}

TEST_F(DaemonStartup, NamesAProfileThatTheTransmissionLeavesNoTimeFor) {
    // MAX_TRANSMIT_SPAN 10·15·1.5 = 225 s, with MAX_LATENCY 100 s more than the device's 247 s.
    site.settings["transmission"]["ackTimeout"] = 10;
    site.write_settings();
    EXPECT_THAT(refused(2), AllOf(StartsWith(site.profile_file() + ": /deviceExchangeLifetime: "),
                                  HasSubstr("325 seconds")));
    json profile = Site::profile();
    profile["deviceExchangeLifetime"] = 326;
    Site::write(site.profile_file(), profile);
    Process check({"--config", site.settings_file(), "--check"});
    EXPECT_EQ(check.exit_code(), 0);
}

TEST_F(DaemonStartup, NamesSettingsThatAreNoJson) {
    std::ofstream(site.settings_file()) << "{ \"listen\": }";
    EXPECT_THAT(refused(2), StartsWith(site.settings_file() + ": "));
}

TEST_F(DaemonStartup, NamesACipherSuiteThatOpenSslDoesNotKnow) {
    site.settings["dtls"]["cipherSuites"] = {"PSK-AES128-CCM9"};
    site.write_settings();
    EXPECT_THAT(refused(2), AllOf(HasSubstr(site.settings_file() + ": /dtls/cipherSuites"),
                                  HasSubstr("PSK-AES128-CCM9")));
}

TEST_F(DaemonStartup, NamesAWrongProfileAndAWrongDeviceTogether) {
    json profile = Site::profile();
    profile["servers"][0]["uri"] = "http://192.0.2.1";
    Site::write(site.profile_file(), profile);
    json device = Site::device("meter-1");
    device["endpoint"] = "";
    Site::write(site.device_file(), json::array({Site::device("meter-0"), device}));
    const std::string said = refused(2);
    EXPECT_THAT(said, HasSubstr(site.profile_file() + ": /servers/0/uri: "));
    EXPECT_THAT(said, HasSubstr(site.device_file() + ": /1/endpoint: "));
}

TEST_F(DaemonStartup, NamesAFolderThatItCannotRead) {
    const std::string profiles = site.folder / "profiles.d";
    std::filesystem::remove_all(profiles);
    EXPECT_THAT(refused(2), HasSubstr(profiles));
    std::ofstream(profiles) << "a file";
    EXPECT_THAT(refused(2), HasSubstr(profiles));
    if (::geteuid() == 0) return;  // root may read everything
    std::filesystem::remove(profiles);
    std::filesystem::create_directory(profiles);
    std::filesystem::permissions(profiles, std::filesystem::perms::none);
    EXPECT_THAT(refused(2), HasSubstr(profiles));
    std::filesystem::permissions(profiles, std::filesystem::perms::owner_all);
}

TEST_F(DaemonStartup, NamesAPortThatSomebodyElseHas) {
    const Squatter udp(SOCK_DGRAM);
    const Squatter tcp(SOCK_STREAM);
    const json listen = site.settings["listen"];
    for (const auto* section : {"coap", "coaps"}) {
        site.settings["listen"] = listen;
        site.settings["listen"][section] = {"127.0.0.1:0", udp.address()};
        site.write_settings();
        EXPECT_THAT(refused(1),
                    AllOf(HasSubstr(site.settings_file() + ": /listen/" + section + "/1: "),
                          HasSubstr(udp.address()), HasSubstr("choose another")));
    }
    site.settings["listen"] = listen;
    site.settings["http"]["listen"] = {tcp.address()};
    site.write_settings();
    EXPECT_THAT(refused(1), AllOf(HasSubstr(site.settings_file() + ": /http/listen/0: "),
                                  HasSubstr(tcp.address()), HasSubstr("choose another")));
}

// SO_REUSEPORT would let a second daemon of the same user share the sockets without a word.
TEST_F(DaemonStartup, NamesAPortThatASecondInstanceHas) {
    Process first({"--config", site.settings_file()});
    ASSERT_TRUE(first.logs(" ready ")) << first.err();
    const auto address = [&](const char* service) {
        return "127.0.0.1:" + std::to_string(first.port(service));
    };
    site.settings["store"] = {{"sqlite", nullptr}};  // the first one has the file
    const json free = site.settings;
    for (const auto* service : {"coap", "coaps"}) {
        site.settings = free;
        site.settings["listen"][service] = {address(service)};
        site.settings["http"] = json::object();
        site.write_settings();
        EXPECT_THAT(refused(1),
                    AllOf(HasSubstr(site.settings_file() + ": /listen/" + service + "/0: "),
                          HasSubstr(address(service)), HasSubstr("choose another")));
    }
    site.settings = free;
    site.settings["http"] = {{"listen", {address("http")}}};
    site.write_settings();
    EXPECT_THAT(refused(1), AllOf(HasSubstr("/http/listen/0: "), HasSubstr(address("http"))));
    site.settings["http"] = {{"socket", "control.sock"}};
    site.write_settings();
    EXPECT_THAT(refused(1), AllOf(HasSubstr("/http/socket: "), HasSubstr(site.socket())));
    // The first one has come to no harm.
    EXPECT_EQ(HttpClient::local(site.socket()).request("GET", "/readyz")->status, 200U);
}

TEST_F(DaemonStartup, SharesItsDatabaseWithNoSecondInstance) {
    Process first({"--config", site.settings_file()});
    ASSERT_TRUE(first.logs(" ready ")) << first.err();
    EXPECT_THAT(refused(1), AllOf(HasSubstr(site.settings_file() + ": /store/sqlite: "),
                                  HasSubstr("in use by another lwm2m-bootstrapd")));
}

TEST_F(DaemonStartup, DoesNotMakeAnotherKeyForADatabaseThatHasOne) {
    const std::filesystem::path key = site.folder / "lwm2m-bootstrapd.db.key";
    {
        Process first({"--config", site.settings_file()});
        ASSERT_TRUE(first.logs("master_key_made")) << first.err();
        ASSERT_TRUE(first.logs(" ready ")) << first.err();
        first.signal(SIGTERM);
        EXPECT_EQ(first.exit_code(), 0);
    }
    const std::filesystem::path away = site.folder / "away";
    std::filesystem::rename(key, away);
    EXPECT_THAT(refused(1), AllOf(HasSubstr("/store/masterKey: "), HasSubstr("bring it back")));
    Site::write(key, "x");
    EXPECT_THAT(refused(1), HasSubstr("/store/masterKey: "));
    std::filesystem::rename(away, key);
    Process again({"--config", site.settings_file()});
    EXPECT_TRUE(again.logs(" ready ")) << again.err();
}

TEST_F(DaemonStartup, TellsWhereItListensAndThatNobodyIsAskedWhoHeIs) {
    site.settings["log"]["format"] = "json";
    site.write_settings();
    Process process({"--config", site.settings_file()});
    ASSERT_TRUE(process.logs("\"id\":\"ready\"")) << process.err();
    EXPECT_THAT(process.err(), HasSubstr("\"level\":\"warning\",\"id\":\"http_unauthenticated\""));
    EXPECT_THAT(process.err(), HasSubstr("\"service\":\"coaps\",\"address\":\"127.0.0.1:"));
    EXPECT_THAT(process.err(), HasSubstr("\"address\":\"" + site.socket() + "\""));
}

}  // namespace
