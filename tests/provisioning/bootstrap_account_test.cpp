#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provisioning/model/objects.h"
#include "tests/provisioning/planning.h"

// What becomes of a device's account with the Bootstrap-Server itself.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace testing;
namespace security = model::security;

Profile profile_for(const std::string& account, const std::string& more = "",
                    std::string_view enabler = "1.1") {
    Profile profile = profile_of(R"({"name": "p", "enabler": ")" + std::string(enabler) +
                                 R"(", "servers": [{"shortServerId": 101, "uri": "coap://h",
        "security": {"mode": "nosec"}}], "bootstrapAccount": )" +
                                 account + more + "}");
    if (!profile.account.hands_over) profile.account.uri = "coaps://bs.example.com:5684";
    return profile;
}

const std::string in_place = R"({"keys": "replace"})";
const std::string new_instance = R"({"keys": "replace", "way": "newInstance"})";

Issued issued_with(std::optional<model::InstanceId> written_at = {},
                   std::vector<model::InstanceId> to_purge = {}) {
    Issued issued;
    issued.replacement =
        PskCredential{wire::Bytes{'f', 'r', 'e', 's', 'h'}, model::Secret(wire::Bytes(16, 0x5a))};
    issued.written_at = written_at;
    issued.to_purge = std::move(to_purge);
    return issued;
}

PlanResult plan_with(const Profile& profile, const model::Discovered* discovered,
                     const Issued* issued, const std::vector<model::Path>* acc = nullptr) {
    FixedRandom random;
    return make_plan(profile, some_device(), {discovered, acc, issued}, random);
}

// The operations from the last Write of the usual plan on.
std::vector<std::string> ending(const PlanResult& result) {
    auto all = steps(result);
    const auto found = std::ranges::find_if(
        all, [](const std::string& each) { return each.starts_with("WRITE /1/"); });
    if (found == all.end()) return all;
    return {std::next(found), all.end()};
}

const Operation& operation_at(const PlanResult& result, std::string_view what) {
    static const Operation none;
    for (const Operation& each : std::get<Plan>(result).operations)
        if (step(each) == what) return each;
    ADD_FAILURE() << "no " << what;
    return none;
}

TEST(BootstrapAccount, IsLeftAloneByDefault) {
    const Profile profile = profile_for("{}");
    EXPECT_TRUE(profile.wanted.empty());
    const model::Discovered device = told({link("/0/0")});
    EXPECT_THAT(ending(plan_with(profile, &device, nullptr)), ElementsAre("FINISH"));
}

TEST(BootstrapAccount, IsReplacedInPlaceByTheLastWrite) {
    const Profile profile = profile_for(in_place);
    EXPECT_TRUE(profile.wanted.replacement);
    EXPECT_EQ(profile.account.grace_period, 604800);
    const model::Discovered device = told({link("/0/3"), link("/0/1", 101), link("/1/0", 101)});
    const Issued issued = issued_with();
    const auto plan = plan_with(profile, &device, &issued);
    EXPECT_THAT(ending(plan), ElementsAre("WRITE /0/3", "FINISH"));
    const auto& resources = std::get<model::Resources>(operation_at(plan, "WRITE /0/3").content);
    EXPECT_EQ(std::get<std::string>(value_at(resources, 0)), "coaps://bs.example.com:5684");
    EXPECT_TRUE(std::get<bool>(value_at(resources, 1)));
    EXPECT_EQ(std::get<std::int64_t>(value_at(resources, 2)), 0);
    EXPECT_EQ(std::get<model::Opaque>(value_at(resources, 3)).octets, issued.replacement->identity);
    EXPECT_TRUE(std::get<model::Opaque>(value_at(resources, 4)).octets.empty());
    EXPECT_TRUE(std::get<model::Secret>(value_at(resources, 5)).equals(issued.replacement->key));
    EXPECT_THAT(resources, SizeIs(6));
    EXPECT_THAT(review(std::get<Plan>(plan).operations, &device), IsEmpty());
}

