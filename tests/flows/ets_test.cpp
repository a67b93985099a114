// The bootstrap cases of the OMA Enabler Test Specification as far as they concern a server, under
// their ids. The device begins as its C.13 has it, with the Bootstrap-Server's account in /0/1 and,
// where nothing else is said, an account of an old server.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/flows/one_session.h"
#include "tests/support/clients.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using bootstrap::Outcome;
using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;

std::string hex(std::string_view text) {
    return wire::to_hex(wire::as_bytes(text));
}

DeviceSetup setup(std::string_view profile, bool secured = true) {
    DeviceSetup made;
    made.profile = support::profile_of(profile);
    made.secured = secured;
    made.weather = support::fair_weather();
    made.habits.account = 1;
    made.habits.other_queries = {};
    made.habits.checks_consistency = true;
    return made;
}

// PUT /0, PUT /1, Discover, Finish of the procedure.
std::string int_0(const char* enabler, const char* format) {
    return std::string(R"({"name": "ets", "enabler": ")") + enabler + R"(", "contentFormat": ")" +
           format + R"(",
        "operations": [{"delete": "/"}, {"write": "everything"}, {"discover": "/"}],
        "servers": [{
            "shortServerId": 1, "securityInstance": 0, "serverInstance": 0,
            "uri": "coaps://server.example.com:5684",
            "security": {"mode": "psk", "identity": "text:client-1", "key": "0001020304050607"},
            "lifetime": 86400, "binding": "U", "notificationStoring": true}]})";
}
support::Contents int_0_contents() {
    return {{model::Path(0, 0),
             {{0, hex("coaps://server.example.com:5684")},
              {1, "00"},
              {2, "00"},
              {3, hex("client-1")},
              {4, ""},  // without use, and yet mandatory for older devices
              {5, "0001020304050607"},
              {10, "01"}}},
            {model::Path(1, 0), {{0, "01"}, {1, "00015180"}, {6, "01"}, {7, "55"}}}};
}

void expect_int_0(const Story& story) {
    expect_finished(story);
    EXPECT_THAT(story.recorded(), ElementsAre("DELETE / 2.02", "WRITE /0/0 2.04", "WRITE /1/0 2.04",
                                              "DISCOVER / 2.05", "FINISH /bs 2.04"));
    const auto& links = story.record.report.operations.at(3).values;
    EXPECT_THAT(
        links,
        IsSupersetOf({bootstrap::ReadValue{"/0/0", "ssid=1"}, bootstrap::ReadValue{"/0/1", ""},
                      bootstrap::ReadValue{"/1/0", "ssid=1"}, bootstrap::ReadValue{"/3/0", ""}}));
}

TEST(Ets, LightweightM2M_1_0_int_0_ClientInitiatedBootstrap) {
    DeviceSetup device = setup(int_0("1.0", "tlv"));
    device.habits.pct.reset();
    device.habits.formats = {11542, 11543, 0, 42};
    device.habits.links = support::Habits::Links::quoted;
    const support::Contents expected = int_0_contents();
    const Story story = tell(device, World::settings(), &expected);
    expect_int_0(story);
}

TEST(Ets, LightweightM2M_1_1_int_0_ClientInitiatedBootstrap) {
    for (const char* format : {"tlv", "senml-json", "senml-cbor"}) {
        DeviceSetup device = setup(int_0("1.1", format));
        device.habits.pct.reset();
        const support::Contents expected = int_0_contents();
        const Story story = tell(device, World::settings(), &expected);
        expect_int_0(story);
    }
}

// Registration follows: the credentials and the Server Instance that it needs are there, and belong
// together.
TEST(Ets, LightweightM2M_1_1_int_1_ClientInitiatedBootstrapFullPsk) {
    DeviceSetup device = setup(int_0("1.1", "tlv"));
    const support::Contents expected = int_0_contents();
    const Story story = tell(device, World::settings(), &expected);
    const auto& security = story.contents.at(model::Path(0, 0));
    const auto& server = story.contents.at(model::Path(1, 0));
    EXPECT_EQ(security.at(2), "00") << "PSK";
    EXPECT_EQ(security.at(3), hex("client-1"));
    EXPECT_EQ(security.at(5), "0001020304050607");
    EXPECT_EQ(security.at(10), server.at(0));
    EXPECT_EQ(story.request_code, coap::Code::changed);
}

