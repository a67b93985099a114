#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provisioning/profile.h"
#include "tests/provisioning/reading.h"

// "operations" and "onFinishRefused" of a profile, as they are read.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_profile;

constexpr std::string_view one_server = R"("servers": [{"shortServerId": 101, "uri": "coap://h",
    "security": {"mode": "nosec"}}], )";

// A profile with these entries of "operations", and more members before them.
std::string with(std::string_view entries, std::string_view more = "",
                 std::string_view enabler = "1.1") {
    return R"({"name": "p", "enabler": ")" + std::string(enabler) + "\", " + std::string(more) +
           R"("operations": [)" + std::string(entries) + "]}";
}

std::string summary(const PlannedOperation& operation) {
    std::string text;
    switch (operation.kind) {
        case OperationKind::discover:
            text = "discover";
            break;
        case OperationKind::delete_:
            text = "delete";
            break;
        case OperationKind::read:
            text = "read";
            break;
        case OperationKind::write:
            text = operation.everything ? "write everything" : "write";
            break;
        case OperationKind::finish:
            text = "finish";
            break;
    }
    text += " " + operation.path.to_string();
    if (operation.content_format)
        text += " " + std::string(model::name_of(*operation.content_format));
    for (const PlannedInstance& planned : operation.instances)
        text += " [" + std::to_string(planned.object) + " " +
                (planned.instance ? std::to_string(*planned.instance) : "{" + planned.label + "}") +
                ": " + std::to_string(planned.resources.size()) + "]";
    return text;
}

std::vector<std::string> summaries(const std::vector<PlannedOperation>& operations) {
    std::vector<std::string> list;
    for (const PlannedOperation& operation : operations) list.push_back(summary(operation));
    return list;
}

TEST(Operations, AreReadWithTheirPathsFormatsAndContents) {
    const auto reading = read_profile(with(R"(
        {"discover": "/"}, {"discover": "/3"}, {"delete": "/"}, {"delete": "/5"},
        {"delete": "/0/3"}, {"read": "/1"}, {"read": "/2/0", "contentFormat": "senml-json"},
        {"write": "everything", "contentFormat": "senml-cbor"},
        {"write": "/1/4/1", "value": 60, "contentFormat": "text"},
        {"write": "/2/0", "resources": {"0": 3, "1": 0, "3": 101}},
        {"write": "/3442", "instances": {"0": {"110": "b"}, "1": {"110": "a", "1": 2}}},
        {"finish": true})",
                                           one_server));
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_THAT(summaries(reading.value->operations),
                ElementsAre("discover /", "discover /3", "delete /", "delete /5", "delete /0/3",
                            "read /1", "read /2/0 senml-json", "write everything / senml-cbor",
                            "write /1/4/1 text [1 4: 1]", "write /2/0 [2 0: 3]",
                            "write /3442 [3442 0: 1] [3442 1: 2]", "finish /"));
    EXPECT_EQ(reading.value->operations.at(8).pointer, "/operations/8");
}

TEST(Operations, WriteInstancesWhoseIdsAreOpenByTheirLabels) {
    const auto reading = read_profile(with(
        R"({"discover": "/"}, {"delete": "/"}, {"write": "/3442/{apn}", "resources": {"0": "iot", "4": 0}},
           {"write": "/3442/{apn}/1", "value": "iot.example"}, {"write": "everything"},
           {"write": "/3443/{dm}/0", "value": true})",
        std::string(one_server) + R"("objects": {"/3443/{dm}": {"0": true}}, )"));
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_THAT(summaries(reading.value->operations),
                ElementsAre("discover /", "delete /", "write /3442/0 [3442 {apn}: 2]",
                            "write /3442/0/1 [3442 {apn}: 1]", "write everything /",
                            "write /3443/0/0 [3443 {dm}: 1]"));
}

