#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/planning.h"

// Plans of explicit operations, of parts of what a device holds, and of corrections.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

constexpr std::string_view one_server = R"("servers": [{"shortServerId": 101, "uri": "coap://h",
    "security": {"mode": "nosec"}}], )";

std::string with(std::string_view entries, std::string_view more = "") {
    return R"({"name": "p", "enabler": "1.1", )" + std::string(more) + R"("operations": [)" +
           std::string(entries) + "]}";
}

TEST(PlanOperations, BeginWithTheirLeadingDiscovers) {
    const Profile profile = profile_of(
        with(R"({"discover": "/0"}, {"discover": "/1"}, {"delete": "/5"}, {"discover": "/"})"));
    EXPECT_THAT(first_discovers(profile), ElementsAre(model::Path(0), model::Path(1)));
    EXPECT_THAT(steps(plan_of(profile, nullptr)), ElementsAre("DELETE /5", "DISCOVER /", "FINISH"));
    EXPECT_THAT(first_discovers(profile_of(with(R"({"delete": "/5"}, {"discover": "/"})"))),
                ElementsAre());
    EXPECT_THAT(first_discovers(profile_of(R"({"name": "p", "deleteAll": false})")),
                ElementsAre(model::Path()));
}

TEST(PlanOperations, KeepTheirOrderAndFinishOnce) {
    const model::Discovered device = told({link("/0/0"), link("/1/0", 5), link("/0/1", 5)});
    const std::string list = R"({"discover": "/"}, {"delete": "/"}, {"write": "everything"},
        {"read": "/1"}, {"write": "/1/0/1", "value": 60}, {"delete": "/5"})";
    const std::vector<std::string> expected = {
        "DELETE /", "WRITE /0/1", "WRITE /1/0", "READ /1", "WRITE /1/0/1", "DELETE /5", "FINISH"};
    EXPECT_EQ(steps(plan_of(profile_of(with(list, one_server)), &device)), expected);
    EXPECT_EQ(steps(plan_of(profile_of(with(list + R"(, {"finish": true})", one_server)), &device)),
              expected);
}

TEST(PlanOperations, MayTouchOneResourceAndNothingElse) {
    // "a partial plan (one resource of one instance, nothing else touched) is as good as a whole
    // one", whatever the device tells or does not.
    const Profile profile = profile_of(with(R"({"write": "/1/0/1", "value": 300})"));
    const model::Discovered device = told({link("/0/0"), link("/1/0", 5), link("/0/1", 5)});
    for (const model::Discovered* discovered :
         {&device, static_cast<const model::Discovered*>(nullptr)}) {
        const PlanResult result = plan_of(profile, discovered);
        ASSERT_THAT(steps(result), ElementsAre("WRITE /1/0/1", "FINISH"));
        const Operation& write = std::get<Plan>(result).operations[0];
        EXPECT_EQ(
            std::get<std::int64_t>(std::get<model::Single>(std::get<model::Value>(write.content))),
            300);
    }
}

TEST(PlanOperations, WriteInstancesEachOnTheirOwn) {
    // "PUT per instance (/1/0) is understood by all: it is the default."
    const model::Discovered device = told({link("/0/0")});
    EXPECT_THAT(steps(plan_of(profile_of(R"({"name": "p", )" + std::string(one_server) +
                                         R"("objects": {"/3442/0": {}, "/3442/1": {}}})"),
                              &device)),
                ElementsAre("DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /3442/0",
                            "WRITE /3442/1", "FINISH"));
}

TEST(PlanOperations, WriteSeveralInstancesAtOnceWhereTheProfileSaysSo) {
    const PlanResult result =
        plan_of(profile_of(with(R"({"write": "/3442", "contentFormat": "senml-json",
                            "instances": {"0": {"1": 7}, "4": {"1": 8}}})")),
                nullptr);
    ASSERT_THAT(steps(result), ElementsAre("WRITE /3442", "FINISH"));
    const Operation& write = std::get<Plan>(result).operations[0];
    EXPECT_EQ(write.content_format, model::ContentFormat::senml_json);
    const auto& instances = std::get<model::Instances>(write.content);
    ASSERT_EQ(instances.size(), 2U);
    EXPECT_EQ(std::get<std::int64_t>(value_at(instances.at(4), 1)), 8);
}

TEST(PlanOperations, AddNoQueryButTheVersionThatTheProfileWants) {
    // "Anjay answers 4.02 to any unknown Uri-Query on an operation, Finish included. Nothing may
    // be added to the operations' URIs by default (?ver= breaks it)."
    const std::string objects = R"("objects": {"/3442/0": {"version": "1.1", "1": 7},
                                               "/3443/0": {"1": 7}}, )";
    const auto queries = [](const PlanResult& result) {
        std::vector<std::string> list;
        for (const Operation& operation : std::get<Plan>(result).operations)
            for (const std::string& query : operation.queries)
                list.push_back(step(operation) + "?" + query);
        return list;
    };
    const auto profile = [&](std::string_view more) {
        return profile_of(R"({"name": "p", "deleteAll": false, )" + objects + std::string(more) +
                          R"("enabler": "1.1"})");
    };
    EXPECT_THAT(queries(plan_of(profile(""), nullptr)), ElementsAre());
    EXPECT_THAT(queries(plan_of(profile(R"("objectVersion": "query", )"), nullptr)),
                ElementsAre("WRITE /3442/0?ver=1.1"));
    const std::string single = with(
        R"({"write": "/3442/0", "resources": {"version": "1.2", "objectVersion": "query"}},
           {"write": "/3443", "instances": {"0": {}, "1": {"version": "2.0",
                                                           "objectVersion": "query"}}})");
    EXPECT_THAT(queries(plan_of(profile_of(single), nullptr)),
                ElementsAre("WRITE /3442/0?ver=1.2", "WRITE /3443?ver=2.0"));
}

