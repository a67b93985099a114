#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string water = R"({"name": "water", "enabler": "1.2", "servers": [
    {"shortServerId": 101, "uri": "coaps://dm.example:5684",
     "security": {"mode": "psk", "identity": "${endpoint}", "key": "deadbeef"}}]})";

class HttpProfiles : public ApiTest {
  protected:
    Response put(const std::string& name, const std::string& body) {
        return send("PUT", "/v1/profiles/" + name, body);
    }
};

TEST_F(HttpProfiles, AreListedByNameWithWhatTheySay) {
    backend.add_profile(water, "/etc/profiles.d/water.json");
    backend.add_profile(R"({"name": "gas", "operations": [{"delete": "/1"}]})");
    EXPECT_EQ(got("/v1/profiles"), Json::parse(R"({"profiles": [
        { "name": "gas", "file": "", "enabler": "1.1", "contentFormat": 11542,
          "contentFormatName": "tlv", "operations": 2, "instances": 0, "pack": false },
        { "name": "water", "file": "/etc/profiles.d/water.json", "enabler": "1.2",
          "contentFormat": 112, "contentFormatName": "senml-cbor", "operations": 5,
          "instances": 2, "pack": true } ]})"));
    EXPECT_EQ(get("/v1/profiles?name=gas").status, 400U);
}

TEST_F(HttpProfiles, AreShownWithoutTheirSecrets) {
    backend.add_profile(water);
    const Response response = get("/v1/profiles/water");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(header(response, "ETag"), "\"7\"");
    EXPECT_THAT(response.body, Not(HasSubstr("deadbeef")));
    const Json shown = Json::parse(response.body);
    EXPECT_TRUE(shown["servers"][0]["security"]["key"].is_null());
    EXPECT_EQ(shown["servers"][0]["security"]["identity"], "${endpoint}");
    auto question = request("GET", "/v1/profiles/water");
    question.if_none_match = "\"7\"";
    EXPECT_EQ(send(question).status, 304U);
    EXPECT_EQ(get("/v1/profiles/gas").status, 404U);
}

TEST_F(HttpProfiles, KeepTheSecretsThatAreNull) {
    backend.add_profile(water);
    const std::string shown = get("/v1/profiles/water").body;
    backend.put_profile_answer = store::PutResult(store::Stored{store::Revision{8}, false});
    const Response response = put("water", shown);
    EXPECT_EQ(response.status, 204U) << response.body;
    EXPECT_EQ(header(response, "ETag"), "\"8\"");
    ASSERT_EQ(backend.profiles_put.size(), 1U);
    EXPECT_EQ(Json::parse(backend.profiles_put[0].text), Json::parse(water));
    EXPECT_EQ(backend.profiles_put[0].entry.action, "profile.put");
    EXPECT_EQ(backend.profiles_put[0].entry.subject, "water");

    Json other = Json::parse(shown);
    other["servers"][0]["shortServerId"] = 102;
    const Response nothing = put("water", other.dump());
    EXPECT_EQ(nothing.status, 422U);
    EXPECT_THAT(pointers(nothing), ElementsAre("/servers/0/security/key"));
}

TEST_F(HttpProfiles, AreMadeAsTheyWereSent) {
    auto made = request("PUT", "/v1/profiles/water", water);
    made.if_none_match = "*";
    const Response response = send(std::move(made));
    EXPECT_EQ(response.status, 201U);
    EXPECT_EQ(header(response, "Location"), "/v1/profiles/water");
    EXPECT_EQ(backend.profiles_put.at(0).text, water);
    EXPECT_TRUE(backend.profiles_put[0].precondition.must_be_new);
}

TEST_F(HttpProfiles, AreRefusedWithEveryProblem) {
    backend.put_profile_answer =
        document::Problems{{"", "/servers/0/uri", "is no URI", "write one"}};
    const Response response = put("water", water);
    EXPECT_EQ(response.status, 422U);
    EXPECT_THAT(pointers(response), ElementsAre("/servers/0/uri"));
    EXPECT_THAT(pointers(put("gas", water)), ElementsAre("/name"));
    EXPECT_EQ(put("water", "{").status, 400U);
    EXPECT_EQ(put("water", "[]").status, 400U);
    EXPECT_EQ(send("PUT", "/v1/profiles/water", water, "text/plain").status, 415U);
    EXPECT_EQ(backend.profiles_put.size(), 1U);
}

TEST_F(HttpProfiles, TellWhyTheyCouldNotBePut) {
    const std::vector<std::pair<FakeBackend::PutProfileResult, unsigned>> cases{
        {store::PutResult(store::PreconditionFailed{store::Revision{3}}), 412},
        {store::PutResult(store::OwnedByFile{"x.json"}), 409},
        {store::Error{store::Errc::disk_full, "the disk is full"}, 503}};
    for (const auto& [answer, status] : cases) {
        backend.put_profile_answer = answer;
        EXPECT_EQ(put("water", water).status, status);
    }
}

TEST_F(HttpProfiles, OfAFileAreChangedThere) {
    backend.add_profile(water, "profiles.d/water.json");
    EXPECT_EQ(header(get("/v1/profiles/water"), "ETag"), "");
    for (const Response& response : {put("water", water), send("DELETE", "/v1/profiles/water")}) {
        EXPECT_EQ(response.status, 409U);
        EXPECT_THAT(detail(response), HasSubstr("profiles.d/water.json"));
    }
    EXPECT_TRUE(backend.profiles_put.empty());
    EXPECT_TRUE(backend.profiles_removed.empty());
}