TEST(BootstrapAccount, Of12IsWrittenWithoutTheUnusedKey) {
    const model::Discovered device = told({link("/0/0")});
    const Issued issued = issued_with();
    const auto plan = plan_with(profile_for(in_place, "", "1.2"), &device, &issued);
    EXPECT_FALSE(std::get<model::Resources>(operation_at(plan, "WRITE /0/0").content)
                     .contains(security::server_public_key));
}

TEST(BootstrapAccount, IsNotTouchedWhenNothingIsDue) {
    const Profile profile = profile_for(in_place);
    const model::Discovered device = told({link("/0/0"), link("/0/5")});
    Issued issued = issued_with();
    issued.replacement.reset();
    EXPECT_THAT(ending(plan_with(profile, &device, &issued)), ElementsAre("FINISH"));
}

TEST(BootstrapAccount, IsNeverGuessed) {
    const Profile profile = profile_for(in_place);
    const Issued issued = issued_with();
    const model::Discovered two = told({link("/0/0"), link("/0/5")});
    EXPECT_THAT(why_not(plan_with(profile, &two, &issued)), HasSubstr("each of /0/0, /0/5"));
    const model::Discovered three = told({link("/0/0"), link("/0/5"), link("/0/7")});
    const Profile anew = profile_for(new_instance);
    EXPECT_THAT(why_not(plan_with(anew, &three, &issued)), HasSubstr("each of /0/0, /0/5, /0/7"));
    // What the device says itself it is.
    const auto acc = account({"/0/5"});
    EXPECT_THAT(ending(plan_with(profile, &two, &issued, &acc)),
                ElementsAre("WRITE /0/5", "FINISH"));
    EXPECT_THAT(why_not(plan_with(profile, nullptr, &issued)), HasSubstr("not known"));
    const Profile expires = profile_for(R"({"keys": "expire", "timeout": 60})");
    EXPECT_THAT(why_not(plan_with(expires, &two, nullptr)), HasSubstr("each of"));
}

TEST(BootstrapAccount, IsImpossibleWhileItsKeyIsNotMade) {
    Profile profile = profile_for(in_place);
    const model::Discovered device = told({link("/0/0")});
    EXPECT_THAT(why_not(plan_with(profile, &device, nullptr)), HasSubstr("not made yet"));
    profile.account.uri.clear();
    const Issued issued = issued_with();
    EXPECT_THAT(why_not(plan_with(profile, &device, &issued)), HasSubstr("publicUri"));
}

TEST(BootstrapAccount, IsWrittenAnewConfirmedAndTheOldOneDeleted) {
    const Profile profile = profile_for(new_instance);
    const model::Discovered device = told({link("/0/0"), link("/0/1", 101), link("/1/0", 101)});
    const Issued issued = issued_with();
    const auto plan = plan_with(profile, &device, &issued);
    EXPECT_THAT(ending(plan), ElementsAre("WRITE /0/2", "DISCOVER /", "DELETE /0/0", "FINISH"));
    EXPECT_EQ(operation_at(plan, "DISCOVER /").expects, model::Path(0, 2));
    EXPECT_TRUE(std::get<bool>(
        value_at(std::get<model::Resources>(operation_at(plan, "WRITE /0/2").content), 1)));
    EXPECT_THAT(review(std::get<Plan>(plan).operations, &device), IsEmpty());
}