TEST(PlanOperations, CompareTheVersionsOfWhatTheyWriteThemselves) {
    const Profile profile = profile_of(
        with(R"({"discover": "/"}, {"write": "/3442/0", "resources": {"version": "1.1"}})"));
    const model::Discovered other = told({link("/3442", {}, "1.0")});
    EXPECT_THAT(why_not(plan_of(profile, &other)), HasSubstr("Object 3442 in version 1.0"));
    const model::Discovered same = told({link("/3442", {}, "1.1")});
    EXPECT_EQ(steps(plan_of(profile, &same)).size(), 2U);
}

TEST(PlanOperations, LetLinksFollowTheIdsThatAreChosen) {
    // "object links (OSCORE, COSE, MQTT, APN) renumbered along"
    const std::string text = R"({"name": "p", "enabler": "1.2", "servers": [
        {"shortServerId": 101, "uri": "coap://h", "security": {"mode": "nosec"},
         "securityResources": {"17": "21:{dm}", "26": "24:{mqtt}", "27": {"0": "23:{cose}"}},
         "resources": {"10": "11:{apn}"}}],
        "objects": {
          "/21/{dm}": {"0": "text:m", "1": "text:s", "2": "text:r"},
          "/23/{cose}": {"0": "k", "1": 10, "2": "v"},
          "/24/{mqtt}": {"6": "c"},
          "/11/{apn}": {"0": "iot", "4": 0}}})";
    // The account has an OSCORE instance of its own, and a device may have kept what it likes of
    // /23 and /24.
    const model::Discovered device = told(
        {link("/0/0"), link("/21/0"), link("/23/0"), link("/24/0"), link("/11/0"), link("/11/1")});
    const PlanResult result = plan_of(profile_of(text), &device);
    ASSERT_THAT(steps(result), ElementsAre("DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /11/0",
                                           "WRITE /21/1", "WRITE /23/1", "WRITE /24/1", "FINISH"));
    const auto link_at = [&](std::size_t index, model::ResourceId resource) {
        return std::get<model::ObjectLink>(written(result, index, resource));
    };
    EXPECT_EQ(link_at(1, 17), (model::ObjectLink{21, 1}));
    EXPECT_EQ(link_at(1, 26), (model::ObjectLink{24, 1}));
    EXPECT_EQ(link_at(2, 10), (model::ObjectLink{11, 0}));
    const auto& cose = std::get<model::Multiple>(
        std::get<model::Resources>(std::get<Plan>(result).operations[1].content).at(27));
    EXPECT_EQ(std::get<model::ObjectLink>(cose.at(0)), (model::ObjectLink{23, 1}));
}

TEST(PlanOperations, LetPathsFollowTheIdsThatAreChosen) {
    const Profile profile =
        profile_of(with(R"({"discover": "/"}, {"write": "/3442/{a}", "resources": {"1": 7}},
                {"write": "everything"}, {"write": "/3443/{b}/1", "value": 9},
                {"write": "/3442/{a}/2", "value": 8})",
                        R"("objects": {"/3443/{b}": {"0": "x"}, "/3443/0": {"0": "y"}}, )"));
    const model::Discovered device = told({link("/3442/0"), link("/3443/1")});
    EXPECT_THAT(steps(plan_of(profile, &device)),
                ElementsAre("WRITE /3442/1", "WRITE /3443/0", "WRITE /3443/2", "WRITE /3443/2/1",
                            "WRITE /3442/1/2", "FINISH"));
}

TEST(PlanOperations, CorrectWhatWasRefusedWithoutAFinishOfTheirOwn) {
    const Profile profile = profile_of(R"({"name": "p", )" + std::string(one_server) +
                                       R"("objects": {"/3442/{a}": {"0": "${random:4}"}},
           "onFinishRefused": [{"delete": "/5"}, {"write": "everything"},
                               {"write": "/3442/{a}/1", "value": 1}]})");
    const model::Discovered device = told({link("/0/0")});
    CountingRandom random;
    const PlanResult result = make_plan(profile, some_device(), {&device, nullptr}, random);
    const auto& plan = std::get<Plan>(result);
    EXPECT_THAT(steps(plan.operations),
                ElementsAre("DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /3442/0", "FINISH"));
    EXPECT_THAT(steps(plan.repair), ElementsAre("DELETE /5", "WRITE /0/1", "WRITE /1/0",
                                                "WRITE /3442/0", "WRITE /3442/0/1"));
    // What is written again is the same: a key of chance has been given to nobody twice.
    const auto& first = std::get<model::Resources>(plan.operations[3].content);
    const auto& again = std::get<model::Resources>(plan.repair[3].content);
    EXPECT_EQ(std::get<std::string>(value_at(first, 0)), "01020304");
    EXPECT_EQ(std::get<std::string>(value_at(again, 0)), "01020304");
}

}  // namespace
}  // namespace provisioning
