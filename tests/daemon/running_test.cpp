#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/process.h"
#include "tests/daemon/site.h"
#include "tests/http/client.h"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// A device that hears and never answers.
class SilentDevice {
  public:
    SilentDevice() : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~SilentDevice() { ::close(socket_); }
    SilentDevice(const SilentDevice&) = delete;
    SilentDevice& operator=(const SilentDevice&) = delete;

    std::uint16_t port() const { return port_; }
    // The port that the next datagram came from; 0 when there is none.
    std::uint16_t heard_from() const {
        std::array<char, 2048> buffer{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        if (::recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from),
                       &size) < 0)
            return 0;
        return ntohs(from.sin_port);
    }

  private:
    int socket_;
    std::uint16_t port_ = 0;
};

class RunningDaemon : public testing::Test {
  protected:
    void start() {
        process.emplace(std::vector<std::string>{"--config", site.settings_file()});
        ASSERT_TRUE(process->logs(" ready ")) << process->err();
    }
    HttpClient http() const { return HttpClient::tcp(process->port("http")); }
    HttpClient::Response request(const std::string& method, const std::string& target,
                                 const json& body = nullptr) const {
        auto response = http().request(method, target, body.is_null() ? "" : body.dump());
        EXPECT_TRUE(response) << method << ' ' << target;
        return response.value_or(HttpClient::Response{});
    }
    HttpClient::Response attach(const json& event) const {
        return request("POST", "/v1/attachments", event);
    }
    // A session that the daemon began and that nobody answers.
    std::string unanswered_session() {
        const auto response =
            attach({{"endpoint", "meter-1"}, {"address", "127.0.0.1"}, {"port", silent.port()}});
        EXPECT_EQ(response.status, 202U) << response.body;
        EXPECT_EQ(silent.heard_from(), process->port("coap"));
        return json::parse(response.body).value("id", "");
    }

    Site site;
    SilentDevice silent;
    std::optional<Process> process;
};

TEST_F(RunningDaemon, TellsWhyAnAttachmentLeadsToNothing) {
    start();
    const auto unknown = attach({{"endpoint", "nobody"}});
    EXPECT_EQ(unknown.status, 404U);
    EXPECT_EQ(unknown.headers.at("content-type"), "application/problem+json");
    const auto wrong = attach({{"endpoint", "meter-1"}, {"port", "x"}});
    EXPECT_EQ(wrong.status, 400U);
    EXPECT_EQ(json::parse(wrong.body)["pointer"], "/port");
    EXPECT_TRUE(process->logs("attach_refused"));
}

TEST_F(RunningDaemon, ReachesADeviceFromItsListeningSocketAndShowsTheSession) {
    start();
    const std::string id = unanswered_session();
    const json session = json::parse(request("GET", "/v1/sessions/" + id).body);
    EXPECT_EQ(session["endpoint"], "meter-1");
    EXPECT_EQ(session["mode"], "server-initiated");
    EXPECT_EQ(session["state"], "reaching");
    EXPECT_TRUE(session["outcome"].is_null());
    const json list = json::parse(request("GET", "/v1/sessions?endpoint=meter-1").body);
    ASSERT_EQ(list["sessions"].size(), 1U);
    EXPECT_EQ(list["sessions"][0]["id"], id);
    EXPECT_TRUE(process->logs("session_started session=" + id));
    const json status = json::parse(request("GET", "/v1/status").body);
    EXPECT_EQ(status["sessions"]["running"], 1);
    EXPECT_EQ(status["devices"], 1);
}

TEST_F(RunningDaemon, ShowsItsProfilesAndWhatTheyWouldSend) {
    start();
    const json list = json::parse(request("GET", "/v1/profiles").body);
    ASSERT_EQ(list["profiles"].size(), 1U);
    EXPECT_EQ(list["profiles"][0]["name"], "meter");
    const json plan = json::parse(request("GET", "/v1/profiles/meter/plan?endpoint=meter-1").body);
    EXPECT_EQ(plan["operations"][2]["path"], "/0/1");
    EXPECT_EQ(request("GET", "/v1/profiles/gas/plan?endpoint=meter-1").status, 404U);
    EXPECT_EQ(request("GET", "/v1/profiles/meter/plan?endpoint=meter-2").status, 404U);
    // Nothing was sent: there is no session.
    EXPECT_TRUE(json::parse(request("GET", "/v1/sessions").body)["sessions"].empty());
}