TEST_F(HttpProfiles, AreRemovedUnlessDevicesHaveThem) {
    EXPECT_EQ(send("DELETE", "/v1/profiles/water").status, 204U);
    EXPECT_THAT(backend.profiles_removed, ElementsAre("water"));
    backend.remove_profile_answer = store::RemoveResult(store::InUse{12});
    const Response used = send("DELETE", "/v1/profiles/water");
    EXPECT_EQ(used.status, 409U);
    EXPECT_EQ(detail(used), "12 devices have the profile");
    backend.remove_profile_answer = store::RemoveResult(store::NotThere{});
    EXPECT_EQ(send("DELETE", "/v1/profiles/water").status, 404U);
}

TEST_F(HttpProfiles, AreCheckedWithoutBeingPut) {
    const auto check = [&](const std::string& body) {
        const Response response = send("POST", "/v1/profiles:check", body);
        EXPECT_EQ(response.status, 200U) << response.body;
        std::vector<std::string> all;
        const Json answer = Json::parse(response.body);
        for (const auto& each : answer["problems"]) all.push_back(each["pointer"]);
        return all;
    };
    EXPECT_THAT(check(water), ElementsAre());
    EXPECT_THAT(check(R"({"name": "x", "servers": [], "colour": 1})"),
                testing::Contains("/colour"));
    Json null = Json::parse(water);
    null["servers"][0]["security"]["key"] = nullptr;
    EXPECT_THAT(check(null.dump()), ElementsAre("/servers/0/security/key"));
    backend.add_profile(water);
    EXPECT_THAT(check(null.dump()), ElementsAre());
    EXPECT_EQ(send("POST", "/v1/profiles:check", "{").status, 400U);
    EXPECT_EQ(send("POST", "/v1/profiles:check", "{}", "text/plain").status, 415U);
    EXPECT_TRUE(backend.profiles_put.empty());
}

TEST_F(HttpProfiles, ShowThePlanThatWasAskedFor) {
    backend.plan_answer = explain::PlanAnswer(explain::ShownPlan{R"({"operations":[]})"});
    const Response response =
        get("/v1/profiles/water%2Fmeter/plan?endpoint=urn%3Aimei%3A1&account=/0/1,/21/0"
            "&contentFormat=senml-cbor");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(Json::parse(response.body), (Json{{"operations", Json::array()}}));
    ASSERT_EQ(backend.questions.size(), 1U);
    const auto& question = backend.questions[0];
    EXPECT_EQ(question.profile, "water/meter");
    EXPECT_EQ(question.endpoint, "urn:imei:1");
    EXPECT_EQ(question.assumed.account, (std::vector{model::Path(0, 1), model::Path(21, 0)}));
    EXPECT_EQ(question.assumed.content_format, model::ContentFormat::senml_cbor);
    EXPECT_EQ(get("/v1/profiles/x/plan?endpoint=a&contentFormat=110").status, 200U);
    EXPECT_EQ(backend.questions.at(1).assumed.content_format, model::ContentFormat::senml_json);
    EXPECT_FALSE(backend.questions.at(1).assumed.account);
}

TEST_F(HttpProfiles, TellAnUnknownDeviceFromAnImpossiblePlan) {
    backend.plan_answer = explain::PlanAnswer(explain::Unknown{"no device with endpoint \"a\""});
    const Response unknown = get("/v1/profiles/x/plan?endpoint=a");
    EXPECT_EQ(unknown.status, 404U);
    EXPECT_EQ(detail(unknown), "no device with endpoint \"a\"");
    backend.plan_answer = explain::PlanAnswer(explain::Impossible{"no id is free"});
    const Response impossible = get("/v1/profiles/x/plan?endpoint=a");
    EXPECT_EQ(impossible.status, 422U);
    EXPECT_EQ(detail(impossible), "no id is free");
    backend.plan_answer = store::Error{store::Errc::busy, "busy"};
    EXPECT_EQ(get("/v1/profiles/x/plan?endpoint=a").status, 503U);
}

TEST_F(HttpProfiles, RejectQueriesThatTheyDoNotUnderstand) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "\"endpoint\" is missing"},
        {"?account=/0/1", "\"endpoint\" is missing"},
        {"?endpoint=", "\"endpoint\" is missing"},
        {"?endpoint=a&endpoint=b", "given twice"},
        {"?endpoint=a&acc=/0/1", "there are endpoint, account and contentFormat"},
        {"?endpoint=a&account=/1/0", "Security instance"},
        {"?endpoint=a&account=/0", "Security instance"},
        {"?endpoint=a&account=/0/1/2", "Security instance"},
        {"?endpoint=a&account=/0/1,", "Security instance"},
        {"?endpoint=a&account=", "Security instance"},
        {"?endpoint=a&contentFormat=text", "senml-cbor"},
        {"?endpoint=a&contentFormat=60000", "senml-cbor"},
        {"?endpoint=a&contentFormat=", "senml-cbor"}};
    for (const auto& [query, expected] : cases) {
        const Response response = get("/v1/profiles/x/plan" + query);
        EXPECT_EQ(response.status, 400U) << query;
        EXPECT_THAT(detail(response), HasSubstr(expected)) << query;
    }
    EXPECT_TRUE(backend.questions.empty());
}

}  // namespace