TEST(Operations, MayBePartOfWhatADeviceHasAlready) {
    // "a partial plan (one resource of one instance, nothing else touched) is as good as a whole
    // one"
    const auto reading = read_profile(with(R"({"write": "/1/0/1", "value": "${device.none}"})"));
    EXPECT_FALSE(reading.value);  // not a whole number
    const auto good = read_profile(with(R"({"write": "/1/0/1", "value": 300})"));
    ASSERT_TRUE(good.value) << good.told();
    EXPECT_TRUE(good.value->instances.empty());
}

TEST(Operations, AfterARefusedFinishAreACorrection) {
    const auto reading = read_profile(
        R"({"name": "p", )" + std::string(one_server) +
        R"("onFinishRefused": [{"delete": "/2"}, {"read": "/1"}, {"write": "everything"},
                               {"write": "/3442/0/5", "value": "${device.x}"}]})");
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_THAT(
        summaries(reading.value->on_finish_refused),
        ElementsAre("delete /2", "read /1", "write everything /", "write /3442/0/5 [3442 0: 1]"));
    EXPECT_THAT(reading.value->variables, ElementsAre("x"));
}

TEST(Operations, TellVersionsInQueriesOfEveryInstanceThatHasOne) {
    const auto reading = read_profile(with(
        R"({"discover": "/"}, {"write": "everything"}, {"write": "/3443/0", "resources": {"0": 1}},
           {"write": "/3444/0", "resources": {"version": "1.0", "0": 1}})",
        R"("objectVersion": "query", "objects": {"/3442/0": {"version": "1.1", "110": "a"}}, )"));
    ASSERT_TRUE(reading.value) << reading.told();
    EXPECT_TRUE(reading.value->instances.at(0).version_in_query);
    EXPECT_FALSE(reading.value->operations.at(2).instances.at(0).version_in_query);
    EXPECT_TRUE(reading.value->operations.at(3).instances.at(0).version_in_query);
}

TEST(Operations, FormatsAreThoseOfTheEnabler) {
    struct Case {
        std::string enabler, format;
        bool is_known;
    };
    for (const Case& each : std::vector<Case>{{"1.0", "tlv", true},
                                              {"1.0", "json", true},
                                              {"1.0", "senml-json", false},
                                              {"1.0", "senml-cbor", false},
                                              {"1.0", "lwm2m-cbor", false},
                                              {"1.1", "tlv", true},
                                              {"1.1", "json", false},
                                              {"1.1", "senml-json", true},
                                              {"1.1", "senml-cbor", true},
                                              {"1.1", "lwm2m-cbor", false},
                                              {"1.2", "tlv", true},
                                              {"1.2", "json", false},
                                              {"1.2", "senml-json", true},
                                              {"1.2", "senml-cbor", true},
                                              {"1.2", "lwm2m-cbor", true}}) {
        const auto reading =
            read_profile(R"({"name": "p", "deleteAll": false, "enabler": ")" + each.enabler +
                         R"(", "contentFormat": ")" + each.format + "\"}");
        EXPECT_EQ(reading.value.has_value(), each.is_known) << each.enabler << " " << each.format;
    }
}

TEST(Operations, PackIsForDevicesOf12ThatGetEverything) {
    const auto pack = [](std::string_view more, std::string_view enabler) {
        const auto reading =
            read_profile(R"({"name": "p", )" + std::string(one_server) + std::string(more) +
                         R"("enabler": ")" + std::string(enabler) + "\"}");
        EXPECT_TRUE(reading.value) << reading.told();
        return reading.value && reading.value->pack;
    };
    EXPECT_TRUE(pack("", "1.2"));
    EXPECT_TRUE(pack(R"("pack": true, )", "1.2"));
    EXPECT_FALSE(pack(R"("pack": false, )", "1.2"));
    EXPECT_FALSE(pack(R"("deleteAll": false, )", "1.2"));
    EXPECT_FALSE(pack(R"("operations": [{"discover": "/"}, {"write": "everything"}], )", "1.2"));
    EXPECT_FALSE(pack("", "1.1"));
}