TEST_F(RunningDaemon, CancelsASession) {
    start();
    const std::string id = unanswered_session();
    EXPECT_EQ(request("DELETE", "/v1/sessions/" + id).status, 204U);
    ASSERT_TRUE(process->logs("session_ended session=" + id)) << process->err();
    EXPECT_EQ(json::parse(request("GET", "/v1/sessions/" + id).body)["outcome"], "cancelled");
    EXPECT_EQ(request("DELETE", "/v1/sessions/" + id).status, 409U);
    EXPECT_EQ(request("DELETE", "/v1/sessions/none").status, 404U);
    const json status = json::parse(request("GET", "/v1/status").body);
    EXPECT_EQ(status["outcomes"]["cancelled"], 1);
}

TEST_F(RunningDaemon, ServesItsUnixSocketToo) {
    start();
    EXPECT_EQ(HttpClient::local(site.socket()).request("GET", "/healthz")->status, 200U);
    process->signal(SIGTERM);
    EXPECT_EQ(process->exit_code(), 0);
    EXPECT_FALSE(std::filesystem::exists(site.socket()));
}

TEST_F(RunningDaemon, HasAPortOfItsOwnForMetricsAndProbes) {
    site.settings["metrics"]["listen"] = {"127.0.0.1:0"};
    site.write_settings();
    start();
    const auto ask = [&](const std::string& method, const std::string& target) {
        const auto response = HttpClient::tcp(process->port("metrics")).request(method, target);
        EXPECT_TRUE(response) << target;
        return response.value_or(HttpClient::Response{});
    };
    EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("\nlwm2m_bootstrap_ready 1\n"));
    EXPECT_EQ(ask("GET", "/readyz").status, 200U);
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
    EXPECT_EQ(ask("GET", "/v1/status").status, 404U);
    EXPECT_EQ(ask("POST", "/v1/reload").status, 404U);
    process->signal(SIGTERM);
    EXPECT_EQ(process->exit_code(), 0);
}

TEST_F(RunningDaemon, TakesNewDevicesOnReload) {
    start();
    EXPECT_EQ(attach({{"endpoint", "meter-2"}}).status, 404U);
    Site::write(site.device_file(),
                json::array({Site::device("meter-1"), Site::device("meter-2")}));
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("reloaded profiles=1 devices=2")) << process->err();
    EXPECT_EQ(
        attach({{"endpoint", "meter-2"}, {"address", "127.0.0.1"}, {"port", silent.port()}}).status,
        202U);
}

TEST_F(RunningDaemon, KeepsWhatItHasWhenTheNewIsWrong) {
    start();
    json profile = Site::profile();
    profile["servers"][0]["uri"] = "http://192.0.2.1";
    Site::write(site.profile_file(), profile);
    Site::write(site.device_file(), json::array({Site::device("meter-2")}));
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("configuration_problem file=" + site.profile_file() +
                              " pointer=/servers/0/uri problem="))
        << process->err();
    ASSERT_TRUE(process->logs("reload_refused problems=1")) << process->err();
    EXPECT_EQ(attach({{"endpoint", "meter-2"}}).status, 404U);
    unanswered_session();  // of meter-1, which is still known

    Site::write(site.profile_file(), Site::profile());
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("reloaded profiles=1 devices=1")) << process->err();
    EXPECT_NE(attach({{"endpoint", "meter-2"}, {"address", "127.0.0.1"}}).status, 404U);
}

TEST_F(RunningDaemon, AppliesNothingWhenAChangeNeedsARestart) {
    start();
    site.settings["listen"]["coap"] = json::array();
    site.settings["log"]["level"] = "debug";
    site.write_settings();
    Site::write(site.device_file(), json::array({Site::device("meter-2")}));
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("configuration_problem file=" + site.settings_file() +
                              " pointer=/listen/coap problem=\"the change needs a restart\""))
        << process->err();
    ASSERT_TRUE(process->logs("reload_refused")) << process->err();
    EXPECT_EQ(attach({{"endpoint", "meter-2"}}).status, 404U);
    EXPECT_THAT(process->err(), Not(HasSubstr("debug http_request")));
}

