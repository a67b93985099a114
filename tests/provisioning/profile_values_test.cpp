#include <string>

#include <gtest/gtest.h>

#include "provisioning/profile.h"
#include "tests/provisioning/reading.h"

// What the values of a profile become.
namespace provisioning {
namespace {

using testing::read_profile;

const model::Single& literal(const PlannedInstance& planned, model::ResourceId resource) {
    return std::get<model::Single>(std::get<TemplateSingle>(planned.resources.at(resource)));
}

template <class T>
const T& value(const PlannedInstance& planned, model::ResourceId resource) {
    return std::get<T>(literal(planned, resource));
}

std::vector<model::ResourceId> ids(const PlannedInstance& planned) {
    std::vector<model::ResourceId> result;
    for (const auto& [id, unused] : planned.resources) result.push_back(id);
    return result;
}

using Ids = std::vector<model::ResourceId>;

std::string one_server(const std::string& enabler, const std::string& security,
                       const std::string& more = "") {
    const std::string scheme = security.find("psk") != std::string::npos ? "coaps" : "coap";
    return R"({"name": "x", "enabler": ")" + enabler + R"(", "servers": [{"shortServerId": 101,
        "uri": ")" +
           scheme + R"(://h", "security": )" + security + more + "}]}";
}

const std::string psk = R"({"mode": "psk", "identity": "me", "key": "00ff"})";
const std::string nosec = R"({"mode": "nosec"})";

TEST(ProfileValues, OfAServerBecomeASecurityAndAServerInstance) {
    const auto reading = read_profile(one_server("1.1", psk));
    ASSERT_TRUE(reading.value) << reading.told();
    const PlannedInstance& security = reading.value->instances.at(0);
    EXPECT_EQ(security.object, model::object::security);
    EXPECT_EQ(value<std::string>(security, 0), "coaps://h");
    EXPECT_EQ(value<bool>(security, 1), false);
    EXPECT_EQ(value<std::int64_t>(security, 2), 0);  // PSK, LwM2M Core appendix E.1
    EXPECT_EQ(wire::as_text(value<model::Opaque>(security, 3).octets), "me");
    EXPECT_EQ(wire::to_hex(value<model::Secret>(security, 5).reveal()), "00ff");
    EXPECT_EQ(value<std::int64_t>(security, 10), 101);
    const PlannedInstance& server = reading.value->instances.at(1);
    EXPECT_EQ(server.object, model::object::server);
    EXPECT_EQ(ids(server), (Ids{0, 1, 6, 7}));
    EXPECT_EQ(value<std::int64_t>(server, 0), 101);
    EXPECT_EQ(value<std::int64_t>(server, 1), 86400);
    EXPECT_EQ(value<bool>(server, 6), true);
    EXPECT_EQ(value<std::string>(server, 7), "U");
}

TEST(ProfileValues, UnusedKeysAreSentEmptyToOlderDevicesAlone) {
    struct Case {
        std::string enabler, security;
        Ids expected;
    };
    for (const Case& each :
         {Case{"1.0", psk, {0, 1, 2, 3, 4, 5, 10}}, Case{"1.1", psk, {0, 1, 2, 3, 4, 5, 10}},
          Case{"1.2", psk, {0, 1, 2, 3, 5, 10}}, Case{"1.0", nosec, {0, 1, 2, 3, 4, 5, 10}},
          Case{"1.2", nosec, {0, 1, 2, 10}}}) {
        const auto reading = read_profile(one_server(each.enabler, each.security));
        ASSERT_TRUE(reading.value) << reading.told();
        EXPECT_EQ(ids(reading.value->instances.at(0)), each.expected) << each.enabler;
    }
    const auto reading = read_profile(one_server("1.1", nosec));
    const PlannedInstance& security = reading.value->instances.at(0);
    EXPECT_EQ(value<std::int64_t>(security, 2), 3);  // NoSec
    EXPECT_TRUE(value<model::Opaque>(security, 3).octets.empty());
    EXPECT_TRUE(value<model::Opaque>(security, 4).octets.empty());
    EXPECT_TRUE(value<model::Secret>(security, 5).empty());
}