// Discover and Read of /1, Delete of /0 and /1, the same again, then the accounts anew.
TEST(Ets, LightweightM2M_1_1_int_4_BootstrapDelete) {
    DeviceSetup device = setup(R"({"name": "ets", "enabler": "1.1", "contentFormat": "tlv",
        "operations": [
            {"discover": "/1"}, {"read": "/1"},
            {"delete": "/0"}, {"delete": "/1"}, {"discover": "/0"}, {"discover": "/1"},
            {"write": "everything"}],
        "servers": [{
            "shortServerId": 1, "securityInstance": 0, "serverInstance": 0,
            "uri": "coaps://server.example.com:5684",
            "security": {"mode": "psk", "identity": "text:client-1", "key": "0001020304050607"},
            "lifetime": 86400, "binding": "U", "notificationStoring": true}]})");
    const support::Contents expected = int_0_contents();
    const Story story = tell(device, World::settings(), &expected);
    expect_finished(story);
    EXPECT_THAT(story.recorded(),
                ElementsAre("DISCOVER /1 2.05", "READ /1 2.05", "DELETE /0 2.02", "DELETE /1 2.02",
                            "DISCOVER /0 2.05", "DISCOVER /1 2.05", "WRITE /0/0 2.04",
                            "WRITE /1/0 2.04", "FINISH /bs 2.04"));
    const auto& operations = story.record.report.operations;
    EXPECT_THAT(operations.at(1).values, Contains(bootstrap::ReadValue{"/1/3/0", "99"}));
    EXPECT_THAT(operations.at(4).values, Contains(bootstrap::ReadValue{"/0/1", ""}))
        << "the Bootstrap-Server's account is kept";
    for (const auto& link : operations.at(5).values) EXPECT_FALSE(link.path.starts_with("/1/"));
    EXPECT_TRUE(story.contents.contains(model::Path(0, 1)));
}

// The LwM2M Server executes /1/x/9: what the Bootstrap-Server sees is the device's own request,
// which serves the network's trigger as well.
TEST(Ets, LightweightM2M_1_1_int_5_ServerInitiatedBootstrap) {
    const DeviceSetup device = setup(int_0("1.1", "tlv"));
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, false); });
    world.at(1400ms, [&] { world.device_asks(0); });
    const support::Contents expected = int_0_contents();
    const Story story = tell(world, device, &expected);
    expect_int_0(story);
    EXPECT_EQ(story.sessions, 1u);
    EXPECT_EQ(story.record.mode, bootstrap::Mode::client_initiated);
    EXPECT_TRUE(story.record.triggered);
}

// The order of the modes is the device's. The server serves it whenever it asks: unasked for while
// the hold-off lasts, then by its own request, and again after that.
TEST(Ets, LightweightM2M_1_1_int_6_BootstrapSequence) {
    DeviceSetup device = setup(int_0("1.1", "tlv"));
    device.habits.accepts_unasked = true;
    device.habits.closes_after_finish = false;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.open_association(0); });
    world.at(1s, [&] { world.attach(0, false); });
    world.at(60s, [&] { world.device_asks(0); });
    world.at(120s, [&] { world.device_asks(0); });
    ASSERT_TRUE(world.run());
    ASSERT_EQ(world.ended().size(), 3u);
    EXPECT_EQ(world.ended()[0].mode, bootstrap::Mode::server_initiated);
    for (const auto& record : world.ended()) {
        EXPECT_EQ(record.report.outcome, Outcome::finished) << record.report.cause;
    }
}

// The server that the device had cannot be reached: it asks for a bootstrap, and what it had is
// replaced.
TEST(Ets, LightweightM2M_1_1_int_7_FallbackToBootstrap) {
    const DeviceSetup device = setup(int_0("1.1", "tlv"));
    const support::Contents expected = int_0_contents();
    const Story story = tell(device, World::settings(), &expected);
    EXPECT_EQ(story.outcome, Outcome::finished);
    EXPECT_FALSE(story.contents.contains(model::Path(1, 3))) << "of the old server";
    EXPECT_TRUE(story.contents.contains(model::Path(1, 0)));
}