TEST_F(RunningDaemon, TakesLogSettingsOnReload) {
    start();
    site.settings["log"] = {{"level", "debug"}, {"format", "json"}};
    site.write_settings();
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("\"id\":\"reloaded\"")) << process->err();
    EXPECT_THAT(process->err(), HasSubstr("\"changed\":\"/log/format /log/level\""));
    request("GET", "/healthz");
    EXPECT_TRUE(process->logs("\"level\":\"debug\",\"id\":\"http_request\"")) << process->err();
}

TEST_F(RunningDaemon, StopsAtOnceWhenNothingRuns) {
    site.settings["store"] = {{"sqlite", nullptr}};  // nothing of it outlives the daemon
    site.write_settings();
    start();
    // A trigger for a device nobody can reach yet only waits.
    EXPECT_EQ(attach({{"endpoint", "meter-1"}}).status, 202U);
    process->signal(SIGTERM);
    EXPECT_EQ(process->exit_code(), 0) << process->err();
    EXPECT_THAT(process->err(), HasSubstr("draining running=0"));
    EXPECT_THAT(process->err(), HasSubstr("outcome=interrupted"));
    EXPECT_THAT(process->err(), HasSubstr("stopped exitCode=0"));
}

TEST_F(RunningDaemon, InterruptsWhatRunsWhenTheDrainTimeIsOver) {
    site.settings["drain"]["timeout"] = 0.1;
    site.settings["store"] = {{"sqlite", nullptr}};
    site.write_settings();
    start();
    const std::string id = unanswered_session();
    process->signal(SIGINT);
    EXPECT_EQ(process->exit_code(), 0) << process->err();
    EXPECT_THAT(process->err(), HasSubstr("draining running=1"));
    EXPECT_THAT(process->err(),
                HasSubstr("session_ended session=" + id + " endpoint=meter-1 outcome=interrupted"));
}

TEST_F(RunningDaemon, IsNotReadyWhileItDrainsAndEndsAtASecondSignal) {
    start();
    const std::string id = unanswered_session();
    HttpClient client = http();
    EXPECT_EQ(client.request("GET", "/readyz")->status, 200U);
    process->signal(SIGTERM);
    ASSERT_TRUE(process->logs("draining running=1")) << process->err();
    EXPECT_EQ(client.request("GET", "/readyz")->status, 503U);
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
    EXPECT_EQ(attach({{"endpoint", "meter-1"}}).status, 503U);
    EXPECT_EQ(json::parse(request("GET", "/v1/sessions/" + id).body)["state"], "reaching");
    process->signal(SIGTERM);
    EXPECT_EQ(process->exit_code(), 0) << process->err();
}

TEST_F(RunningDaemon, WaitsForTheLastSessionAndThenStops) {
    start();
    const std::string id = unanswered_session();
    process->signal(SIGTERM);
    ASSERT_TRUE(process->logs("draining running=1")) << process->err();
    EXPECT_EQ(request("DELETE", "/v1/sessions/" + id).status, 204U);
    EXPECT_EQ(process->exit_code(), 0) << process->err();
    EXPECT_THAT(process->err(), HasSubstr("outcome=cancelled"));
}

TEST_F(RunningDaemon, GoesOnWithItsTriggersAfterARestart) {
    start();
    const auto attached = attach({{"endpoint", "meter-1"}, {"id", "e1"}});
    ASSERT_EQ(attached.status, 202U);
    const std::string id = json::parse(attached.body)["id"];
    process->signal(SIGTERM);
    EXPECT_EQ(process->exit_code(), 0) << process->err();
    EXPECT_THAT(process->err(), Not(HasSubstr("session_ended")));
    start();
    EXPECT_TRUE(process->logs("triggers_restored triggers=1")) << process->err();
    // The event is known, under the session that it led to.
    const auto again = attach({{"endpoint", "meter-1"}, {"id", "e1"}});
    EXPECT_EQ(again.status, 202U);
    EXPECT_EQ(json::parse(again.body)["id"], id);
    const json session = json::parse(request("GET", "/v1/sessions/" + id).body);
    EXPECT_EQ(session["state"], "waiting");
    EXPECT_EQ(session["triggered"], true);
    EXPECT_EQ(request("DELETE", "/v1/sessions/" + id).status, 204U);
    EXPECT_EQ(json::parse(request("GET", "/v1/sessions/" + id).body)["outcome"], "cancelled");
}