TEST(BootstrapAccount, IsPurgedWithoutBeingWrittenAgain) {
    const Profile profile = profile_for(new_instance);
    const model::Discovered both = told({link("/0/0"), link("/0/2"), link("/0/1", 101)});
    const Issued again = issued_with(2);
    const auto plan = plan_with(profile, &both, &again);
    // Before the Delete of "/", which leaves one account alone on some devices, whichever that is.
    EXPECT_THAT(steps(plan),
                ElementsAre("DELETE /0/0", "DELETE /", "WRITE /0/1", "WRITE /1/0", "FINISH"));
    // The new key is proved by now.
    Issued proved = again;
    proved.replacement.reset();
    EXPECT_EQ(steps(plan_with(profile, &both, &proved)).front(), "DELETE /0/0");
    // The device has rolled back.
    const model::Discovered old = told({link("/0/0"), link("/0/1", 101)});
    EXPECT_THAT(ending(plan_with(profile, &old, &again)),
                ElementsAre("WRITE /0/2", "DISCOVER /", "DELETE /0/0", "FINISH"));
    // The device has the new one alone, and has not shown its key: the same is written once more.
    const model::Discovered fresh = told({link("/0/2"), link("/0/1", 101)});
    EXPECT_THAT(ending(plan_with(profile, &fresh, &again)),
                ElementsAre("WRITE /0/1", "DISCOVER /", "DELETE /0/2", "FINISH"));
}

TEST(BootstrapAccount, IsPurgedAlsoWhereItWasNotRecordedInTime) {
    const Profile profile = profile_for(new_instance);
    const Issued issued = issued_with();
    const model::Discovered both = told({link("/0/0"), link("/0/2"), link("/0/1", 101)});
    const auto plan = plan_with(profile, &both, &issued);
    EXPECT_THAT(ending(plan), ElementsAre("WRITE /0/2", "DISCOVER /", "DELETE /0/0", "FINISH"));
    EXPECT_EQ(operation_at(plan, "DISCOVER /").expects, model::Path(0, 2));
    // Where a device shows nobody's Short Server ID the second may have been a server's, which is
    // deleted by then.
    const model::Discovered mute = told({link("/0/0"), link("/0/2")});
    EXPECT_THAT(ending(plan_with(profile, &mute, &issued)),
                ElementsAre("WRITE /0/2", "DISCOVER /", "DELETE /0/0", "FINISH"));
    // Without a Delete it may be a server's still.
    const Profile careful = profile_for(new_instance, R"(, "deleteAll": false)");
    EXPECT_THAT(why_not(plan_with(careful, &mute, &issued)), HasSubstr("each of"));
}

TEST(BootstrapAccount, IsWrittenLastAfterExplicitOperations) {
    const Profile profile = profile_of(R"({"name": "p", "bootstrapAccount": {"keys": "replace"},
        "operations": [{"discover": "/0"}, {"write": "/1/0/1", "value": 60}, {"finish": true}]})");
    EXPECT_THAT(first_discovers(profile), ElementsAre(model::Path(0)));
    Profile known = profile;
    known.account.uri = "coaps://bs.example.com";
    const model::Discovered device = told({link("/0/0")}, {model::Path(0)});
    const Issued issued = issued_with();
    EXPECT_THAT(steps(plan_with(known, &device, &issued)),
                ElementsAre("WRITE /1/0/1", "WRITE /0/0", "FINISH"));
}

TEST(BootstrapAccount, ExpiresByItsTimeout) {
    const Profile profile = profile_for(R"({"keys": "expire", "timeout": 3600})");
    EXPECT_TRUE(profile.wanted.empty());
    ASSERT_THAT(profile.warnings, SizeIs(1));
    EXPECT_EQ(profile.warnings[0].pointer, "/bootstrapAccount/keys");
    EXPECT_THAT(profile.warnings[0].message, HasSubstr("nobody can bootstrap it"));
    const model::Discovered device = told({link("/0/0"), link("/0/1", 101)});
    const auto plan = plan_with(profile, &device, nullptr);
    EXPECT_THAT(ending(plan), ElementsAre("WRITE /0/0/12", "FINISH"));
    const auto& value = std::get<model::Value>(operation_at(plan, "WRITE /0/0/12").content);
    EXPECT_EQ(std::get<std::int64_t>(std::get<model::Single>(value)), 3600);
    EXPECT_THAT(review(std::get<Plan>(plan).operations, &device), IsEmpty());
}

