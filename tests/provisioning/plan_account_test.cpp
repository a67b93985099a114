#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/planning.h"

// What a plan never does to a device: touch its Bootstrap-Server account, or leave it with half an
// account of a server.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

constexpr std::string_view usual = R"({"name": "p", "servers": [{"shortServerId": 101,
    "uri": "coap://h", "security": {"mode": "nosec"}}],
    "objects": {"/21/{o}": {"0": "text:m", "1": "text:s", "2": "text:r"}}})";

std::string list(std::string_view entries) {
    return R"({"name": "p", "operations": [)" + std::string(entries) + "]}";
}

PlanResult plan_of_list(std::string_view entries, const model::Discovered* discovered,
                        const std::vector<model::Path>* acc = nullptr) {
    return plan_of(profile_of(list(entries)), discovered, acc);
}

const std::string half = R"("resources": {"0": "coap://h", "1": false, "2": 3, "10": 101})";
const std::string other_half = R"("resources": {"0": 101, "1": 60, "6": true, "7": "U"})";

TEST(PlanAccount, IsNeverDeletedByItsPath) {
    // "An explicit DELETE of the BS's own Security instance is executed by both (2.02): the device
    // then has no way back."
    const model::Discovered device =
        told({link("/0/0"), link("/0/1", 101), link("/1/0", 101), link("/21/4")});
    const std::string own = R"({"discover": "/"}, {"delete": "/0/0"})";
    EXPECT_THAT(
        why_not(plan_of_list(own, &device)),
        HasSubstr("/0/0 of /operations/1 may be the device's own Bootstrap-Server account"));
    const std::string oscore = R"({"discover": "/"}, {"delete": "/21/4"})";
    EXPECT_THAT(why_not(plan_of_list(oscore, &device)), HasSubstr("never deleted"));
    // Devices leave the account at Delete "/" and "/0"; what they do at "/21" is anybody's guess.
    EXPECT_THAT(why_not(plan_of_list(R"({"discover": "/"}, {"delete": "/21"})", &device)),
                HasSubstr("could take /21/4"));
    EXPECT_THAT(steps(plan_of_list(R"({"discover": "/"}, {"delete": "/"})", nullptr)),
                ElementsAre("DELETE /", "FINISH"));
    // Another server's is not the account, neither is what Discover does not show.
    EXPECT_THAT(
        steps(plan_of_list(
            R"({"discover": "/"}, {"delete": "/0/1"}, {"delete": "/1/0"}, {"delete": "/0/9"},
               {"write": "/0/2", )" +
                half + R"(}, {"write": "/1/2", )" + other_half + "}",
            &device)),
        ElementsAre("DELETE /0/1", "DELETE /1/0", "DELETE /0/9", "WRITE /0/2", "WRITE /1/2",
                    "FINISH"));
}

TEST(PlanAccount, IsNotDeletedWhereNobodyKnowsWhichItIs) {
    const std::string entries = R"({"discover": "/"}, {"delete": "/0/1"})";
    EXPECT_THAT(why_not(plan_of_list(entries, nullptr)), HasSubstr("is not known"));
    // A device that shows no instance without a Short Server ID has its account somewhere still.
    const model::Discovered hidden = told({link("/0/2", 7), link("/1/0", 7)});
    EXPECT_THAT(why_not(plan_of_list(entries, &hidden)), HasSubstr("is not known"));
    const model::Discovered of_a_server = told({link("/0/1", 7), link("/0/2", 8)});
    EXPECT_THAT(steps(plan_of_list(entries, &of_a_server)), ElementsAre("DELETE /0/1", "FINISH"));
    EXPECT_THAT(why_not(plan_of_list(R"({"delete": "/21/0"})", nullptr)), HasSubstr("not known"));
}

TEST(PlanAccount, IsNeverWrittenInPartsEither) {
    const model::Discovered device = told({link("/0/1"), link("/21/0")});
    for (const std::string_view entries :
         {R"({"discover": "/"}, {"write": "/0/1/0", "value": "coap://other"})",
          R"({"discover": "/"}, {"write": "/21/0/0", "value": "text:k"})",
          R"({"discover": "/"}, {"write": "/21", "instances":
                {"0": {"0": "text:m", "1": "text:s", "2": "text:r"}}})"})
        EXPECT_THAT(why_not(plan_of_list(entries, &device)), HasSubstr("never written")) << entries;
}