TEST_F(RunningDaemon, TellsAReplayFromAnotherDevicesEventOfTheSameId) {
    Site::write(site.device_file(),
                json::array({Site::device("meter-1"), Site::device("meter-2")}));
    start();
    const auto id_of = [&](const char* endpoint) {
        return json::parse(attach({{"endpoint", endpoint}, {"id", 1}}).body).value("id", "");
    };
    const std::string first = id_of("meter-1");
    EXPECT_NE(id_of("meter-2"), first);
    EXPECT_EQ(request("DELETE", "/v1/sessions/" + first).status, 204U);
    EXPECT_EQ(id_of("meter-1"), first);  // told again after its end: nothing new
}

TEST_F(RunningDaemon, KeepsDevicesProfilesAndSessionsOverARestart) {
    start();
    json profile = Site::profile();
    profile["name"] = "made";
    EXPECT_EQ(request("PUT", "/v1/profiles/made", profile).status, 201U);
    json device = Site::device("made-1");
    device["profile"] = "made";
    EXPECT_EQ(request("PUT", "/v1/devices/made-1", device).status, 201U);
    const std::string id = unanswered_session();
    EXPECT_EQ(request("DELETE", "/v1/sessions/" + id).status, 204U);
    EXPECT_EQ(request("GET", "/v1/sessions/" + id).status, 200U);
    process->signal(SIGTERM);
    EXPECT_EQ(process->exit_code(), 0) << process->err();
    start();
    EXPECT_EQ(request("GET", "/v1/profiles/made").status, 200U);
    EXPECT_EQ(json::parse(request("GET", "/v1/devices/made-1").body)["profile"], "made");
    EXPECT_EQ(json::parse(request("GET", "/v1/sessions/" + id).body)["outcome"], "cancelled");
    // What a file declares is changed there.
    const auto refused = request("PUT", "/v1/devices/meter-1", Site::device("meter-1"));
    EXPECT_EQ(refused.status, 409U);
    EXPECT_THAT(refused.body, HasSubstr("meters.json"));
}

TEST_F(RunningDaemon, LetsNobodyWaitForADeviceThatWasRemoved) {
    start();
    EXPECT_EQ(request("PUT", "/v1/devices/mine", Site::device("mine")).status, 201U);
    const auto attached = attach({{"endpoint", "mine"}});
    ASSERT_EQ(attached.status, 202U);
    EXPECT_EQ(request("DELETE", "/v1/devices/mine").status, 204U);
    EXPECT_TRUE(process->logs("outcome=cancelled cause=\"the device's record is there no more\""))
        << process->err();
}

TEST_F(RunningDaemon, DisablesADeviceThatItsFileDeclaresNoMore) {
    start();
    Site::write(site.device_file(), json::array({Site::device("meter-2")}));
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("reloaded ")) << process->err();
    EXPECT_EQ(json::parse(request("GET", "/v1/devices/meter-1").body)["disabled"], true);
    EXPECT_EQ(attach({{"endpoint", "meter-1"}}).status, 404U);
    EXPECT_EQ(attach({{"endpoint", "meter-2"}}).status, 202U);
}

TEST_F(RunningDaemon, RefusesADeviceFileThatClashesWithTheApi) {
    start();
    EXPECT_EQ(request("PUT", "/v1/devices/mine", Site::device("mine")).status, 201U);
    Site::write(site.device_file(), json::array({Site::device("meter-1"), Site::device("mine")}));
    process->signal(SIGHUP);
    ASSERT_TRUE(process->logs("reload_refused")) << process->err();
    EXPECT_THAT(process->err(), HasSubstr("pointer=/1/endpoint"));
    EXPECT_EQ(json::parse(request("GET", "/v1/devices/mine").body)["file"], "");
}

}  // namespace
