#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/http/router.h"
#include "tests/http/fake_backend.h"

namespace {

using http::Response;
using nlohmann::json;
using testing::HasSubstr;

class HttpProfiles : public testing::Test {
  protected:
    HttpProfiles() { backend.catalog_in_force = catalog({}); }

    static std::shared_ptr<const provisioning::Catalog> catalog(
        std::vector<provisioning::Profile> profiles) {
        document::Problems problems;
        auto made = provisioning::Catalog::from(std::move(profiles), {}, problems);
        EXPECT_TRUE(problems.empty());
        return made;
    }
    Response get(const std::string& target) {
        return route({"GET", target, "", "", std::nullopt}, backend);
    }
    std::string detail(const Response& response) {
        EXPECT_EQ(response.content_type, "application/problem+json");
        return json::parse(response.body).value("detail", "");
    }

    FakeBackend backend;
};

TEST_F(HttpProfiles, ListsThemByNameWithWhatTheySay) {
    provisioning::Profile second;
    second.name = "water";
    second.file = "/etc/profiles.d/water.json";
    second.enabler = model::Enabler::v1_2;
    second.instances.resize(3);
    second.pack = true;
    provisioning::Profile first;
    first.name = "gas";
    first.discover = false;
    first.delete_all = false;
    backend.catalog_in_force = catalog({second, first});
    const Response response = get("/v1/profiles");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(json::parse(response.body), json::parse(R"({"profiles": [
        { "name": "gas", "file": "", "enabler": "1.1", "contentFormat": 11542,
          "contentFormatName": "tlv", "operations": 1, "instances": 0, "pack": false },
        { "name": "water", "file": "/etc/profiles.d/water.json", "enabler": "1.2",
          "contentFormat": 112, "contentFormatName": "senml-cbor", "operations": 6,
          "instances": 3, "pack": true } ]})"));
    EXPECT_EQ(get("/v1/profiles?name=gas").status, 400U);
}

TEST_F(HttpProfiles, ShowsThePlanThatWasAskedFor) {
    backend.plan_answer = explain::ShownPlan{R"({"operations":[]})"};
    const Response response =
        get("/v1/profiles/water%2Fmeter/plan?endpoint=urn%3Aimei%3A1&account=/0/1,/21/0"
            "&contentFormat=senml-cbor");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(json::parse(response.body), (json{{"operations", json::array()}}));
    ASSERT_EQ(backend.questions.size(), 1U);
    const auto& question = backend.questions[0];
    EXPECT_EQ(question.profile, "water/meter");
    EXPECT_EQ(question.endpoint, "urn:imei:1");
    EXPECT_EQ(question.assumed.account, (std::vector{model::Path(0, 1), model::Path(21, 0)}));
    EXPECT_EQ(question.assumed.content_format, model::ContentFormat::senml_cbor);
}

TEST_F(HttpProfiles, TakesAContentFormatByItsNumberToo) {
    backend.plan_answer = explain::ShownPlan{"{}"};
    EXPECT_EQ(get("/v1/profiles/x/plan?endpoint=a&contentFormat=110").status, 200U);
    EXPECT_EQ(backend.questions.at(0).assumed.content_format, model::ContentFormat::senml_json);
    EXPECT_FALSE(backend.questions.at(0).assumed.account);
}

TEST_F(HttpProfiles, TellsAnUnknownDeviceFromAnImpossiblePlan) {
    backend.plan_answer = explain::Unknown{"no device with endpoint \"a\""};
    const Response unknown = get("/v1/profiles/x/plan?endpoint=a");
    EXPECT_EQ(unknown.status, 404U);
    EXPECT_EQ(detail(unknown), "no device with endpoint \"a\"");
    backend.plan_answer = explain::Impossible{"no id is free"};
    const Response impossible = get("/v1/profiles/x/plan?endpoint=a");
    EXPECT_EQ(impossible.status, 422U);
    EXPECT_EQ(detail(impossible), "no id is free");
}

TEST_F(HttpProfiles, RejectsQueriesThatItDoesNotUnderstand) {
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