TEST(Ets, LightweightM2M_1_1_int_8_BootstrapRead) {
    for (const char* format : {"tlv", "senml-json", "senml-cbor"}) {
        const DeviceSetup device = setup(
            std::string(R"({"name": "ets", "enabler": "1.1", "contentFormat": ")") + format + R"(",
            "operations": [{"delete": "/"}, {"write": "everything"}, {"read": "/1"},
                           {"read": "/2"}],
            "servers": [{
                "shortServerId": 1, "securityInstance": 0, "serverInstance": 0,
                "uri": "coaps://server.example.com:5684",
                "security": {"mode": "psk", "identity": "text:client-1", "key": "0001020304050607"},
                "lifetime": 86400, "binding": "U", "notificationStoring": true}],
            "accessControl": [{"object": 3, "instance": 0, "owner": 1,
                               "acl": {"1": ["read", "write"]}}]})");
        DeviceSetup asks = device;
        asks.habits.pct.reset();
        support::Contents expected = int_0_contents();
        expected[{2, 0}] = {{0, "03"}, {1, "00"}, {2, "{1=03,}"}, {3, "01"}};
        const Story story = tell(asks, World::settings(), &expected);
        EXPECT_EQ(story.outcome, Outcome::finished) << story.record.report.cause;
        EXPECT_THAT(story.recorded(), Contains("READ /1 2.05"));
        EXPECT_THAT(story.recorded(), Contains("READ /2 2.05"));
        std::vector<bootstrap::ReadValue> read;
        for (const auto& operation : story.record.report.operations) {
            if (operation.method == "READ") {
                read.insert(read.end(), operation.values.begin(), operation.values.end());
            }
        }
        EXPECT_THAT(
            read, IsSupersetOf(
                      {bootstrap::ReadValue{"/1/0/0", "1"}, bootstrap::ReadValue{"/1/0/1", "86400"},
                       bootstrap::ReadValue{"/1/0/6", "true"}, bootstrap::ReadValue{"/1/0/7", "U"},
                       bootstrap::ReadValue{"/2/0/0", "3"}, bootstrap::ReadValue{"/2/0/1", "0"},
                       bootstrap::ReadValue{"/2/0/2/1", "3"}, bootstrap::ReadValue{"/2/0/3", "1"}}))
            << format;
    }
}

// PUT of /1/x/5 alone leaves the device without an account: Finish 4.06.
TEST(Ets, LightweightM2M_1_1_int_9_BootstrapAndConfigurationConsistency) {
    const DeviceSetup device = setup(R"({"name": "ets", "enabler": "1.1",
        "operations": [{"delete": "/2"}, {"write": "/1/0/5", "value": 86400}]})");
    const support::Contents expected = {{model::Path(1, 0), {{0, "01"}}}};
    const Story story = tell(device, World::settings(), &expected);
    EXPECT_EQ(story.outcome, Outcome::finish_refused);
    EXPECT_THAT(story.recorded(),
                ElementsAre("DELETE /2 2.02", "WRITE /1/0/5 2.04", "FINISH /bs 4.06"));
}

// GET /bspack with ep and acc is answered by the whole configuration; registration follows.
TEST(Ets, LightweightM2M_1_2_int_12_BootstrapPack) {
    DeviceSetup device = setup(R"({"name": "ets", "enabler": "1.2",
        "servers": [{
            "shortServerId": 1, "serverInstance": 0, "uri": "coaps://server.example.com:5684",
            "security": {"mode": "psk", "identity": "text:client-1", "key": "0001020304050607"},
            "lifetime": 86400, "binding": "U", "notificationStoring": true}]})");
    device.habits.asks_for_a_pack = true;
    device.habits.tells_account = true;
    support::Contents expected = int_0_contents();
    expected[{0, 0}].erase(4);  // 1.2 leaves it out
    const Story story = tell(device, World::settings(), &expected);
    EXPECT_EQ(story.outcome, Outcome::pack_delivered) << story.record.report.cause;
    EXPECT_EQ(to_string(story.state), "complete");
    EXPECT_THAT(story.requests, ElementsAre("GET /bspack"));
    EXPECT_THAT(story.executed, ElementsAre("GET /bspack"));
    EXPECT_THAT(story.recorded(), ElementsAre("PACK /bspack 2.05"));
    EXPECT_EQ(story.record.report.content_format, 112);
}

}  // namespace
}  // namespace flows
