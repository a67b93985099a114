#include "server/explain/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/lwm2m/text.h"
#include "tests/explain/reading.h"

namespace explain {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view meter = R"({
  "name": "meter", "enabler": "1.1",
  "servers": [ { "shortServerId": 101, "uri": "coaps://dm.example.com:5684",
                 "security": { "mode": "psk", "identity": "${endpoint}",
                               "key": "${device.dmKey}" },
                 "lifetime": 86400, "binding": "U" } ],
  "objects": { "/3442/0": { "110": "hello", "130": 1.5, "150": { "time": 1700000000 },
                            "160": { "link": "3:0" }, "170": { "opaque": "00ff" },
                            "180": { "secret": "text:pass word" }, "190": { "3": true } } } })";
constexpr std::string_view device = R"({
  "endpoint": "meter-1", "profile": "meter",
  "credentials": { "psk": { "identity": "id", "key": "000102030405060708090a0b0c0d0e0f" } },
  "variables": { "dmKey": "b1b2b3b4b5b6b7b8b9babbbcbdbebfc0" } })";

std::string without(std::string_view text, std::string_view what, std::string_view with) {
    std::string out(text);
    const auto at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), with);
}

std::vector<std::string> requests_of(const json& plan) {
    std::vector<std::string> requests;
    for (const json& each : plan["operations"]) requests.push_back(each["request"]);
    return requests;
}

json row(const json& operation, const std::string& path) {
    for (const json& each : operation["values"])
        if (each["path"] == path) return each;
    return nullptr;
}

TEST(ExplainPlan, ShowsWhatASessionMakesAsPlaceholders) {
    const std::string profile = without(
        without(meter, "\"${device.dmKey}\"", "\"${secret:dm-psk}\""), "\"enabler\": \"1.1\",",
        R"("enabler": "1.1", "bootstrapAccount": {"keys": "replace", "way": "newInstance"},)");
    const json plan = testing::plan_of(*testing::catalog_of(profile, device));
    EXPECT_THAT(requests_of(plan),
                ElementsAre("GET /", "DELETE /", "PUT /0/1", "PUT /1/0", "PUT /3442/0", "PUT /0/2",
                            "GET /", "DELETE /0/0", "POST /bs"));
    EXPECT_EQ(row(plan["operations"][2], "/0/1/5")["value"], "(16 octets, secret)");
    EXPECT_EQ(row(plan["operations"][5], "/0/2/5")["value"], "(16 octets, secret)");
    EXPECT_EQ(row(plan["operations"][5], "/0/2/0")["value"],
              "coaps://bootstrap-server.invalid:5684");
    EXPECT_THAT(plan["operations"][6]["notes"][0].get<std::string>(), HasSubstr("list /0/2"));
    EXPECT_THAT(plan["notes"].dump(), AllOf(HasSubstr("dm-psk"), HasSubstr("publicUri")));
    // The sample links to /3/0, which nobody told of; the account is in order.
    EXPECT_THAT(plan["problems"].dump(), Not(HasSubstr("\"/0/")));
}

TEST(ExplainPlan, ShowsEveryOperationInTheOrderOfSending) {
    const json plan = testing::plan_of(*testing::catalog_of(meter, device));
    std::vector<std::string> requests;
    for (const json& each : plan["operations"])
        requests.push_back(each["method"].get<std::string>() + ": " +
                           each["request"].get<std::string>());
    EXPECT_THAT(requests, ElementsAre("DISCOVER: GET /", "DELETE: DELETE /", "WRITE: PUT /0/1",
                                      "WRITE: PUT /1/0", "WRITE: PUT /3442/0", "FINISH: POST /bs"));
    EXPECT_EQ(plan["operations"][0]["accept"], 40);
    EXPECT_EQ(plan["operations"][2]["contentFormat"], 11542);
    EXPECT_EQ(plan["operations"][2]["contentFormatName"], "tlv");
    EXPECT_EQ(plan["operations"][5]["path"], "/bs");
    EXPECT_TRUE(plan["operations"][5]["contentFormat"].is_null());
    EXPECT_FALSE(plan["operations"][5].contains("payload"));
    EXPECT_TRUE(plan["pack"].is_null());
}

