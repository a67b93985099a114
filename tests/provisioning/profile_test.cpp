#include "provisioning/profile.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/reading.h"

namespace provisioning {
namespace {

using testing::changed;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_profile;
using ::testing::UnorderedElementsAre;

// Two servers, an instance of each Object with a table, one without.
constexpr std::string_view good = R"({
  "$schema": "https://example.org/profile.schema.json",
  "name": "meter",
  "enabler": "1.1",
  "contentFormat": "tlv",
  "discover": true,
  "deleteAll": true,
  "deviceExchangeLifetime": 247,
  "servers": [
    { "shortServerId": 101, "uri": "coaps://dm.example.com:5684",
      "security": { "mode": "psk", "identity": "${endpoint}",
                    "key": "5ec5e7005ec5e7005ec5e7005ec5e700" },
      "lifetime": 86400, "binding": "U", "notificationStoring": true,
      "registrationPriority": 1, "bootstrapOnRegistrationFailure": true },
    { "shortServerId": 102, "uri": "coap://data.example.com", "security": { "mode": "nosec" } }
  ],
  "bootstrapAccount": { "keys": "keep" },
  "accessControl": [
    { "object": 3, "instance": 0, "owner": 101, "acl": { "101": ["read", "write"] } } ],
  "objects": {
    "/0/7": { "LwM2M Server URI": "coaps://raw.example.com", "1": false, "2": 0, "3": "text:me",
              "5": "text:s3cr3t-s3cr3t", "10": 103 },
    "/1/7": { "0": 103, "Lifetime": 60, "6": true, "7": "U" },
    "/3442/0": { "version": "1.1", "110": "hello" } }
})";

TEST(Profile, ReadsTheWholeOfAGoodOne) {
    const auto reading = read_profile(good);
    ASSERT_TRUE(reading.value) << reading.told();
    const Profile& profile = *reading.value;
    EXPECT_EQ(profile.name, "meter");
    EXPECT_EQ(profile.file, "p.json");
    EXPECT_EQ(profile.enabler, EnablerVersion::v1_1);
    EXPECT_EQ(profile.content_format, model::ContentFormat::tlv);
    std::vector<std::string> order;
    for (const PlannedInstance& planned : profile.instances)
        order.push_back(std::to_string(planned.object) + " " + planned.pointer);
    EXPECT_THAT(order, ElementsAre("0 /servers/0", "0 /servers/1", "0 /objects/~10~17",
                                   "1 /servers/0", "1 /servers/1", "1 /objects/~11~17",
                                   "2 /accessControl/0", "3442 /objects/~13442~10"));
    EXPECT_FALSE(profile.instances[0].instance);
    EXPECT_EQ(profile.instances[2].instance, 7);
    EXPECT_EQ(profile.instances.back().object_version, "1.1");
}