struct Wrong {
    std::string entries, more, at, message;
    std::string enabler = "1.1";
};

TEST(Operations, PointAtWhatIsWrong) {
    const std::string op = "/operations/0";
    const std::string servers(one_server);
    const std::string closed_id =
        R"("servers": [{"shortServerId": 101, "uri": "coap://h", "securityInstance": 1,
           "security": {"mode": "nosec"}}], )";
    const std::vector<Wrong> cases = {
        {"", "", "/operations", "is empty"},
        {"7", "", op, "is a whole number"},
        {"{}", "", op, "names no operation"},
        {R"({"discover": "/", "delete": "/"})", "", op, "more than one operation"},
        {R"({"execute": "/1/0/8"})", "", op + "/execute", "not a key"},
        {R"({"discover": "/1/0"})", "", op + "/discover", "no path that a device tells of"},
        {R"({"discover": "1"})", "", op + "/discover", "no path"},
        {R"({"discover": "/", "value": 1})", "", op + "/value", "no meaning"},
        {R"({"delete": "/1/0/1"})", "", op + "/delete", "is a Resource"},
        {R"({"delete": "1"})", "", op + "/delete", "is no path"},
        {R"({"delete": "/3"})", "", op + "/delete", "Device Object"},
        {R"({"delete": "/3/0"})", "", op + "/delete", "Device Object"},
        {R"({"delete": 1})", "", op + "/delete", "is a whole number"},
        {R"({"delete": "/1", "contentFormat": "tlv"})", "", op + "/contentFormat", "no meaning"},
        // "Anjay counts a Read as its first operation as an error in hold-off. Begin with
        // Discover, Delete or Write."
        {R"({"read": "/1"})", "", op + "/read", "comes first"},
        {R"({"delete": "/5"}, {"read": "/1"})", "", "/operations/1/read", "came with LwM2M 1.1",
         "1.0"},
        {R"({"delete": "/5"}, {"read": "/0"})", "", "/operations/1/read", "may read"},
        {R"({"delete": "/5"}, {"read": "/1/0/1"})", "", "/operations/1/read", "may read"},
        {R"({"delete": "/5"}, {"read": "/"})", "", "/operations/1/read", "may read"},
        {R"({"delete": "/5"}, {"read": "/1", "contentFormat": "lwm2m-cbor"})", "",
         "/operations/1/contentFormat", "came with LwM2M 1.2"},
        {R"({"delete": "/5"}, {"read": "/1", "contentFormat": "cbor"})", "",
         "/operations/1/contentFormat", "whole instances"},
        {R"({"finish": true}, {"delete": "/5"})", "", op + "/finish", "not the last"},
        {R"({"finish": true}, {"finish": true})", "", op + "/finish", "not the last"},
        {R"({"finish": false})", "", op + "/finish", "is false"},
        {R"({"finish": true, "value": 1})", "", op + "/value", "no meaning"},
        {R"({"write": "/"})", "", op + "/write", "at once"},
        {R"({"write": "all"})", "", op + "/write", "is no path"},
        {R"({"write": "/2/0/2/101", "value": 1})", "", op + "/write", "is a Resource Instance"},
        {R"({"write": "/1/0/1"})", "", op + "/value", "missing"},
        {R"({"write": "/1/0/1", "value": "x"})", "", op + "/value", "is a text"},
        {R"({"write": "/1/0/1", "value": -1})", "", op + "/value", "out of range"},
        {R"({"write": "/1/0/8", "value": 1})", "", op + "/value", "executed"},
        {R"({"write": "/1/0/99", "value": 1})", "", op + "/value", "no Resource"},
        {R"({"write": "/1/0/1", "resources": {}, "value": 1})", "", op + "/resources",
         "no meaning"},
        {R"({"write": "/1/0"})", "", op + "/resources", "missing"},
        // "Replace or merge: … Delete first, or write complete instances."
        {R"({"delete": "/1"}, {"write": "/1/0", "resources": {"0": 1, "1": 60, "6": true}})", "",
         "/operations/1/resources/7", "missing"},
        {R"({"write": "/3442"})", "", op + "/instances", "missing"},
        {R"({"write": "/3442", "instances": {}})", "", op + "/instances", "is empty"},
        {R"({"write": "/3442", "instances": {"x": {}}})", "", op + "/instances/x", "no id"},
        {R"({"write": "/3442", "instances": {"65535": {}}})", "", op + "/instances/65535", "no id"},
        {R"({"write": "/3442", "instances": {"0": 1}})", "", op + "/instances/0", "whole number"},
        // "A second BS account is refused by Anjay at Write time (4.00)."
        {R"({"write": "/0/1/1", "value": true})", "", op + "/value", "second Bootstrap-Server"},
        {R"({"write": "/1/0/1", "value": 60, "contentFormat": "opaque"})", "",
         op + "/contentFormat", "format of octets"},
        {R"({"write": "/0/1/16", "value": {"0": 49320}, "contentFormat": "text"})", "",
         op + "/contentFormat", "format of single values"},
        {R"({"write": "/3442/0", "resources": {"0": 1}, "contentFormat": "text"})", "",
         op + "/contentFormat", "whole instances"},
        {R"({"write": "/1/0/1", "value": 60, "contentFormat": "cbor"})", "", op + "/contentFormat",
         "came with LwM2M 1.1", "1.0"},
        {R"({"write": "/1/0/1", "value": 60, "contentFormat": "link-format"})", "",
         op + "/contentFormat", "none of the words"},
        {R"({"write": "/11/{apn}/1", "value": "x"})", "", op + "/write", "names {apn}"},
        {R"({"write": "/11/{}/1", "value": "x"})", "", op + "/write", "is no path"},
        {R"({"write": "everything"})", "", op + "/write", "which is nothing"},
        {R"({"discover": "/"}, {"write": "everything", "value": 1})", servers,
         "/operations/1/value", "no meaning"},
        {R"({"write": "everything"})", closed_id, "/servers/0/serverInstance",
         "nobody knows which ids are free"},
        {R"({"delete": "/5"})", R"("objects": {"/3442/0": {"110": "a"}}, )", "/operations",
         "never write"},
        {R"({"delete": "/5"})", R"("discover": true, )", "/discover", "usual plan"},
        {R"({"delete": "/5"})", R"("deleteAll": false, )", "/deleteAll", "usual plan"},
        {R"({"delete": "/5"})", R"("pack": true, )", "/pack", "beside \"operations\"", "1.2"},
        {R"({"delete": "/5"})", R"("objectVersion": "query", )", "/objectVersion",
         "no instance has one"},
        {R"({"delete": "/5"})", R"("onFinishRefused": [{"finish": true}], )",
         "/onFinishRefused/0/finish", "not one of the corrections"},
        {R"({"delete": "/5"})", R"("onFinishRefused": [{"discover": "/"}], )",
         "/onFinishRefused/0/discover", "once a Finish was refused"},
        {R"({"delete": "/5"})", R"("onFinishRefused": [{"write": "everything"}], )",
         "/onFinishRefused/0/write", "which is nothing"},
    };
    for (const Wrong& each : cases) {
        const auto reading = read_profile(with(each.entries, each.more, each.enabler));
        const std::string which = each.entries + " " + each.more + "\n" + reading.told();
        EXPECT_FALSE(reading.value) << which;
        EXPECT_EQ(reading.problems.size(), 1U) << which;
        if (reading.problems.empty()) continue;
        EXPECT_EQ(reading.problems[0].pointer, each.at) << which;
        EXPECT_THAT(reading.problems[0].message, HasSubstr(each.message)) << which;
        EXPECT_FALSE(reading.problems[0].remedy.empty()) << which;
    }
}

}  // namespace
}  // namespace provisioning
