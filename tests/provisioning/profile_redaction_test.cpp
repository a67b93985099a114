#include "provisioning/profile_redaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using provisioning::keep_profile_secrets;
using provisioning::redacted_profile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const model::Definitions& definitions() {
    static const auto all = model::Definitions::built_in();
    return all;
}
Json redacted(const Json& profile) {
    return Json::parse(redacted_profile(profile.dump(), definitions()).value());
}

// Every place that can hold a secret, each with another one. The sensitive Resources are those of
// LwM2M Core appendix E.1 (Secret Key) and of the OSCORE Object (/21, Master Secret).
const std::string everything = R"({
  "name": "all",
  "servers": [
    { "shortServerId": 101, "security": { "mode": "psk", "identity": "id", "key": "a001" },
      "securityResources": { "5": "a002", "Server Public Key": "00" },
      "resources": { "Lifetime": 60, "9": {"link": "11:0"} } },
    { "shortServerId": 102, "security": { "mode": "psk", "identity": "id", "key": "a003" } },
    { "shortServerId": 103, "security": { "mode": "rpk", "publicKey": "00", "privateKey": "a012" } },
    { "shortServerId": 104, "security": { "mode": "rpk", "keyPair": "${secret:pair}" } }
  ],
  "bootstrapAccount": { "uri": "coaps://x", "key": "a013${endpoint}" },
  "objects": {
    "/0/3": { "Secret Key": "a004", "0": "coaps://x" },
    "/21/{dm}": { "0": {"opaque": "a005"}, "3": 10 },
    "/3442/0": { "version": "1.1", "110": "hello", "150": {"secret": "a006"} },
    "/40000/0": { "1": {"0": {"secret": "a007"}, "1": "shown"} }
  },
  "operations": [
    { "write": "/21/{dm}/0", "value": "a008" },
    { "write": "/0/4", "resources": { "5": "a009" } },
    { "write": "/0", "instances": { "5": { "5": "a010", "10": 3 } } },
    { "write": "everything" }
  ],
  "onFinishRefused": [ { "write": "/0/1/5", "value": {"secret": "a011"} } ]
})";

TEST(ProfileRedaction, LeavesNoSecret) {
    const std::string text = redacted_profile(everything, definitions()).value();
    for (int i = 1; i <= 13; ++i) {
        const std::string secret = "a0" + std::string(i < 10 ? "0" : "") + std::to_string(i);
        ASSERT_THAT(everything, HasSubstr(secret));
        EXPECT_THAT(text, Not(HasSubstr(secret)));
    }
    const Json shown = Json::parse(text);
    EXPECT_TRUE(shown["objects"]["/21/{dm}"]["0"]["opaque"].is_null());
    EXPECT_TRUE(shown["objects"]["/40000/0"]["1"]["0"]["secret"].is_null());
    EXPECT_EQ(shown["objects"]["/3442/0"]["110"], "hello");
    EXPECT_EQ(shown["servers"][0]["security"]["identity"], "id");
    EXPECT_EQ(shown["servers"][0]["resources"]["9"]["link"], "11:0");
    EXPECT_EQ(shown["servers"][0]["resources"]["Lifetime"], 60);
    EXPECT_EQ(shown["servers"][2]["security"]["publicKey"], "00");
    EXPECT_EQ(shown["servers"][3]["security"]["keyPair"], "${secret:pair}");
    EXPECT_EQ(shown["operations"][3]["write"], "everything");
}

TEST(ProfileRedaction, KeepsWhatItShowed) {
    const auto shown = redacted_profile(everything, definitions()).value();
    const auto kept = keep_profile_secrets(shown, everything, definitions());
    ASSERT_TRUE(kept);
    EXPECT_THAT(kept->missing, ElementsAre());
    EXPECT_EQ(Json::parse(kept->text), Json::parse(everything));
}

TEST(ProfileRedaction, KeepsTheOrderOfTheKeys) {
    const auto shown = redacted_profile(R"({"z":1,"name":"a","b":2})", definitions()).value();
    EXPECT_LT(shown.find("\"z\""), shown.find("\"name\""));
    EXPECT_LT(shown.find("\"name\""), shown.find("\"b\""));
    const std::string text = R"({ "name":  "as it was" })";
    EXPECT_EQ(keep_profile_secrets(text, "", definitions())->text, text);
}

TEST(ProfileRedaction, ShowsTemplatesThatHoldNoSecretThemselves) {
    const auto shown_key = [](const std::string& key) {
        return redacted(
            {{"servers", {{{"security", {{"key", key}}}}}}})["servers"][0]["security"]["key"];
    };
    for (const char* open : {"${device.dmKey}", "text:${endpoint}", "${random:16}${random:16}"})
        EXPECT_EQ(shown_key(open), open);
    for (const char* secret : {"00${random:15}", "text:salt-${endpoint}", "$${endpoint}",
                               "${endpoint", "", "text:", "hex:00"})
        EXPECT_TRUE(shown_key(secret).is_null()) << secret;
}

TEST(ProfileRedaction, FindsAServerByItsId) {
    Json changed = Json::parse(redacted_profile(everything, definitions()).value());
    std::swap(changed["servers"][0], changed["servers"][1]);
    const auto kept = keep_profile_secrets(changed.dump(), everything, definitions());
    EXPECT_THAT(kept->missing, ElementsAre());
    const Json text = Json::parse(kept->text);
    EXPECT_EQ(text["servers"][0]["security"]["key"], "a003");
    EXPECT_EQ(text["servers"][1]["security"]["key"], "a001");
}

TEST(ProfileRedaction, TellsWhatThereIsNothingToKeepFor) {
    Json changed = Json::parse(redacted_profile(everything, definitions()).value());
    changed["servers"][1]["shortServerId"] = 103;
    changed["operations"][0]["write"] = "/21/0/0";
    const auto kept = keep_profile_secrets(changed.dump(), everything, definitions());
    EXPECT_THAT(kept->missing, ElementsAre("/servers/1/security/key", "/operations/0/value"));
    const auto fresh = keep_profile_secrets(redacted_profile(everything, definitions()).value(), "",
                                            definitions());
    EXPECT_EQ(fresh->missing.size(), 11U);
    EXPECT_THAT(fresh->missing, testing::Contains("/objects/~13442~10/150/secret"));
}

TEST(ProfileRedaction, TakesAnyJson) {
    EXPECT_FALSE(redacted_profile("{", definitions()));
    for (const char* odd :
         {"null", "[]", R"({"servers":{}})", R"({"servers":[1,null,[]]})",
          R"({"servers":[{"security":[]}]})", R"({"objects":[1]})", R"({"objects":{"x":1,"":{}}})",
          R"({"operations":[{"write":1},{"write":"","value":1},{"write":"/0/1/5","value":[1]}]})",
          R"({"objects":{"/0/1":{"5":7,"99999999":1}}})"}) {
        const auto shown = redacted_profile(odd, definitions());
        ASSERT_TRUE(shown) << odd;
        EXPECT_TRUE(keep_profile_secrets(*shown, odd, definitions()));
    }
    EXPECT_TRUE(
        redacted(Json::parse(R"({"objects":{"/0/1":{"5":7}}})"))["objects"]["/0/1"]["5"].is_null());
}

}  // namespace
