#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provisioning/ddf.h"
#include "tests/provisioning/reading.h"

// What the checks of a profile must let pass, and how its values come out; what they refuse is in
// wrong_profiles.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using testing::read_profile;

std::string with_server(std::string_view more, std::string_view in_server = "",
                        std::string_view enabler = "1.2") {
    return R"({"name": "p", "enabler": ")" + std::string(enabler) +
           R"(", "servers": [{"shortServerId": 101, "uri": "coap://h",
           "security": {"mode": "nosec"})" +
           std::string(in_server) + "}]" + std::string(more) + "}";
}

std::string with_objects(const std::string& objects) {
    return with_server(R"(, "objects": )" + objects);
}

const TemplateSingle& single(const Profile& profile, model::ObjectId object,
                             model::ResourceId resource) {
    for (const PlannedInstance& planned : profile.instances)
        if (planned.object == object)
            return std::get<TemplateSingle>(planned.resources.at(resource));
    throw std::out_of_range("no such instance");
}

template <class T>
const T& value(const Profile& profile, model::ObjectId object, model::ResourceId resource) {
    return std::get<T>(std::get<model::Single>(single(profile, object, resource)));
}

TEST(ProfileChecks, LetPassWhatIsRight) {
    const std::vector<std::string> right = {
        // The device's own Objects: nothing of theirs is missing.
        with_objects(R"({"/3/0": {"UTC Offset": "+02:00"}, "/5/0": {"11": 1},
                         "/8/0": {"State": 0}, "/7/0": {"Collection Period": 3600}})"),
        // Mandatory, but read-only: the device fills it in.
        with_objects(R"({"/10/0": {"4": 3600}, "/22/0": {"0": {"0": "</3/0/1>;a=1,</3/0/2>"}}})"),
        with_objects(R"x({"/13/0": {"0": {"0": 1, "1": 5}, "acceptable rsrp (LTE)": -140}})x"),
        with_objects(R"({"/20/1": {"version": "2.0", "4010": 255}})"),
        // A link to nothing, LwM2M Core appendix C.
        with_server("", R"(, "securityResources": {"17": "65535:65535"},
                           "resources": {"APN Link": "65535:65535"})"),
        // An APN profile may be the device's own.
        with_server("", R"(, "resources": {"APN Link": "11:0", "24": {"0": "11:0", "1": "11:1"}})"),
        with_server(R"(, "objects": {"/21/{dm}": {"0": "00", "1": "01", "2": "02"},
                         "/23/0": {"0": "k", "1": 10, "2": "s"}})",
                    R"(, "securityResources": {"17": "21:{dm}", "27": {"0": "23:0"}})"),
        with_server(R"(, "accessControl": [{"object": 3, "instance": 0, "owner": 65535,
                         "acl": {"0": ["read"], "101": ["write"]}}])"),
        // What is not deleted may be on the device.
        with_server(R"(, "deleteAll": false, "accessControl": [{"object": 3, "instance": 0,
                         "owner": 7, "acl": {"8": ["read"]}}])",
                    R"(, "securityResources": {"17": "21:3"})"),
        with_server("", R"(, "resources": {"2": 60, "3": 60, "22": "M"}, "binding": "UMH")"),
        with_server("", R"(, "resources": {"2": 60, "3": 0})"),
        with_server("", R"(, "securityResources": {"25": {"0": "coap://b", "1": "coap://c"}})"),
    };
    for (const std::string& each : right) {
        const auto reading = read_profile(each);
        EXPECT_TRUE(reading.value) << each << "\n" << reading.told();
    }
}

TEST(ProfileChecks, LetOperationsDoWhatTheyMay) {
    const std::string account = R"({"write": "/0/1", "resources": {"0": "coap://h", "1": false,
        "2": 3, "10": 5}}, {"write": "/1/0", "resources": {"0": 5, "1": 60, "6": true, "7": "U"}})";
    const std::vector<std::string> right = {
        R"({"write": "/1/0/7", "value": "UT"})",
        R"({"write": "/0/1/5", "value": "00"}, {"write": "/0/1/0", "value": "coap://h"})",
        // Half an account may be on the device already.
        R"({"delete": "/0/1"}, {"write": "/0/1", "resources": {"0": "coap://h", "1": false, "2": 3,
            "10": 5}})",
        R"({"delete": "/"}, )" + account,
        R"({"delete": "/0"}, {"delete": "/1"}, )" + account + ", " + account,
        R"({"delete": "/"}, {"finish": true})",
        R"({"delete": "/2"}, {"write": "/2", "instances": {"0": {"0": 3, "1": 0, "3": 101}}})",
    };
    for (const std::string& each : right) {
        const auto reading = read_profile(R"({"name": "p", "operations": [)" + each + "]}");
        EXPECT_TRUE(reading.value) << each << "\n" << reading.told();
    }
    // A device of 1.2 tells its account in `acc`; Discover tells it of the others.
    const std::string everything = R"(, "operations": [{"delete": "/"}, {"write": "everything"}])";
    EXPECT_TRUE(read_profile(with_server(everything)).value);
    EXPECT_THAT(read_profile(with_server(everything, "", "1.1")).pointers(),
                ElementsAre("/servers/0/securityInstance"));
}