TEST(PlanAccount, IsAllThatTheRequestNamesToo) {
    // acc, LwM2M Core §6.1.7.7: known without any Discover.
    const auto acc = account({"/0/0", "/21/0"});
    const Profile profile = profile_of(usual);
    EXPECT_THAT(steps(plan_of(profile, nullptr, &acc)),
                ElementsAre("DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /21/1", "FINISH"));
    EXPECT_THAT(why_not(plan_of_list(R"({"delete": "/0/0"})", nullptr, &acc)),
                HasSubstr("never deleted"));
    EXPECT_THAT(steps(plan_of_list(R"({"delete": "/0/1"})", nullptr, &acc)),
                ElementsAre("DELETE /0/1", "FINISH"));
    // One that names no Security Instance does not tell which that is.
    const auto without = account({"/21/0"});
    EXPECT_THAT(why_not(plan_of(profile, nullptr, &without)), HasSubstr("account is not known"));
    // COSE and MQTT are of an account only where it says so.
    const auto mqtt = account({"/0/0", "/24/3"});
    EXPECT_THAT(why_not(plan_of_list(R"({"delete": "/24/3"})", nullptr, &mqtt)),
                HasSubstr("never deleted"));
    EXPECT_THAT(steps(plan_of_list(R"({"delete": "/24/3"})", nullptr, &acc)),
                ElementsAre("DELETE /24/3", "FINISH"));
}

TEST(PlanAccount, IsWhatDiscoverOrTheRequestSaysWhereTheyDisagree) {
    const auto acc = account({"/0/1"});
    const model::Discovered device = told({link("/0/0"), link("/0/1", 7), link("/1/0", 7)});
    EXPECT_THAT(steps(plan_of(profile_of(usual), &device, &acc)),
                ElementsAre("DELETE /", "WRITE /0/2", "WRITE /1/0", "WRITE /21/0", "FINISH"));
    for (const std::string_view path : {"/0/0", "/0/1"})
        EXPECT_THAT(
            why_not(plan_of_list(R"({"delete": ")" + std::string(path) + "\"}", &device, &acc)),
            HasSubstr("never deleted"));
}

TEST(PlanAccount, OfOscoreIsNotKnownFromADiscoverOfSecurityAlone) {
    // "Discover of / refused: /0 is tried"
    const model::Discovered security_only = told({link("/0/0")}, {model::Path(0)});
    EXPECT_THAT(why_not(plan_of(profile_of(usual), &security_only)),
                HasSubstr("which OSCORE Instance is the device's Bootstrap-Server account"));
    const std::string written_down =
        changed(changed(usual, "/objects/~121~1{o}", ""), "/objects/~121~13",
                R"({"0": "text:m", "1": "text:s", "2": "text:r"})");
    EXPECT_THAT(steps(plan_of(profile_of(written_down), &security_only)),
                ElementsAre("DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /21/3", "FINISH"));
}

TEST(PlanAccount, WithoutDeleteNothingIsFreeWhereDiscoverToldOfSecurityAlone) {
    const std::string keep = changed(changed(usual, "/deleteAll", "false"), "/objects", "{}");
    const model::Discovered security_only = told({link("/0/0")}, {model::Path(0)});
    EXPECT_THAT(why_not(plan_of(profile_of(keep), &security_only)),
                HasSubstr("no id is free for /servers/0"));
    EXPECT_THAT(
        steps(plan_of(profile_of(changed(keep, "/servers/0/serverInstance", "5")), &security_only)),
        ElementsAre("WRITE /0/1", "WRITE /1/5", "FINISH"));
    const model::Discovered both =
        told({link("/0/0"), link("/1/0", 7)}, {model::Path(0), model::Path(1)});
    EXPECT_THAT(steps(plan_of(profile_of(keep), &both)),
                ElementsAre("WRITE /0/1", "WRITE /1/1", "FINISH"));
}