TEST(ExplainPlan, DecodesValuesByTheirDefinitions) {
    const json plan = testing::plan_of(*testing::catalog_of(meter, device));
    const json& security = plan["operations"][2];
    EXPECT_EQ(row(security, "/0/1/0")["value"], "coaps://dm.example.com:5684");
    EXPECT_EQ(row(security, "/0/1/0")["type"], "String");
    EXPECT_THAT(row(security, "/0/1/0")["name"].get<std::string>(),
                ::testing::ContainsRegex("L[wW]M2M +Server URI"));
    EXPECT_EQ(row(security, "/0/1/3"), (json{{"path", "/0/1/3"},
                                             {"name", "Public Key or Identity"},
                                             {"type", "Opaque"},
                                             {"value", "6d657465722d31"},
                                             {"text", "meter-1"}}));
    EXPECT_EQ(row(security, "/0/1/5"), (json{{"path", "/0/1/5"},
                                             {"name", "Secret Key"},
                                             {"type", "Opaque"},
                                             {"secret", true},
                                             {"value", "(16 octets, secret)"}}));
    EXPECT_EQ(row(plan["operations"][3], "/1/0/1")["value"], 86400);
}

TEST(ExplainPlan, ShowsValuesOfObjectsThatNobodyDefinedByTheirOwnTypes) {
    const json plan =
        testing::plan_of(*testing::catalog_of(without(meter, "/3442/0", "/31000/0"), device));
    const json& write = plan["operations"][4];
    const auto shown = [&](const std::string& resource) {
        const json found = row(write, "/31000/0/" + resource);
        EXPECT_FALSE(found.contains("name")) << resource;
        return found["type"].get<std::string>() + " " + found["value"].dump();
    };
    EXPECT_EQ(shown("110"), "String \"hello\"");
    EXPECT_EQ(shown("130"), "Float 1.5");
    EXPECT_EQ(shown("150"), "Time 1700000000");
    EXPECT_EQ(shown("160"), "Objlnk \"3:0\"");
    EXPECT_EQ(shown("170"), "Opaque \"00ff\"");
    EXPECT_EQ(shown("180").substr(7), "\"(9 octets, secret)\"");
    EXPECT_EQ(shown("190/3"), "Boolean true");
}

TEST(ExplainPlan, ShowsThePayloadWithEachSecretOctetMasked) {
    const json plan = testing::plan_of(*testing::catalog_of(meter, device));
    const json& security = plan["operations"][2];
    const std::string payload = security["payload"];
    EXPECT_EQ(payload.size(), 2 * security["payloadSize"].get<std::size_t>());
    // Resource 0 in the open, the 16 octets of Resource 5 not, Resource 10 after them again.
    EXPECT_TRUE(payload.starts_with("c8001b636f6170733a2f2f646d2e6578616d706c652e636f6d"))
        << payload;
    EXPECT_THAT(payload, HasSubstr("c80510" + std::string(32, '*') + "c10a65"));
}