// What a profile may say at one place without becoming wrong.
TEST(Profile, AcceptsWhatIsRight) {
    struct Case {
        std::string pointer, value;
    };
    const std::vector<Case> cases = {
        {"/$schema", ""},
        {"/enabler", ""},
        {"/enabler", "\"1.2\""},
        {"/accessControl", ""},
        {"/bootstrapAccount", ""},
        {"/servers/0/lifetime", ""},
        {"/servers/0/binding", ""},
        {"/servers/0/binding", "\"UT\""},
        {"/servers/0/notificationStoring", ""},
        {"/servers/1/shortServerId", "65534"},
        {"/servers/0/securityInstance", "1"},
        {"/servers/0/serverInstance", "0"},
        {"/servers/0/resources", R"({"17": 3, "Mute Send": true, "10": "11:0"})"},
        {"/servers/0/securityResources", R"({"SNI": "dm.example.com", "16": {"0": 49320}})"},
        {"/servers/0/security/key", R"("base64:MDEyMzQ1Njc4OUFCQ0RFRg==")"},
        {"/servers/0/security/key", R"("text:a passphrase of some length")"},
        {"/servers/0/security/key", R"("${device.psk}")"},
        {"/servers/0/security/key", R"("${random:16}")"},
        {"/servers/0/security/identity", R"("hex:00ff")"},
        {"/servers/0/uri", R"("coaps://${device.region}.example.com")"},
        {"/servers/0/uri", R"("${device.uri}")"},
        {"/deleteAll", "false"},
        {"/accessControl/0/acl", R"({"0": ["read"], "101": []})"},
        {"/accessControl/0/acl", ""},
        {"/objects/~13442~10/version", ""},
        {"/objects/~13442~10", "{}"},
    };
    for (const Case& each : cases) {
        const auto reading = read_profile(changed(good, each.pointer, each.value));
        EXPECT_TRUE(reading.value) << each.pointer << " " << each.value << "\n" << reading.told();
    }
}

struct Bad {
    std::string pointer, value;  // what is changed
    std::string at, message;     // what is told, and where
};

void expect_told(std::string_view document, const std::vector<Bad>& cases) {
    for (const Bad& each : cases) {
        const auto reading = read_profile(changed(document, each.pointer, each.value));
        const std::string which = each.pointer + " = " + each.value + "\n" + reading.told();
        EXPECT_FALSE(reading.value) << which;
        ASSERT_EQ(reading.problems.size(), 1U) << which;
        EXPECT_EQ(reading.problems[0].file, "p.json");
        EXPECT_EQ(reading.problems[0].pointer, each.at) << which;
        EXPECT_THAT(reading.problems[0].message, HasSubstr(each.message)) << which;
        EXPECT_FALSE(reading.problems[0].remedy.empty()) << which;
    }
}

TEST(Profile, PointsAtWhatIsWrongInItself) {
    const std::string n257 = "\"" + std::string(256, 'n') + "\"";
    expect_told(
        good,
        {
            {"/name", "", "/name", "missing"},
            {"/name", "\"\"", "/name", "no name"},
            {"/name", "\"a\\nb\"", "/name", "no name"},
            {"/name", n257, "/name", "no name"},
            {"/nmae", "1", "/nmae", "not a key"},
            {"/enabler", "\"1.3\"", "/enabler", "none of the words"},
            {"/enabler", "1.1", "/enabler", "fractional number"},
            {"/contentFormat", "\"lwm2m-cbor\"", "/contentFormat", "came with LwM2M 1.2"},
            {"/contentFormat", "\"json\"", "/contentFormat", "went with LwM2M 1.0"},
            {"/contentFormat", "\"cbor\"", "/contentFormat", "whole instances"},
            {"/contentFormat", "\"xml\"", "/contentFormat", "none of the words"},
            {"/discover", "\"no\"", "/discover", "is a text"},
            {"/deviceExchangeLifetime", "0", "/deviceExchangeLifetime", "out of range"},
            {"/objectVersion", "\"always\"", "/objectVersion", "none of the words"},
            {"/onFinishRefused", "[]", "/onFinishRefused", "is empty"},
            {"/pack", "true", "/pack", "came with LwM2M 1.2"},
            {"/bootstrapAccount/keys", "\"expire\"", "/bootstrapAccount/timeout", "missing"},
            {"/bootstrapAccount/keys", "\"lose\"", "/bootstrapAccount/keys", "none of the words"},
            {"/bootstrapAccount/uri", "\"http://bs2\"", "/bootstrapAccount/uri", "not a coap"},
            {"/bootstrapAccount/gracePeriod", "1", "/bootstrapAccount/gracePeriod", "no meaning"},
            {"/servers", "{}", "/servers", "is an object"},
            {"/servers/0/urii", "1", "/servers/0/urii", "not a key"},
            {"/servers/0/uri", "", "/servers/0/uri", "missing"},
            {"/servers/0/uri", "\"\"", "/servers/0/uri", "not a coap or coaps URI"},
            {"/servers/0/uri", "\"coap://dm.example.com\"", "/servers/0/uri", "mode has keys"},
            {"/servers/0/uri", "\"coap://${device.h}\"", "/servers/0/uri", "mode has keys"},
            {"/servers/1/uri", "\"coaps://dm.example.com\"", "/servers/1/uri", "has no keys"},
            {"/servers/0/uri", "\"coaps://dm:99999\"", "/servers/0/uri", "port"},
            {"/servers/0/uri", "\"coaps://${secret:x}\"", "/servers/0/uri", "shown to everybody"},
            {"/servers/0/uri", "\"coaps://${devise.h}\"", "/servers/0/uri", "not known"},
            {"/servers/0/security", "", "/servers/0/security", "missing"},
            {"/servers/0/security", "\"psk\"", "/servers/0/security", "is a text"},
            {"/servers/0/security/mode", "", "/servers/0/security/mode", "missing"},
            {"/servers/0/security/mode", "\"PSK\"", "/servers/0/security/mode", "none of the"},
            {"/servers/0/security/key", "", "/servers/0/security/key", "missing"},
            {"/servers/0/security/key", "\"\"", "/servers/0/security/key", "empty"},
            {"/servers/0/security/key", "\"text:\"", "/servers/0/security/key", "empty"},
            {"/servers/0/security/key", "\"0g\"", "/servers/0/security/key", "hexadecimal"},
            {"/servers/0/security/key", "\"000\"", "/servers/0/security/key", "odd number"},
            {"/servers/0/security/key", "\"base64:?\"", "/servers/0/security/key", "base64"},
            {"/servers/0/security/key", "12345678", "/servers/0/security/key", "whole number"},
            {"/servers/0/security/key", "\"text:" + std::string(65, 'k') + "\"",
             "/servers/0/security/key", "longer than 64"},
            {"/servers/0/security/identity", "", "/servers/0/security/identity", "missing"},
            {"/servers/0/security/identity", "\"\"", "/servers/0/security/identity", "empty"},
            {"/servers/0/security/identity", "\"" + std::string(129, 'i') + "\"",
             "/servers/0/security/identity", "longer than 128"},
            {"/servers/1/security/key", "\"00\"", "/servers/1/security/key", "not used"},
            {"/servers/0/shortServerId", "", "/servers/0/shortServerId", "missing"},
            {"/servers/0/shortServerId", "0", "/servers/0/shortServerId", "out of range"},
            {"/servers/0/shortServerId", "65535", "/servers/0/shortServerId", "out of range"},
            {"/servers/0/shortServerId", "\"101\"", "/servers/0/shortServerId", "is a text"},
            {"/servers/0/lifetime", "-1", "/servers/0/lifetime", "out of range"},
            {"/servers/0/lifetime", "1.5", "/servers/0/lifetime", "fractional"},
            {"/servers/0/lifetime", "\"${device.l}\"", "/servers/0/lifetime", "is a text"},
            {"/servers/0/notificationStoring", "1", "/servers/0/notificationStoring", "whole"},
            {"/servers/0/binding", "\"UU\"", "/servers/0/binding", "no binding"},
            {"/servers/0/binding", "\"UQ\"", "/servers/0/binding", "no binding"},
            {"/servers/0/binding", "\"\"", "/servers/0/binding", "out of range"},
            {"/servers/0/securityInstance", "65535", "/servers/0/securityInstance", "range"},
            {"/servers/0/resources", R"({"4": true})", "/servers/0/resources/4", "executed"},
            {"/servers/0/resources", R"({"1": 5})", "/servers/0/resources/1",
             "/servers/0/lifetime is already"},
            {"/servers/0/resources", R"({"99": 5})", "/servers/0/resources/99", "no Resource"},
            {"/servers/0/resources", R"({"Priority": 5})", "/servers/0/resources/Priority",
             "no Resource"},
            {"/servers/0/resources", R"({"24": {"0": "11:0"}})", "/servers/0/resources/24",
             "came with LwM2M 1.2"},
            {"/servers/0/securityResources", R"({"16": 49320})", "/servers/0/securityResources/16",
             "several instances"},
            {"/servers/0/securityResources", R"({"16": {"0": -1}})",
             "/servers/0/securityResources/16/0", "out of range"},
            {"/servers/0/securityResources", R"({"16": {"x": 1}})",
             "/servers/0/securityResources/16/x", "no id"},
            {"/servers/0/securityResources", R"({"16": {}})", "/servers/0/securityResources/16",
             "holds nothing"},
            {"/servers/0/securityResources", R"({"8": "00"})", "/servers/0/securityResources/8",
             "out of range"},
            {"/servers/0/securityResources", R"({"17": "21"})", "/servers/0/securityResources/17",
             "no Object Link"},
            {"/accessControl/0/object", "", "/accessControl/0/object", "missing"},
            {"/accessControl/0/object", "0", "/accessControl/0/object", "out of range"},
            {"/accessControl/0/instance", "", "/accessControl/0/instance", "missing"},
            {"/accessControl/0/owner", "", "/accessControl/0/owner", "missing"},
            {"/accessControl/0/acl/101", "[\"raed\"]", "/accessControl/0/acl/101/0", "none of"},
            {"/accessControl/0/acl/101", "31", "/accessControl/0/acl/101", "whole number"},
            {"/accessControl/0/acl/me", "[]", "/accessControl/0/acl/me", "no Short Server ID"},
            {"/accessControl/0/acl/65535", "[]", "/accessControl/0/acl/65535", "no Short Server"},
            {"/accessControl/0/acl/1~12", "[]", "/accessControl/0/acl/1~12", "no Short Server"},
            {"/objects/~111", "{}", "/objects/~111", "not the path of an Object Instance"},
            {"/objects/~111~10~10", "{}", "/objects/~111~10~10", "not the path"},
            {"/objects/~111~165535", "{}", "/objects/~111~165535", "not the path"},
            {"/objects/~1011~10", "{}", "/objects/~1011~10", "not the path"},
            {"/objects/~13442~10/version", "\"one\"", "/objects/~13442~10/version", "no version"},
            {"/objects/~13442~10/objectVersion", "\"body\"", "/objects/~13442~10/objectVersion",
             "none of the words"},
            {"/objects/~111~1{1st}", "{}", "/objects/~111~1{1st}", "not the path"},
            {"/objects/~111~1{}", "{}", "/objects/~111~1{}", "not the path"},
            {"/objects/~13442~10/hello", "1", "/objects/~13442~10/hello", "no id of a Resource"},
            {"/objects/~13442~10/110", "null", "/objects/~13442~10/110", "no value"},
            {"/objects/~13442~10/110", "[1]", "/objects/~13442~10/110", "no value"},
        });
}

TEST(Profile, PointsAtWhatIsWrongAsAWhole) {
    expect_told(
        good,
        {
            {"/servers/1/shortServerId", "101", "/servers/1/shortServerId",
             "Short Server ID of /servers/0 already"},
            {"/objects/~10~17/1", "true", "/objects/~10~17/1", "second Bootstrap-Server account"},
            {"/objects/~10~17/1", "", "/objects/~10~17/1", "missing"},
            {"/objects/~10~17/2", "", "/objects/~10~17/2", "missing"},
            {"/objects/~10~17/2", "5", "/objects/~10~17/2", "out of range"},
            {"/objects/~10~17/2", "3", "/objects/~10~17/LwM2M Server URI", "has no keys"},
            {"/objects/~10~17/LwM2M Server URI", "", "/objects/~10~17/0", "missing"},
            {"/objects/~10~17/3", "", "/objects/~10~17/3", "missing"},
            {"/objects/~10~17/3", "\"\"", "/objects/~10~17/3", "empty"},
            {"/objects/~10~17/5", "", "/objects/~10~17/5", "missing"},
            {"/objects/~10~17/10", "", "/objects/~10~17/10", "missing"},
            {"/objects/~10~17/0", "\"coaps://x\"", "/objects/~10~17/LwM2M Server URI",
             "/objects/~10~17/0 is already"},
            {"/objects/~11~17/0", "", "/objects/~11~17/0", "missing"},
            {"/objects/~11~17/Lifetime", "", "/objects/~11~17/1", "missing"},
            {"/objects/~11~17/6", "", "/objects/~11~17/6", "missing"},
            {"/objects/~11~17/7", "", "/objects/~11~17/7", "missing"},
            {"/objects/~10~17", "", "/objects/~11~17", "without its Security Instance"},
            {"/objects/~11~17", "", "/objects/~10~17", "without its Server Instance"},
            {"/servers/0/securityInstance", "7", "/objects/~10~17", "/servers/0 is already"},
            {"/servers/1/serverInstance", "7", "/objects/~11~17", "/servers/1 is already"},
            {"/accessControl/1", R"({"object": 3, "instance": 0, "owner": 102})",
             "/accessControl/1", "same instance as /accessControl/0"},
        });
}

TEST(Profile, RefusesOneThatLeavesTheDeviceWithoutAServer) {
    expect_told(R"({"name": "x", "objects": {"/11/0": {"0": "iot", "4": 0}}})",
                {{"", "", "/servers", "without a LwM2M Server"},
                 {"/servers", "[]", "/servers", "without a LwM2M Server"}});
    // Without Delete the device may have its servers already.
    EXPECT_TRUE(read_profile(R"({"name": "x", "deleteAll": false,
                                 "objects": {"/11/0": {"0": "iot", "4": 0}, "/1/0": {"0": 101, "1": 60,
                                 "6": false, "7": "U"}}})")
                    .value);
}