TEST(ProfileValues, OfEveryServerKeyGoToTheirResources) {
    const auto reading = read_profile(one_server("1.1", nosec, R"(,
        "lifetime": 60, "binding": "UT", "notificationStoring": false, "defaultMinimumPeriod": 1,
        "defaultMaximumPeriod": 2, "disableTimeout": 3, "registrationPriority": 4,
        "bootstrapOnRegistrationFailure": false, "resources": {"Trigger": true, "17": 5},
        "securityInstance": 8, "serverInstance": 9, "securityResources": {"11": 6})"));
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_EQ(reading.value->instances.at(0).instance, 8);
    EXPECT_EQ(value<std::int64_t>(reading.value->instances.at(0), 11), 6);
    const PlannedInstance& server = reading.value->instances.at(1);
    EXPECT_EQ(server.instance, 9);
    EXPECT_EQ(ids(server), (Ids{0, 1, 2, 3, 5, 6, 7, 13, 16, 17, 21}));
    EXPECT_EQ(value<std::int64_t>(server, 2), 1);
    EXPECT_EQ(value<std::int64_t>(server, 3), 2);
    EXPECT_EQ(value<std::int64_t>(server, 5), 3);
    EXPECT_EQ(value<std::int64_t>(server, 13), 4);
    EXPECT_EQ(value<bool>(server, 16), false);
    EXPECT_EQ(value<bool>(server, 21), true);
}

TEST(ProfileValues, OfAccessControlAreSumsOfRightsByShortServerId) {
    const auto reading = read_profile(R"({"name": "x", "deleteAll": false, "accessControl": [
        {"object": 3, "instance": 65535, "owner": 65535, "accessControlInstance": 4,
         "acl": {"0": ["read"], "101": ["read", "write", "execute", "delete", "create"],
                 "102": ["execute", "read"], "103": []}}]})");
    ASSERT_TRUE(reading.value) << reading.told();
    const PlannedInstance& access = reading.value->instances.at(0);
    EXPECT_EQ(access.object, model::object::access_control);
    EXPECT_EQ(access.instance, 4);
    EXPECT_EQ(value<std::int64_t>(access, 0), 3);
    EXPECT_EQ(value<std::int64_t>(access, 1), 65535);
    EXPECT_EQ(value<std::int64_t>(access, 3), 65535);
    const auto& acl = std::get<std::map<std::uint16_t, TemplateSingle>>(access.resources.at(2));
    std::map<std::uint16_t, std::int64_t> rights;
    for (const auto& [id, each] : acl)
        rights[id] = std::get<std::int64_t>(std::get<model::Single>(each));
    EXPECT_EQ(rights,
              (std::map<std::uint16_t, std::int64_t>{{0, 1}, {101, 31}, {102, 5}, {103, 0}}));
}

TEST(ProfileValues, OfOtherObjectsAreTypedByTheirJson) {
    const auto reading = read_profile(R"({"name": "x", "deleteAll": false, "objects": {"/9999/3": {
        "0": "text", "1": -7, "2": 2.5, "3": true, "4": {"opaque": "00ff"},
        "5": {"secret": "text:pw"}, "6": {"time": 1700000000}, "7": {"link": "11:65535"},
        "8": {"0": "a", "65534": {"opaque": "base64:AA=="}}, "9": 5.0, "10": "${endpoint}",
        "11": {"opaque": "${device.o}"}, "12": "hex:00"}}})");
    ASSERT_TRUE(reading.value) << reading.told();
    const PlannedInstance& planned = reading.value->instances.at(0);
    EXPECT_EQ(planned.instance, 3);
    EXPECT_EQ(value<std::string>(planned, 0), "text");
    EXPECT_EQ(value<std::int64_t>(planned, 1), -7);
    EXPECT_EQ(value<double>(planned, 2), 2.5);
    EXPECT_EQ(value<bool>(planned, 3), true);
    EXPECT_EQ(wire::to_hex(value<model::Opaque>(planned, 4).octets), "00ff");
    EXPECT_EQ(wire::as_text(value<model::Secret>(planned, 5).reveal()), "pw");
    EXPECT_EQ(value<model::Time>(planned, 6).seconds, 1700000000);
    EXPECT_EQ(value<model::ObjectLink>(planned, 7), (model::ObjectLink{11, 65535}));
    const auto& several =
        std::get<std::map<std::uint16_t, TemplateSingle>>(planned.resources.at(8));
    EXPECT_EQ(std::get<std::string>(std::get<model::Single>(several.at(0))), "a");
    EXPECT_TRUE(std::holds_alternative<model::Opaque>(std::get<model::Single>(several.at(65534))));
    EXPECT_EQ(value<double>(planned, 9), 5.0);
    EXPECT_EQ(std::get<Template>(std::get<TemplateSingle>(planned.resources.at(10))).kind,
              Template::Kind::text);
    EXPECT_EQ(std::get<Template>(std::get<TemplateSingle>(planned.resources.at(11))).kind,
              Template::Kind::octets);
    EXPECT_EQ(value<std::string>(planned, 12), "hex:00");
}

}  // namespace
}  // namespace provisioning