TEST(ExplainPlan, NeverShowsAnOctetOfASecret) {
    const std::vector<std::string> keys{
        "\xB1\xB2\xB3\xB4\xB5\xB6\xB7\xB8\xB9\xBA\xBB\xBC\xBD\xBE\xBF\xC0", "pass word",
        std::string("\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16)};
    for (const char* enabler : {"1.0", "1.1", "1.2"}) {
        const auto profile = without(
            without(meter, "\"enabler\": \"1.1\"", "\"enabler\": \"" + std::string(enabler) + "\""),
            "/3442/0", "/31000/0");
        const auto catalog = testing::catalog_of(profile, device);
        for (const char* format : {"tlv", "senml-json", "senml-cbor", "lwm2m-cbor", "json"}) {
            support::SeededRandom random(1);
            const auto answer = explain::answer(
                {"meter", "meter-1", {{}, session_format_from(format)}}, *catalog, random);
            ASSERT_TRUE(std::holds_alternative<ShownPlan>(answer)) << format;
            const std::string& plan = std::get<ShownPlan>(answer).json;
            EXPECT_EQ(json::parse(plan)["pack"].is_null(), std::string_view(enabler) != "1.2");
            const std::string text = plan + plan_text(plan).value_or("");
            for (const std::string& key : keys) {
                EXPECT_THAT(text, Not(HasSubstr(key)));
                const std::string hex = wire::to_hex(wire::as_bytes(key));
                const std::string base64 = lwm2m::to_base64(wire::as_bytes(key));
                for (const std::string& form : {hex, base64, wire::to_hex(wire::as_bytes(base64))})
                    for (std::size_t at = 0; at + 8 <= form.size(); at += 2)
                        EXPECT_THAT(text, Not(HasSubstr(form.substr(at, 8)))) << format;
            }
        }
    }
}

TEST(ExplainPlan, SaysWhatItAssumesOfADeviceThatNobodyAsked) {
    const json plan = testing::plan_of(*testing::catalog_of(meter, device));
    EXPECT_THAT(plan["assumptions"].get<std::vector<std::string>>(),
                ElementsAre(AllOf(HasSubstr("account is /0/0 "), HasSubstr("holds nothing else")),
                            HasSubstr("no content format (pct)")));
    EXPECT_EQ(plan["contentFormatFrom"], "enabler");
}

TEST(ExplainPlan, KeepsClearOfTheAccountThatItIsTold) {
    const auto catalog = testing::catalog_of(meter, device);
    const json plan = testing::plan_of(*catalog, {account_from("/0/1,/21/3"), {}});
    EXPECT_EQ(plan["operations"][2]["path"], "/0/0");
    EXPECT_THAT(plan["assumptions"][0].get<std::string>(), HasSubstr("/0/1, /21/3"));
}

TEST(ExplainPlan, WritesInTheFormatThatTheDeviceAsksFor) {
    const auto catalog = testing::catalog_of(meter, device);
    const json plan = testing::plan_of(*catalog, {{}, model::ContentFormat::tlv});
    EXPECT_EQ(plan["contentFormatFrom"], "device");
    EXPECT_THAT(plan["assumptions"][1].get<std::string>(), HasSubstr("pct=11542"));
}

TEST(ExplainPlan, SaysThatRandomOctetsAreOthersEachTime) {
    const auto fixed = testing::plan_of(*testing::catalog_of(meter, device));
    EXPECT_THAT(fixed["notes"], IsEmpty());
    const auto random = testing::plan_of(
        *testing::catalog_of(without(meter, "${device.dmKey}", "${random:16}"), device));
    EXPECT_THAT(random["notes"].get<std::vector<std::string>>(),
                Contains(HasSubstr("${random:N}")));
    const auto several = testing::plan_of(*testing::catalog_of(
        without(meter, "\"190\": { \"3\": true }", "\"190\": { \"3\": \"${random:2}\" }"), device));
    EXPECT_THAT(several["notes"].get<std::vector<std::string>>(),
                Contains(HasSubstr("${random:N}")));
}

TEST(ExplainPlan, ProvesTheAddressBeforeKeysGoToAnUnsecuredDevice) {
    const auto first_request = [](std::string_view of_device) {
        const auto read = testing::catalog_of(
            without(without(meter, "\"enabler\"", "\"discover\": false, \"enabler\""),
                    "\"shortServerId\"",
                    "\"securityInstance\": 5, \"serverInstance\": 0, \"shortServerId\""),
            of_device);
        provisioning::Profile profile = *read->profiles().at(0);
        profile.delete_all = false;
        document::Problems problems;
        const auto catalog = provisioning::Catalog::from(
            {profile}, {*read->find_by_endpoint("meter-1")->device}, problems);
        return testing::plan_of(*catalog)["operations"][0];
    };
    const json unsecured = first_request(R"({ "endpoint": "meter-1", "profile": "meter",
        "credentials": { "nosec": true }, "variables": { "dmKey": "text:0123456789abcdef" } })");
    EXPECT_EQ(unsecured["request"], "GET /");
    EXPECT_THAT(unsecured["notes"][0].get<std::string>(), HasSubstr("unsecured"));
    EXPECT_EQ(first_request(device)["request"], "PUT /0/5");
}

// An explicit list and a repair, with the version in the query.
constexpr std::string_view explicit_list = R"({
  "name": "meter", "enabler": "1.2", "objectVersion": "query",
  "servers": [ { "shortServerId": 101, "uri": "coaps://dm.example.com:5684",
                 "security": { "mode": "psk", "identity": "${endpoint}",
                               "key": "${device.dmKey}" },
                 "lifetime": 86400, "binding": "U" } ],
  "objects": { "/3442/0": { "version": "1.0", "110": "hello" } },
  "operations": [ { "discover": "/" }, { "delete": "/0" }, { "write": "everything" },
                  { "read": "/1", "contentFormat": "senml-json" }, { "finish": true } ],
  "onFinishRefused": [ { "write": "/1/0/1", "value": 60, "contentFormat": "text" } ] })";

TEST(ExplainPlan, ShowsExplicitOperationsAndTheRepair) {
    const auto catalog = testing::catalog_of(explicit_list, device);
    ASSERT_TRUE(catalog);
    const json plan = testing::plan_of(*catalog);
    std::vector<std::string> requests;
    for (const json& each : plan["operations"]) requests.push_back(each["request"]);
    EXPECT_THAT(requests, ElementsAre("GET /", "DELETE /0", "PUT /0/1", "PUT /1/0",
                                      "PUT /3442/0?ver=1.0", "GET /1", "POST /bs"));
    EXPECT_EQ(plan["operations"][5]["accept"], 110);
    EXPECT_EQ(plan["operations"][4]["queries"], (json{"ver=1.0"}));
    EXPECT_EQ(plan["operations"][2]["contentFormatName"], "senml-cbor");
    ASSERT_EQ(plan["repair"].size(), 1U);
    EXPECT_EQ(plan["repair"][0]["payload"], "3630");
    EXPECT_EQ(plan["repair"][0]["contentFormatName"], "text");
}