TEST(Profile, LabelsInstancesWhoseIdsAreOpen) {
    const auto reading = read_profile(R"({"name": "x", "deleteAll": false, "objects": {
        "/9999/{dm-1}": {"version": "1.2", "objectVersion": "query", "0": {"link": "9999:{dm-1}"}},
        "/9999/4": {"0": {"link": "9999:5"}}}})");
    ASSERT_TRUE(reading.value) << reading.told();
    const PlannedInstance& open = reading.value->instances.at(0);
    EXPECT_EQ(open.label, "dm-1");
    EXPECT_FALSE(open.instance);
    EXPECT_EQ(open.object_version, "1.2");
    EXPECT_TRUE(open.version_in_query);
    const auto& link = std::get<LabelledLink>(std::get<TemplateSingle>(open.resources.at(0)));
    EXPECT_EQ(link.object, 9999);
    EXPECT_EQ(link.label, "dm-1");
    EXPECT_FALSE(reading.value->instances.at(1).version_in_query);
}

TEST(Profile, WantsIdsWrittenDownWhereNobodyKnowsWhichAreFree) {
    constexpr std::string_view blind = R"({"name": "x", "discover": false, "servers": [
        {"shortServerId": 1, "uri": "coap://h", "security": {"mode": "nosec"},
         "securityInstance": 1}]})";
    const auto reading = read_profile(blind);
    ASSERT_TRUE(reading.value) << reading.told();
    expect_told(blind, {{"/servers/0/securityInstance", "", "/servers/0/securityInstance",
                         "nobody knows which ids are free"}});
    const auto without = read_profile(changed(blind, "/deleteAll", "false"));
    EXPECT_THAT(without.pointers(), UnorderedElementsAre("/servers/0/serverInstance", "/deleteAll"))
        << without.told();
}