TEST(BootstrapAccount, IsHandedOverWithAKeyThatTheOtherServerKnows) {
    const Profile profile = profile_for(
        R"({"uri": "coaps://other.example.com", "key": "${secret:next}", "keyShare": "eu"})");
    EXPECT_TRUE(profile.account.hands_over);
    EXPECT_FALSE(profile.wanted.replacement);
    ASSERT_THAT(profile.wanted.shares, SizeIs(1));
    const KeyShare& share = profile.wanted.shares[0];
    EXPECT_EQ(share.target, "eu");
    EXPECT_EQ(share.short_server_id, 0);
    EXPECT_EQ(share.uri, "coaps://other.example.com");
    EXPECT_THAT(share.secrets, ElementsAre("next"));
    Issued issued;
    issued.secrets["next"].octets = model::Secret(wire::Bytes(16, 0x11));
    const model::Discovered device = told({link("/0/0")});
    const auto plan = plan_with(profile, &device, &issued);
    EXPECT_THAT(ending(plan), ElementsAre("WRITE /0/0", "FINISH"));
    const auto& resources = std::get<model::Resources>(operation_at(plan, "WRITE /0/0").content);
    EXPECT_EQ(std::get<std::string>(value_at(resources, 0)), "coaps://other.example.com");
    EXPECT_EQ(wire::as_text(std::get<model::Opaque>(value_at(resources, 3)).octets), "urn:dev:1");
    EXPECT_TRUE(
        std::get<model::Secret>(value_at(resources, 5)).equals(issued.secrets["next"].octets));
    EXPECT_THAT(why_not(plan_with(profile, &device, nullptr)), HasSubstr("not made yet"));
}

TEST(BootstrapAccount, IsHandedOverAsANewInstanceThatTheOtherServerPurges) {
    const Profile profile = profile_for(
        R"({"uri": "coaps://other.example.com", "key": "${device.key}", "identity": "${endpoint}-2",
            "way": "newInstance"})");
    EXPECT_THAT(profile.variables, ElementsAre("key"));
    const model::Discovered device = told({link("/0/0")});
    const auto plan = plan_with(profile, &device, nullptr);
    EXPECT_THAT(ending(plan), ElementsAre("WRITE /0/2", "DISCOVER /", "FINISH"));
    EXPECT_THAT(review(std::get<Plan>(plan).operations, &device), IsEmpty());
}

