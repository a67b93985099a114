#include "provisioning/plan.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/planning.h"

namespace provisioning {
namespace {

using testing::changed;
using ::testing::ElementsAre;
using testing::FixedRandom;
using ::testing::HasSubstr;
using testing::link;
using ::testing::Not;
using testing::read_device;
using testing::read_profile;
using testing::steps;
using testing::written;

constexpr std::string_view two_servers = R"({
  "name": "p", "enabler": "1.1",
  "objects": { "/3442/0": { "version": "1.1", "0": "${endpoint}" } },
  "accessControl": [ { "object": 3, "instance": 0, "owner": 101 },
                     { "object": 4, "instance": 0, "owner": 101 } ],
  "servers": [
    { "shortServerId": 101, "uri": "coaps://${device.host}",
      "security": { "mode": "psk", "identity": "${endpoint}", "key": "${device.key}" } },
    { "shortServerId": 102, "uri": "coap://b", "security": { "mode": "nosec" } } ]
})";

Device device(const std::string& host = "a.example", const std::string& key = "0011") {
    return *read_device(R"({"endpoint": "urn:dev:1", "profile": "p", "credentials": {"nosec": true},
        "variables": {"host": ")" +
                        host + R"(", "key": ")" + key + "\"}}")
                .value;
}

PlanResult plan(std::string_view profile, const model::Discovered* told,
                const Device& for_device = device()) {
    const auto reading = read_profile(profile);
    EXPECT_TRUE(reading.value) << reading.told();
    FixedRandom random;
    if (!reading.value) return PlanImpossible{"the profile was wrong"};
    return make_plan(*reading.value, for_device, {told, nullptr}, random);
}

TEST(Plan, DeletesThenWritesInOrderAndFinishesOnce) {
    const model::Discovered told{"1.1", {link("/0/0"), link("/1"), link("/3/0")}};
    EXPECT_THAT(steps(plan(two_servers, &told)),
                ElementsAre("DELETE /", "WRITE /0/1", "WRITE /0/2", "WRITE /1/0", "WRITE /1/1",
                            "WRITE /2/0", "WRITE /2/1", "WRITE /3442/0", "FINISH"));
}

TEST(Plan, KeepsClearOfTheBootstrapAccountWhereverItIs) {
    struct Case {
        std::vector<model::DiscoveredLink> links;
        std::string first, second;
    };
    const std::vector<Case> cases = {
        {{link("/0/0")}, "WRITE /0/1", "WRITE /0/2"},
        {{link("/0/1")}, "WRITE /0/0", "WRITE /0/2"},
        {{link("/0/2")}, "WRITE /0/0", "WRITE /0/1"},
        // "ssid=0 on a BS instance (Zephyr)"; an ssid out of range is none either.
        {{link("/0/1", 0)}, "WRITE /0/0", "WRITE /0/2"},
        {{link("/0/1", 65535)}, "WRITE /0/0", "WRITE /0/2"},
        // What belongs to a server is deleted: its id is free.
        {{link("/0/0", 5), link("/0/1"), link("/1/0", 5)}, "WRITE /0/0", "WRITE /0/2"},
        // A device that tells no ssid at all: any of them may be the account.
        {{link("/0/0"), link("/0/1")}, "WRITE /0/2", "WRITE /0/3"},
        // Only a link to the instance itself says whose it is.
        {{link("/0/0"), link("/0/1/10", 5)}, "WRITE /0/2", "WRITE /0/3"},
        // Known by a Resource alone.
        {{link("/0/0"), link("/0/1/0")}, "WRITE /0/2", "WRITE /0/3"},
    };
    for (const Case& each : cases) {
        const model::Discovered told{{}, each.links};
        const auto list = steps(plan(two_servers, &told));
        ASSERT_EQ(list.size(), 9U) << list[0];
        EXPECT_EQ(list[1], each.first);
        EXPECT_EQ(list[2], each.second);
    }
}

TEST(Plan, IsImpossibleWhenTheBootstrapAccountIsNotKnown) {
    const model::Discovered none{"1.1", {link("/1"), link("/3/0")}};
    const model::Discovered only_servers{"1.1", {link("/0/0", 5), link("/1/0", 5)}};
    for (const model::Discovered* told :
         {static_cast<const model::Discovered*>(nullptr), &none, &only_servers}) {
        const auto list = steps(plan(two_servers, told));
        ASSERT_EQ(list.size(), 1U);
        EXPECT_THAT(list[0], HasSubstr("account is not known"));
        EXPECT_THAT(list[0], HasSubstr("write the instance's id down"));
    }
}

TEST(Plan, GoesWithoutDiscoverWhereTheIdsAreWrittenDown) {
    // "A profile must be able to go on without Discover, with instance IDs it was told to use."
    const std::string written_down =
        changed(changed(two_servers, "/servers/0/securityInstance", "5"),
                "/servers/1/securityInstance", "1");
    EXPECT_THAT(steps(plan(written_down, nullptr)),
                ElementsAre("DELETE /", "WRITE /0/5", "WRITE /0/1", "WRITE /1/0", "WRITE /1/1",
                            "WRITE /2/0", "WRITE /2/1", "WRITE /3442/0", "FINISH"));
}

TEST(Plan, NeverWritesTheBootstrapAccountsOwnInstance) {
    const std::string written_down = changed(two_servers, "/servers/0/securityInstance", "1");
    const model::Discovered told{{}, {link("/0/1")}};
    EXPECT_THAT(steps(plan(written_down, &told)).at(0),
                HasSubstr("/0/1 of /servers/0 may be the device's own Bootstrap-Server account"));
    // "An /21 instance without ssid belongs to the BS account."
    const std::string oscore =
        changed(two_servers, "/objects/~121~13", R"({"0": "text:m", "1": "01", "2": "02"})");
    const model::Discovered with_oscore{{}, {link("/0/0"), link("/21/3")}};
    EXPECT_THAT(steps(plan(oscore, &with_oscore)).at(0), HasSubstr("/21/3"));
    const model::Discovered of_a_server{{}, {link("/0/0"), link("/21/3", 7)}};
    EXPECT_EQ(steps(plan(oscore, &of_a_server)).size(), 10U);
}

TEST(Plan, WithoutDeleteKeepsClearOfWhatTheDeviceHolds) {
    const std::string keep = changed(two_servers, "/deleteAll", "false");
    const model::Discovered told{
        {}, {link("/0/0"), link("/0/1", 7), link("/1/0", 7), link("/2/0"), link("/2/2")}};
    EXPECT_THAT(steps(plan(keep, &told)),
                ElementsAre("WRITE /0/2", "WRITE /0/3", "WRITE /1/1", "WRITE /1/2", "WRITE /2/1",
                            "WRITE /2/3", "WRITE /3442/0", "FINISH"));
}

TEST(Plan, WithoutDeleteWritesTheSameServersAccountInItsPlace) {
    const std::string keep = changed(two_servers, "/deleteAll", "false");
    const model::Discovered told{
        {}, {link("/0/0"), link("/0/4", 102), link("/1/9", 102), link("/0/1", 7), link("/1/0", 7)}};
    EXPECT_THAT(steps(plan(keep, &told)),
                ElementsAre("WRITE /0/2", "WRITE /0/4", "WRITE /1/1", "WRITE /1/9", "WRITE /2/0",
                            "WRITE /2/1", "WRITE /3442/0", "FINISH"));
}

TEST(Plan, WithoutDeleteNeverGivesAServerASecondAccount) {
    const std::string keep =
        changed(changed(two_servers, "/deleteAll", "false"), "/servers/1/securityInstance", "3");
    const model::Discovered elsewhere{{}, {link("/0/0"), link("/0/4", 102)}};
    EXPECT_THAT(steps(plan(keep, &elsewhere)).at(0), HasSubstr("would have it twice"));
    const model::Discovered in_place{{}, {link("/0/0"), link("/0/3", 102)}};
    EXPECT_EQ(steps(plan(keep, &in_place)).size(), 8U);
    // Server 101 is where the profile puts 102.
    const model::Discovered taken{{}, {link("/0/0"), link("/0/3", 101)}};
    EXPECT_THAT(steps(plan(keep, &taken)).at(0), HasSubstr("the profile writes another"));
}

TEST(Plan, ComparesObjectVersionsBeforeAnythingIsWritten) {
    const auto with_link = [](const model::DiscoveredLink& more) {
        const model::Discovered told{{}, {link("/0/0"), more}};
        return steps(plan(two_servers, &told));
    };
    EXPECT_EQ(with_link(link("/3442", {}, "1.1")).size(), 9U);
    EXPECT_THAT(with_link(link("/3442", {}, "1.0")).at(0),
                HasSubstr("Object 3442 in version 1.0, but /objects/~13442~10 is for version 1.1"));
    // No `ver` on an Object outside the enabler is 1.0 (LwM2M Core §7.2.3).
    EXPECT_THAT(with_link(link("/3442/0")).at(0), HasSubstr("version 1.0"));
    EXPECT_EQ(with_link(link("/3443", {}, "1.0")).size(), 9U);
    EXPECT_EQ(steps(plan(changed(two_servers, "/objects/~13442~10/version", ""),
                         std::make_unique<model::Discovered>(
                             model::Discovered{{}, {link("/0/0"), link("/3442", {}, "9.9")}})
                             .get()))
                  .size(),
              9U);
}

TEST(Plan, FillsInWhatTheDeviceBrings) {
    const model::Discovered told{{}, {link("/0/0")}};
    const PlanResult result =
        plan(changed(two_servers, "/objects/~13442~10/5", R"({"opaque": "${random:2}"})"), &told);
    EXPECT_EQ(std::get<std::string>(written(result, 1, 0)), "coaps://a.example");
    EXPECT_EQ(wire::as_text(std::get<model::Opaque>(written(result, 1, 3)).octets), "urn:dev:1");
    EXPECT_EQ(wire::to_hex(std::get<model::Secret>(written(result, 1, 5)).reveal()), "0011");
    EXPECT_EQ(std::get<std::string>(written(result, 7, 0)), "urn:dev:1");
    EXPECT_EQ(wire::to_hex(std::get<model::Opaque>(written(result, 7, 5)).octets), "5a5a");
}

TEST(Plan, IsImpossibleWithValuesThatADeviceCannotTakeAndDoesNotShowThem) {
    const model::Discovered told{{}, {link("/0/0")}};
    struct Case {
        std::string host, key, reason;
    };
    for (const Case& each : {Case{"bad host", "0011", "/servers/0, Resource 0"},
                             Case{std::string(250, 'h'), "0011", "/servers/0, Resource 0"},
                             Case{"", "0011", "has no host"}, Case{"h", "", "no PSK key"},
                             Case{"h", "5ec5e7g", "/servers/0, Resource 5: is not hexadecimal"},
                             Case{"h", "text:" + std::string(60, 'k') + "5ec5e7", "no PSK key"}}) {
        const auto list = steps(plan(two_servers, &told, device(each.host, each.key)));
        ASSERT_EQ(list.size(), 1U) << each.reason;
        EXPECT_THAT(list[0], HasSubstr(each.reason));
        EXPECT_THAT(list[0], Not(HasSubstr("5ec5e7")));
    }
    Device bare = device();
    bare.variables.clear();
    EXPECT_THAT(steps(plan(two_servers, &told, bare)).at(0), HasSubstr("no variable \"host\""));
}

TEST(Plan, FormatIsTheDevicesThenTheProfilesThenTheEnablers) {
    // "1541-1543 are refused by modern clients; 11543 (old JSON) belongs to 1.0 alone. … obey pct"
    using enum model::ContentFormat;
    struct Case {
        std::string enabler, profile;
        std::optional<std::uint16_t> asked;
        model::ContentFormat expected;
    };
    for (const Case& each : std::vector<Case>{{"1.0", "", {}, tlv},
                                              {"1.1", "", {}, tlv},
                                              {"1.2", "", {}, senml_cbor},
                                              {"1.0", "json", {}, json},
                                              {"1.1", "senml-json", {}, senml_json},
                                              {"1.2", "tlv", {}, tlv},
                                              {"1.1", "senml-json", 112, senml_cbor},
                                              {"1.1", "", 110, senml_json},
                                              {"1.0", "", 11543, json},
                                              {"1.2", "", 11542, tlv},
                                              {"1.2", "tlv", 11544, lwm2m_cbor},
                                              // None that carries instances, or none at all.
                                              {"1.2", "", 0, senml_cbor},
                                              {"1.1", "", 60, tlv},
                                              {"1.1", "senml-json", 1542, senml_json}}) {
        const std::string format =
            each.profile.empty() ? "" : R"("contentFormat": ")" + each.profile + "\", ";
        const auto reading = read_profile(R"({"name": "p", "deleteAll": false, )" + format +
                                          R"("enabler": ")" + each.enabler + "\"}");
        ASSERT_TRUE(reading.value) << reading.told();
        EXPECT_EQ(session_format(*reading.value, each.asked), each.expected)
            << each.enabler << " " << each.profile << " " << each.asked.value_or(65535);
    }
}

TEST(Plan, SortsProfilesThatDidNotComeFromAFile) {
    Profile profile = *read_profile(two_servers).value;
    std::reverse(profile.instances.begin(), profile.instances.end());
    const model::Discovered told{{}, {link("/0/0")}};
    FixedRandom random;
    EXPECT_THAT(steps(make_plan(profile, device(), {&told, nullptr}, random)),
                ElementsAre("DELETE /", "WRITE /0/1", "WRITE /0/2", "WRITE /1/0", "WRITE /1/1",
                            "WRITE /2/0", "WRITE /2/1", "WRITE /3442/0", "FINISH"));
}

}  // namespace
}  // namespace provisioning