TEST(Profile, Of10KnowsNoLaterResourcesBindingsAndSchemes) {
    constexpr std::string_view old = R"({"name": "x", "enabler": "1.0", "servers": [
        {"shortServerId": 1, "uri": "coap://h", "security": {"mode": "nosec"},
         "binding": "UQS"}]})";
    ASSERT_TRUE(read_profile(old).value);
    expect_told(old, {{"/servers/0/registrationPriority", "1", "/servers/0/registrationPriority",
                       "Resource 13 came with LwM2M 1.1"},
                      {"/servers/0/bootstrapOnRegistrationFailure", "true",
                       "/servers/0/bootstrapOnRegistrationFailure", "Resource 16"},
                      {"/servers/0/securityResources", R"({"SNI": "h"})",
                       "/servers/0/securityResources/SNI", "Resource 14"},
                      {"/servers/0/binding", "\"UT\"", "/servers/0/binding", "no binding"},
                      {"/servers/0/uri", "\"coap+tcp://h\"", "/servers/0/uri", "over TCP"}});
}

TEST(Profile, TellsEveryProblemAtOnce) {
    const auto reading = read_profile(R"({
      "nmae": "x", "enabler": "2.0",
      "servers": [
        { "shortServerId": 0, "uri": "http://x", "security": { "mode": "psk", "key": "" } },
        { "uri": "coaps://x", "security": { "mode": "psk", "identity": "i", "key": "zz" },
          "binding": "X" },
        7 ],
      "accessControl": [ { "object": 3 } ],
      "objects": { "/0": {}, "/1/0": { "0": "x" } }
    })");
    EXPECT_FALSE(reading.value);
    EXPECT_THAT(reading.pointers(),
                UnorderedElementsAre("/nmae", "/name", "/enabler", "/servers/0/shortServerId",
                                     "/servers/0/uri", "/servers/0/security/identity",
                                     "/servers/0/security/key", "/servers/1/shortServerId",
                                     "/servers/1/security/key", "/servers/1/binding", "/servers/2",
                                     "/accessControl/0/instance", "/accessControl/0/owner",
                                     "/objects/~10", "/objects/~11~10/0", "/objects/~11~10/1",
                                     "/objects/~11~10/6", "/objects/~11~10/7"))
        << reading.told();
}