constexpr std::string_view with_pack = R"({
  "name": "meter", "enabler": "1.2", "pack": true,
  "servers": [ { "shortServerId": 101, "uri": "coaps://dm.example.com:5684",
                 "security": { "mode": "psk", "identity": "${endpoint}",
                               "key": "${device.dmKey}" },
                 "lifetime": 86400, "binding": "U" } ] })";

TEST(ExplainPlan, ShowsThePackWithItsSecretsMasked) {
    const auto catalog = testing::catalog_of(with_pack, device);
    ASSERT_TRUE(catalog);
    const json plan = testing::plan_of(*catalog);
    EXPECT_EQ(plan["pack"]["contentFormatName"], "senml-cbor");
    EXPECT_EQ(row(plan["pack"], "/0/1/5")["value"], "(16 octets, secret)");
    EXPECT_THAT(plan["pack"]["payload"].get<std::string>(), HasSubstr(std::string(32, '*')));
}

TEST(ExplainPlan, GivesNoPackOverAnUnsecuredTransport) {
    const auto catalog = testing::catalog_of(
        with_pack,
        R"({ "endpoint": "meter-1", "profile": "meter", "credentials": { "nosec": true },
                         "variables": { "dmKey": "text:0123456789abcdef" } })");
    ASSERT_TRUE(catalog);
    const json plan = testing::plan_of(*catalog);
    EXPECT_THAT(plan["pack"]["impossible"].get<std::string>(), HasSubstr("unsecured"));
}

TEST(ExplainPlan, TellsWhoIsUnknownAndWhatIsImpossible) {
    const auto catalog = testing::catalog_of(meter, device);
    support::SeededRandom random(1);
    const auto ask = [&](const PlanQuestion& question) {
        return explain::answer(question, *catalog, random);
    };
    EXPECT_EQ(std::get<Unknown>(ask({"gas", "meter-1", {}})).reason, "no profile \"gas\"");
    EXPECT_EQ(std::get<Unknown>(ask({"meter", "meter-2", {}})).reason,
              "no device with endpoint \"meter-2\"");
    provisioning::Profile profile = *catalog->profiles().at(0);
    profile.discover = false;
    document::Problems problems;
    const auto blind = provisioning::Catalog::from(
        {profile}, {*catalog->find_by_endpoint("meter-1")->device}, problems);
    const auto no = explain::answer({"meter", "meter-1", {}}, *blind, random);
    EXPECT_FALSE(std::get<Impossible>(no).reason.empty());
}

TEST(ExplainPlan, ReadsWellOnATerminal) {
    const auto catalog = testing::catalog_of(meter, device);
    support::SeededRandom random(1);
    const auto answer = explain::answer({"meter", "meter-1", {}}, *catalog, random);
    const auto text = plan_text(std::get<ShownPlan>(answer).json);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("Assumed: the device's Bootstrap-Server account is /0/0"));
    EXPECT_THAT(*text, HasSubstr("  3  WRITE /0/1"));
    EXPECT_THAT(*text, ::testing::ContainsRegex("/0/1/5 +Secret Key +Opaque +\\(16 octets"));
    EXPECT_THAT(*text, HasSubstr("  6  FINISH /bs"));
}

TEST(ExplainPlan, DoesNotStumbleOverAnAnswerOfAnotherForm) {
    for (const char* text : {"", "{}", "[]", "{\"operations\":", "null", "{\"title\":\"x\"}"})
        EXPECT_FALSE(plan_text(text)) << text;
    EXPECT_TRUE(plan_text(R"({"operations":7,"pack":[],"notes":[1],"profile":3})"));
    EXPECT_TRUE(plan_text(R"({"operations":[7,{"values":[7,{"value":{}}],"payload":1}]})"));
}

TEST(ExplainPlan, TakesAccountsOnlyOfInstancesBeginningWithSecurity) {
    EXPECT_EQ(account_from("/0/7"), (std::vector{model::Path(0, 7)}));
    for (const char* text : {"", "/", "/0", "/0/1/2", "0/1", "/21/0", "/0/1,", "/0/1;/0/2", ","})
        EXPECT_FALSE(account_from(text)) << text;
}

}  // namespace
}  // namespace explain
