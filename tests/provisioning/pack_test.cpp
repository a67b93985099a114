#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/planning.h"

// Bootstrap-Packs, LwM2M Core §6.1.7.7.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

constexpr std::string_view whole = R"({"name": "p", "enabler": "1.2", "servers": [
    {"shortServerId": 101, "uri": "coap://${device.host}", "security": {"mode": "nosec"},
     "securityResources": {"17": "21:{o}"}},
    {"shortServerId": 102, "uri": "coap://b", "security": {"mode": "nosec"}}],
  "accessControl": [{"object": 3, "instance": 0, "owner": 101}],
  "objects": {"/21/{o}": {"0": "text:m", "1": "text:s", "2": "text:r"},
              "/3442/0": {"version": "1.1", "110": "hello"}}})";

using PackResult = std::variant<model::Objects, PlanImpossible>;

PackResult pack_of(const Profile& profile, const std::vector<model::Path>* acc,
                   const model::Discovered* discovered = nullptr) {
    FixedRandom random;
    return make_pack(profile, some_device(), {discovered, acc}, random);
}

std::string why_no_pack(const PackResult& result) {
    const auto* impossible = std::get_if<PlanImpossible>(&result);
    EXPECT_NE(impossible, nullptr);
    return impossible != nullptr ? impossible->reason : "";
}

std::vector<std::string> paths(const PackResult& result) {
    if (const auto* impossible = std::get_if<PlanImpossible>(&result)) return {impossible->reason};
    std::vector<std::string> list;
    for (const auto& [object, instances] : std::get<model::Objects>(result))
        for (const auto& [instance, unused] : instances)
            list.push_back(model::Path(object, instance).to_string());
    return list;
}

TEST(Pack, HoldsTheWholeConfigurationClearOfTheAccount) {
    const auto acc = account({"/0/1", "/21/0"});
    const PackResult result = pack_of(profile_of(whole), &acc);
    ASSERT_THAT(paths(result),
                ElementsAre("/0/0", "/0/2", "/1/0", "/1/1", "/2/0", "/21/1", "/3442/0"));
}

TEST(Pack, HasItsValuesFilledInAndItsLinksFollow) {
    const auto acc = account({"/0/1", "/21/0"});
    const PackResult result = pack_of(profile_of(whole), &acc);
    ASSERT_TRUE(std::holds_alternative<model::Objects>(result));
    const auto& security = std::get<model::Objects>(result).at(0).at(0);
    EXPECT_EQ(std::get<std::string>(value_at(security, 0)), "coap://a.example");
    EXPECT_EQ(std::get<model::ObjectLink>(value_at(security, 17)), (model::ObjectLink{21, 1}));
}

TEST(Pack, NeedsTheAccountWhereIdsAreOpen) {
    const Profile profile = profile_of(whole);
    EXPECT_THAT(why_no_pack(pack_of(profile, nullptr)),
                HasSubstr("neither Discover nor the request's \"acc\" tells"));
    const auto empty = account({});
    EXPECT_THAT(why_no_pack(pack_of(profile, &empty)), HasSubstr("account is not known"));
    const std::string written_down =
        changed(changed(changed(changed(whole, "/servers/0/securityInstance", "1"),
                                "/servers/1/securityInstance", "2"),
                        "/servers/0/securityResources", "{}"),
                "/objects/~121~1{o}", "");
    EXPECT_THAT(paths(pack_of(profile_of(written_down), nullptr)),
                ElementsAre("/0/1", "/0/2", "/1/0", "/1/1", "/2/0", "/3442/0"));
    const auto taken = account({"/0/2"});
    EXPECT_THAT(why_no_pack(pack_of(profile_of(written_down), &taken)), HasSubstr("never written"));
}

TEST(Pack, IsNoneWhereTheProfileForbidsItOrSaysWhatIsDone) {
    const auto acc = account({"/0/0"});
    EXPECT_THAT(why_no_pack(pack_of(profile_of(changed(whole, "/pack", "false")), &acc)),
                HasSubstr("has no pack"));
    EXPECT_THAT(why_no_pack(pack_of(profile_of(changed(whole, "/enabler", "\"1.1\"")), &acc)),
                HasSubstr("has no pack"));
    Profile explicit_one = profile_of(whole);
    explicit_one.operations.emplace_back();
    EXPECT_THAT(why_no_pack(pack_of(explicit_one, &acc)), HasSubstr("\"operations\""));
}

TEST(Pack, IsRefusedForADeviceThatLacksWhatTheProfileNeeds) {
    const auto acc = account({"/0/0", "/21/0"});
    Device bare = some_device();
    bare.variables.clear();
    FixedRandom random;
    EXPECT_THAT(why_no_pack(make_pack(profile_of(whole), bare, {nullptr, &acc}, random)),
                HasSubstr("no variable \"host\""));
}

TEST(Pack, ComparesVersionsOnlyWithWhatADiscoverTold) {
    // Mostly there was none: the device itself ignores what it does not know.
    const auto acc = account({"/0/0", "/21/0"});
    EXPECT_EQ(paths(pack_of(profile_of(whole), &acc)).size(), 7U);
    const model::Discovered older = told({link("/0/0"), link("/3442", {}, "1.0")});
    EXPECT_THAT(why_no_pack(pack_of(profile_of(whole), &acc, &older)), HasSubstr("version 1.0"));
}

}  // namespace
}  // namespace provisioning