TEST(BootstrapAccount, IsHandedOverWithTheKeysThatItHas) {
    const Profile profile = profile_for(R"({"uri": "coaps://other.example.com", "keys": "keep"})");
    const model::Discovered device = told({link("/0/0")});
    EXPECT_THAT(ending(plan_with(profile, &device, nullptr)),
                ElementsAre("WRITE /0/0/0", "FINISH"));
}

TEST(BootstrapAccount, OfBeforeIsPurgedWhereItIsShownAndNotInUse) {
    const Profile profile = profile_for("{}");
    Issued issued;
    issued.to_purge = {0};
    const model::Discovered both = told({link("/0/0"), link("/0/4"), link("/0/1", 101)});
    const auto purging = steps(plan_with(profile, &both, &issued));
    EXPECT_EQ(purging.front(), "DELETE /0/0");
    const model::Discovered gone = told({link("/0/4")});
    EXPECT_THAT(ending(plan_with(profile, &gone, &issued)), ElementsAre("FINISH"));
    // It has become a server's.
    const model::Discovered of_a_server = told({link("/0/0", 7), link("/0/4"), link("/1/9", 7)});
    EXPECT_THAT(ending(plan_with(profile, &of_a_server, &issued)), ElementsAre("FINISH"));
    // It is the only one.
    const model::Discovered alone = told({link("/0/0")});
    EXPECT_THAT(ending(plan_with(profile, &alone, &issued)), ElementsAre("FINISH"));
    // The device says that it is the one in use.
    const auto acc = account({"/0/0"});
    EXPECT_THAT(ending(plan_with(profile, &both, &issued, &acc)), ElementsAre("FINISH"));
    // Together with a replacement.
    const Issued due = issued_with({}, {0});
    const auto both_ways = plan_with(profile_for(in_place), &both, &due);
    EXPECT_EQ(steps(both_ways).front(), "DELETE /0/0");
    EXPECT_THAT(ending(both_ways), ElementsAre("WRITE /0/4", "FINISH"));
}

// What is recorded before the Write leaves is what the plan then writes.
TEST(BootstrapAccount, SaysBeforeWhereItsNewInstanceGoes) {
    const Profile profile = profile_for(new_instance);
    const auto where = [&](const Profile& of, const model::Discovered& device) {
        FixedRandom random;
        return new_account(of, some_device(), {&device, nullptr, nullptr}, random);
    };
    const model::Discovered one = told({link("/0/0"), link("/0/1", 101), link("/1/0", 101)});
    EXPECT_EQ(where(profile, one), (NewAccount{2, model::InstanceId{0}}));
    const model::Discovered two = told({link("/0/0"), link("/0/2"), link("/0/1", 101)});
    EXPECT_EQ(where(profile, two), (NewAccount{2, model::InstanceId{0}}));
    EXPECT_FALSE(where(profile_for(in_place), one));
    const model::Discovered three = told({link("/0/0"), link("/0/5"), link("/0/7")});
    EXPECT_FALSE(where(profile, three)) << "the plan is impossible";
}

TEST(BootstrapAccount, GivesNoPackByItself) {
    EXPECT_TRUE(profile_for("{}", "", "1.2").pack);
    EXPECT_FALSE(profile_for(in_place, "", "1.2").pack);
}

TEST(Wanted, NamesTheServersThatHaveToKnow) {
    const Profile profile = profile_of(R"({"name": "p", "servers": [
        {"shortServerId": 101, "uri": "coaps://a", "keyShare": "eu",
         "security": {"mode": "psk", "identity": "${endpoint}", "key": "${secret:dm:32}"}},
        {"shortServerId": 102, "uri": "coap://b", "security": {"mode": "nosec"},
         "securityResources": {"17": "21:{o}"}}],
        "objects": {"/21/{o}": {"0": "${secret:oscore}", "1": "text:s", "2": "text:r"}}})");
    EXPECT_EQ(profile.wanted.secrets.at("dm"), (WantedSecret{WantedSecret::Kind::octets, 32}));
    EXPECT_EQ(profile.wanted.secrets.at("oscore"), WantedSecret());
    ASSERT_THAT(profile.wanted.shares, SizeIs(2));
    EXPECT_EQ(profile.wanted.shares[0].target, "eu");
    EXPECT_EQ(profile.wanted.shares[0].short_server_id, 101);
    EXPECT_EQ(profile.wanted.shares[0].uri, "coaps://a");
    EXPECT_EQ(profile.wanted.shares[0].mode, "psk");
    EXPECT_THAT(profile.wanted.shares[0].secrets, ElementsAre("dm"));
    EXPECT_EQ(profile.wanted.shares[1].target, "");
    EXPECT_EQ(profile.wanted.shares[1].mode, "oscore");
    EXPECT_THAT(profile.wanted.shares[1].secrets, ElementsAre("oscore"));
}

TEST(Wanted, IsLimitedInNumber) {
    std::string servers;
    for (int i = 1; i <= 33; ++i)
        servers += (i == 1 ? "" : ", ") + (R"({"shortServerId": )" + std::to_string(i)) +
                   R"(, "uri": "coaps://a", "security": {"mode": "psk", "identity": "i",
                        "key": "${secret:k)" +
                   std::to_string(i) + "}\"}}";
    const auto reading = read_profile(R"({"name": "p", "servers": [)" + servers + "]}");
    EXPECT_THAT(reading.pointers(), ElementsAre(""));
    EXPECT_THAT(reading.told(), HasSubstr("at most 32"));
}

}  // namespace
}  // namespace provisioning