TEST(PlanAccount, IsWrittenOverOnlyWhereNobodyToldAnything) {
    // As an operator wrote it down, for devices that refuse Discover.
    const std::string written_down =
        changed(changed(usual, "/servers/0/securityInstance", "0"), "/objects", "{}");
    EXPECT_THAT(steps(plan_of(profile_of(written_down), nullptr)),
                ElementsAre("DELETE /", "WRITE /0/0", "WRITE /1/0", "FINISH"));
    const auto acc = account({"/0/0"});
    EXPECT_THAT(why_not(plan_of(profile_of(written_down), nullptr, &acc)),
                HasSubstr("never written"));
}

TEST(PlanAccount, IsKeptClearOfTogetherWithTheIdsThatAreWrittenDownLater) {
    const std::string two = R"({"name": "p", "servers": [
        {"shortServerId": 101, "uri": "coap://a", "security": {"mode": "nosec"}},
        {"shortServerId": 102, "uri": "coap://b", "security": {"mode": "nosec"},
         "securityInstance": 1}]})";
    const model::Discovered device = told({link("/0/0")});
    EXPECT_THAT(
        steps(plan_of(profile_of(two), &device)),
        ElementsAre("DELETE /", "WRITE /0/2", "WRITE /0/1", "WRITE /1/0", "WRITE /1/1", "FINISH"));
}

TEST(PlanAccount, OfAServerComesInTwoHalves) {
    // "Neither client checks that a Security instance and a Server instance belong together: … The
    // server has to check it before it sends anything."
    const std::string discover = R"({"discover": "/"}, )";
    const model::Discovered bare = told({link("/0/0"), link("/3/0")});
    const std::string security = R"({"write": "/0/5", )" + half + "}";
    const std::string server = R"({"write": "/1/5", )" + other_half + "}";
    EXPECT_THAT(why_not(plan_of_list(discover + security, &bare)),
                HasSubstr("/0/5 for Short Server ID 101 and no Server Instance (/1)"));
    EXPECT_THAT(why_not(plan_of_list(discover + server, &bare)),
                HasSubstr("/1/5 for Short Server ID 101 and no Security Instance (/0)"));
    EXPECT_EQ(steps(plan_of_list(discover + security + ", " + server, &bare)).size(), 3U);
    // The device may have the other half, or not tell whose it is.
    const model::Discovered holds_server = told({link("/0/0"), link("/1/0", 101)});
    EXPECT_EQ(steps(plan_of_list(discover + security, &holds_server)).size(), 2U);
    const model::Discovered does_not_tell = told({link("/0/0"), link("/1/0")});
    EXPECT_EQ(steps(plan_of_list(discover + security, &does_not_tell)).size(), 2U);
    EXPECT_EQ(steps(plan_of_list(security, nullptr)).size(), 2U);
    // What it holds of others is not this plan's to judge.
    const model::Discovered lonely = told({link("/0/0"), link("/0/1", 9)});
    EXPECT_EQ(
        steps(plan_of_list(discover + R"({"write": "/3442/0/9", "value": 1})", &lonely)).size(),
        2U);
}

TEST(PlanAccount, OfAServerIsNotTornApart) {
    const model::Discovered device =
        told({link("/0/0"), link("/0/1", 7), link("/1/1", 7), link("/0/2", 8), link("/1/2", 8)});
    EXPECT_THAT(why_not(plan_of_list(R"({"discover": "/"}, {"delete": "/1/1"})", &device)),
                HasSubstr("/0/1 for Short Server ID 7 and no Server Instance"));
    EXPECT_EQ(
        steps(plan_of_list(R"({"discover": "/"}, {"delete": "/1/1"}, {"delete": "/0/1"})", &device))
            .size(),
        3U);
    EXPECT_THAT(
        why_not(plan_of_list(R"({"discover": "/"}, {"write": "/1/1/0", "value": 8})", &device)),
        HasSubstr("Short Server ID 8 twice, in /1/1 and in /1/2"));
    EXPECT_THAT(
        why_not(plan_of_list(R"({"discover": "/"}, {"delete": "/1"}, {"delete": "/0"})", &device)),
        HasSubstr("without a LwM2M Server"));
}

}  // namespace
}  // namespace provisioning