TEST(Profile, NeverShowsAKeyInAProblem) {
    // Each breaks the profile around or in a key whose text holds "5ec" or "s3cr3t".
    for (const auto& [pointer, value] : std::vector<std::pair<std::string, std::string>>{
             {"/servers/0/security/key", "\"5ec5e7g\""},
             {"/servers/0/security/key", "\"base64:s3cr3t??\""},
             {"/servers/0/security/key", "\"${s3cr3t}\""},
             {"/servers/0/security/key", "[\"s3cr3t\"]"},
             {"/servers/0/security/key", "\"text:" + std::string(70, 's') + "3cr3t s3cr3t\""},
             {"/objects/~10~17/5", "\"s3cr3t\""},
             {"/objects/~10~17/8", "\"text:s3cr3t\""},
             {"/objects/~13442~10/110", R"({"secret": "s3cr3t"})"},
             {"/servers/0/security/mode", "\"s3cr3t\""}}) {
        const auto reading = read_profile(changed(good, pointer, value));
        EXPECT_FALSE(reading.value);
        EXPECT_FALSE(reading.problems.empty());
        EXPECT_THAT(reading.told(), Not(HasSubstr("5ec"))) << pointer;
        EXPECT_THAT(reading.told(), Not(HasSubstr("3cr3t"))) << pointer;
    }
}

TEST(Profile, NamesTheVariablesThatADeviceMustBring) {
    const auto reading = read_profile(changed(
        changed(good, "/servers/0/security/key", R"("${device.psk}")"), "/objects/~13442~10",
        R"({"1": "${device.a}${device.b}", "2": {"0": "${device.a}", "1": {"secret": "${device.c}"}},
            "3": "$${device.no}"})"));
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_THAT(reading.value->variables, ElementsAre("a", "b", "c", "psk"));
}

TEST(Profile, NamesTheServerThroughWhichItsDevicesAreReached) {
    EXPECT_FALSE(read_profile(good).value->through);
    const auto reading =
        read_profile(changed(good, "/reach", R"({"lwm2mServer": "dm", "serverInstance": 2})"));
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_EQ(reading.value->through, (Through{"dm", 2}));
    EXPECT_EQ(read_profile(changed(good, "/reach", R"({"lwm2mServer": "dm"})")).value->through,
              (Through{"dm", 0}));
}

}  // namespace
}  // namespace provisioning