TEST(ProfileChecks, OfAPartialWriteAreOfItsValueAlone) {
    struct Case {
        std::string operation, message;
    };
    for (const Case& each : std::vector<Case>{
             {R"({"write": "/0/1/0", "value": "http://h"})", "is not a coap or coaps URI"},
             {R"({"write": "/1/0/7", "value": "X"})", "is no binding of the profile's enabler"},
             {R"({"write": "/1/0/12", "value": 5})", "is filled in by the device itself"},
             {R"({"write": "/13/1/11", "value": 5})",
              "is another instance than 0, but LWM2M Bearer Selection 1.1 has a single one"},
             {R"({"write": "/0/1/17", "value": "11:0"})",
              "links to Object 11, but is for one of Object 21"}}) {
        const auto reading =
            read_profile(R"({"name": "p", "operations": [)" + each.operation + "]}");
        ASSERT_EQ(reading.problems.size(), 1U) << each.operation << "\n" << reading.told();
        EXPECT_EQ(reading.problems[0].pointer, "/operations/0/value");
        EXPECT_EQ(reading.problems[0].message, each.message);
    }
}

TEST(ProfileChecks, ReadValuesByTheVersionThatIsChosen) {
    const auto older = read_profile(with_objects(
        R"({"/21/0": {"version": "1.1", "0": "master", "1": "s", "OSCORE Recipient ID": "r"}})"));
    ASSERT_TRUE(older.value) << older.told();
    const auto& text = value<model::Secret>(*older.value, 21, 0);
    EXPECT_EQ(text.kind(), model::Secret::Kind::text);
    EXPECT_EQ(wire::as_text(text.reveal()), "master");
    EXPECT_EQ(value<std::string>(*older.value, 21, 2), "r");

    const auto newest = read_profile(
        with_objects(R"({"/21/0": {"0": "00ff", "1": "01", "OSCORE Recipient ID": "02"}})"));
    ASSERT_TRUE(newest.value) << newest.told();
    const auto& octets = value<model::Secret>(*newest.value, 21, 0);
    EXPECT_EQ(octets.kind(), model::Secret::Kind::octets);
    EXPECT_EQ(wire::to_hex(octets.reveal()), "00ff");
    EXPECT_EQ(newest.value->instances.back().definition->version.to_string(), "2.0");
}

// Objects had no definitions once, and values were marked with their types.
TEST(ProfileChecks, ReadValuesThatAreMarkedWithTheTypeOfTheirResource) {
    const auto reading = read_profile(with_objects(
        R"({"/11/0": {"0": "iot", "4": 0, "6": {"secret": "text:pw"}},
            "/19/0": {"0": {"0": {"opaque": "00ff"}}, "2": {"time": 1700000000}},
            "/24/0": {"6": "me", "8": {"opaque": "base64:AP8="}},
            "/9/0": {"13": {"link": "11:0"}}})"));
    ASSERT_TRUE(reading.value) << reading.told();
    const auto& secret = value<model::Secret>(*reading.value, 11, 6);
    EXPECT_EQ(secret.kind(), model::Secret::Kind::text);
    EXPECT_EQ(wire::as_text(secret.reveal()), "pw");
    EXPECT_EQ(value<model::Time>(*reading.value, 19, 2).seconds, 1700000000);
    EXPECT_EQ(wire::to_hex(value<model::Secret>(*reading.value, 24, 8).reveal()), "00ff");
    EXPECT_EQ(value<model::ObjectLink>(*reading.value, 9, 13), (model::ObjectLink{11, 0}));
}

TEST(ProfileChecks, LetOctetsOfAnyLengthPass) {
    const std::string chain(2 * 64 * 1024, '3');
    const auto reading = read_profile(
        with_objects(R"({"/0/7": {"0": "coap://x", "1": false, "2": 3, "3": ")" + chain +
                     R"(", "10": 5}, "/1/7": {"0": 5, "1": 60, "6": true, "7": "U"}})"));
    ASSERT_TRUE(reading.value) << reading.told();
    const std::string longer(2 * (1024 * 1024 + 1), '3');
    EXPECT_THAT(
        read_profile(with_objects(R"({"/19/0": {"0": {"0": ")" + longer + "\"}}}")).pointers(),
        ElementsAre("/objects/~119~10/0/0"));
}

TEST(ProfileChecks, LetAVendorsReadOnlyResourceBeWritten) {
    // "written regardless of existence or access rights", LwM2M Core §6.1.7.5; of OMA's own
    // Objects it is known that the device fills it in.
    constexpr std::string_view ddf = R"(<LWM2M><Object><Name>Tariff</Name><ObjectID>33001</ObjectID>
        <MultipleInstances>Single</MultipleInstances><Resources><Item ID="0"><Name>Price</Name>
        <Operations>R</Operations><MultipleInstances>Single</MultipleInstances>
        <Mandatory>Mandatory</Mandatory><Type>Float</Type><RangeEnumeration>0..9</RangeEnumeration>
        </Item></Resources></Object></LWM2M>)";
    auto definitions = model::Definitions::built_in();
    document::Problems problems;
    definitions.add(parse_ddf(ddf, "t.xml", problems).value().at(0));
    const auto read = [&](const std::string& resources) {
        const auto json = nlohmann::json::parse(with_objects(R"({"/33001/0": )" + resources + "}"));
        problems.clear();
        return parse_profile(document::Node(json, "p", "", problems), "p", definitions);
    };
    EXPECT_TRUE(read(R"({"Price": 1.5})"));
    EXPECT_TRUE(read(R"({"0": 9})"));
    EXPECT_TRUE(read("{}"));
    EXPECT_FALSE(read(R"({"0": 9.5})"));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].remedy, "write a number from 0 to 9");
}

}  // namespace
}  // namespace provisioning
