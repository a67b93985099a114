#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Why = bootstrap::AttachRefused::Why;
using bootstrap::AttachAccepted;
using bootstrap::SessionState;

class HttpAttachments : public ApiTest {
  protected:
    Response post(const std::string& body) { return send("POST", "/v1/attachments", body); }
    Response post_with_key(const std::string& key, const std::string& body) {
        auto made = request("POST", "/v1/attachments", body);
        made.idempotency_key = key;
        return send(std::move(made));
    }
    FakeBackend::FakeMapping& add_source(const std::string& name, std::size_t events) {
        auto mapping = std::make_shared<FakeBackend::FakeMapping>();
        for (std::size_t i = 0; i < events; ++i) {
            attach::Event event;
            event.id = std::to_string(i);
            event.imsi = "00101000000000" + std::to_string(i);
            mapping->mapped.events.push_back(event);
        }
        backend.mappings[name] = mapping;
        return *mapping;
    }
};

TEST_F(HttpAttachments, AreAcceptedAndSayWhereToLook) {
    backend.answers = {AttachAccepted{"00ff", SessionState::reaching}};
    const Response response =
        post(R"({"endpoint":"urn:imei:35","address":"192.0.2.1","port":5683})");
    EXPECT_EQ(response.status, 202U);
    EXPECT_EQ(header(response, "Location"), "/v1/sessions/00ff");
    EXPECT_EQ(Json::parse(response.body), (Json{{"id", "00ff"}, {"state", "reaching"}}));
    ASSERT_EQ(backend.taken.size(), 1U);
    EXPECT_EQ(backend.taken[0].endpoint, "urn:imei:35");
    EXPECT_EQ(backend.taken[0].port, 5683);
    EXPECT_EQ(backend.taken[0].source, "api");
    EXPECT_THAT(audited(), ElementsAre("token ops attachment.post 00ff"));
}

TEST_F(HttpAttachments, NameEveryProblemByItsPointer) {
    const Response response = post(R"({"endpoint":"x","port":70000,"adress":"192.0.2.1"})");
    EXPECT_EQ(response.status, 400U);
    EXPECT_THAT(pointers(response), testing::UnorderedElementsAre("/port", "/adress"));
    EXPECT_EQ(problem(response)["pointer"], problem(response)["problems"][0]["pointer"]);
    for (const char* body :
         {"{", "", "[1]", R"({"endpoint":"x","endpoint":"y"})", "{\"endpoint\":\"\xFF\"}", "{}"})
        EXPECT_EQ(post(body).status, 400U) << body;
    EXPECT_TRUE(backend.taken.empty());
}

TEST_F(HttpAttachments, WantJsonToBeCalledJson) {
    for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded",
                             "application/jsonp", "multipart/form-data; x=application/json"})
        EXPECT_EQ(send("POST", "/v1/attachments", R"({"endpoint":"x"})", type).status, 415U)
            << type;
    for (const auto* type :
         {"application/json", "Application/JSON; charset=utf-8", "application/json ;charset=utf-8"})
        EXPECT_EQ(send("POST", "/v1/attachments", R"({"endpoint":"x"})", type).status, 404U);
}

TEST_F(HttpAttachments, TellWhyTheyAreRefused) {
    const std::vector<std::pair<attach::Answer, unsigned>> cases{
        {attach::UnknownDevice{"no device with imei"}, 404},
        {attach::Contradiction{"imsi and imei name two devices"}, 422},
        {bootstrap::AttachRefused{Why::under_way, "session 7 runs"}, 409},
        {bootstrap::AttachRefused{Why::unreachable, "no address"}, 422},
        {bootstrap::AttachRefused{Why::full, "limits"}, 503},
        {attach::Unavailable{"the store is full"}, 503}};
    for (const auto& [answer, status] : cases) {
        backend.answers = {answer};
        const Response response = post(R"({"endpoint":"x"})");
        EXPECT_EQ(response.status, status);
        problem(response);
        EXPECT_EQ(header(response, "Retry-After").empty(), status != 503);
    }
    EXPECT_TRUE(audited().empty());
}

TEST_F(HttpAttachments, MayTellOfADetach) {
    backend.answers = {attach::Withdrawn{"00ff"}, attach::Withdrawn{}};
    const Response first = post(R"({"endpoint":"x","kind":"detach"})");
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(Json::parse(first.body), (Json{{"id", "00ff"}, {"state", "withdrawn"}}));
    EXPECT_TRUE(Json::parse(post(R"({"endpoint":"x","kind":"detach"})").body)["id"].is_null());
}

TEST_F(HttpAttachments, AreMadeOnceUnderOneKey) {
    backend.answers = {AttachAccepted{"1", SessionState::waiting},
                       AttachAccepted{"2", SessionState::waiting}};
    const Response first = post_with_key("k", R"({"endpoint":"x"})");
    const Response again = post_with_key("k", R"({"endpoint":"x"})");
    EXPECT_EQ(first.status, 202U);
    EXPECT_EQ(again.status, 202U);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.content_type, first.content_type);
    EXPECT_EQ(header(again, "Location"), "/v1/sessions/1");
    EXPECT_EQ(backend.taken.size(), 1U);
    EXPECT_EQ(post_with_key("k", R"({"endpoint":"y"})").status, 422U);
    // Each caller has keys of its own.
    caller.name = "token other";
    EXPECT_EQ(header(post_with_key("k", R"({"endpoint":"x"})"), "Location"), "/v1/sessions/2");
    EXPECT_EQ(post_with_key("", R"({"endpoint":"x"})").status, 400U);
    EXPECT_EQ(post_with_key(std::string(256, 'k'), R"({"endpoint":"x"})").status, 400U);
    EXPECT_EQ(post_with_key("\x01", R"({"endpoint":"x"})").status, 400U);
}

TEST_F(HttpAttachments, KeepNoErrorUnderAKey) {
    backend.answers = {attach::UnknownDevice{"none"}, AttachAccepted{"1", SessionState::waiting}};
    EXPECT_EQ(post_with_key("k", R"({"endpoint":"x"})").status, 404U);
    EXPECT_EQ(post_with_key("k", R"({"endpoint":"x"})").status, 202U);
}

TEST_F(HttpAttachments, AreRefusedWhileTheirKeyIsUnderWay) {
    backend.answers = {AttachAccepted{"1", SessionState::waiting}};
    backend.hold_events = true;
    auto made = request("POST", "/v1/attachments", R"({"endpoint":"x"})");
    made.idempotency_key = "k";
    std::vector<unsigned> statuses;
    const auto note = [&](const Response& response) { statuses.push_back(response.status); };
    api.route(made, note);
    api.route(made, note);
    EXPECT_THAT(statuses, ElementsAre(409U));
    backend.held.at(0)();
    EXPECT_THAT(statuses, ElementsAre(409U, 202U));
    api.route(made, note);
    EXPECT_THAT(statuses, ElementsAre(409U, 202U, 202U));
    EXPECT_EQ(backend.taken.size(), 1U);
}

TEST_F(HttpAttachments, OfASourceAreAnsweredAsItWants) {
    backend.answers = {AttachAccepted{"1", SessionState::waiting}, attach::UnknownDevice{"none"}};
    auto& source = add_source("3gpp", 2);
    const Response none = send("POST", "/v1/attachments/3gpp", "{}");
    EXPECT_EQ(none.status, 204U);
    EXPECT_TRUE(none.body.empty());
    ASSERT_EQ(backend.taken.size(), 2U);
    EXPECT_EQ(backend.taken[0].source, "3gpp");
    EXPECT_EQ(backend.taken[1].imsi, "001010000000001");
    EXPECT_THAT(audited(), ElementsAre("token ops attachment.post 3gpp"));

    source.success = 202;
    source.mapped.passed_over = 3;
    source.mapped.spoilt = 1;
    backend.taken.clear();
    const Response told = send("POST", "/v1/attachments/3gpp", "{}");
    EXPECT_EQ(told.status, 202U);
    EXPECT_EQ(Json::parse(told.body), Json::parse(R"({"results": [
                  {"event": "0", "state": "accepted", "session": "1"},
                  {"event": "1", "state": "unknown", "session": null, "detail": "none"}],
                  "passedOver": 3, "spoilt": 1})"));
}

TEST_F(HttpAttachments, OfASourceTellWhichWereRefused) {
    add_source("kore", 3);
    backend.answers = {AttachAccepted{"1", SessionState::waiting},
                       attach::Contradiction{"two devices"},
                       bootstrap::AttachRefused{Why::under_way, "runs"}};
    const Response response = send("POST", "/v1/attachments/kore", "[]");
    EXPECT_EQ(response.status, 200U);
    const Json results = Json::parse(response.body)["results"];
    EXPECT_EQ(results[1]["state"], "contradiction");
    EXPECT_EQ(results[2]["state"], "refused");
    EXPECT_EQ(results[2]["detail"], "runs");
}

TEST_F(HttpAttachments, OfASourceComeAgainWhereOneCouldNotBeKept) {
    add_source("kore", 2);
    for (const attach::Answer& last :
         {attach::Answer(attach::Unavailable{"full"}),
          attach::Answer(bootstrap::AttachRefused{Why::full, "full"})}) {
        backend.taken.clear();
        backend.answers = {AttachAccepted{"1", SessionState::waiting}, last};
        const Response response = send("POST", "/v1/attachments/kore", "[]");
        EXPECT_EQ(response.status, 503U);
        EXPECT_EQ(header(response, "Retry-After"), "10");
    }
}

TEST_F(HttpAttachments, OfASourceWaitForTheLastAnswer) {
    add_source("kore", 2);
    backend.answers = {AttachAccepted{"1", SessionState::waiting}};
    backend.hold_events = true;
    unsigned status = 0;
    api.route(request("POST", "/v1/attachments/kore", "[]"),
              [&](const Response& response) { status = response.status; });
    ASSERT_EQ(backend.held.size(), 2U);
    backend.held[1]();
    EXPECT_EQ(status, 0U);
    backend.held[0]();
    EXPECT_EQ(status, 204U);
}

TEST_F(HttpAttachments, OfASourceHaveItsForm) {
    auto& source = add_source("camara", 0);
    EXPECT_EQ(send("POST", "/v1/attachments/soracom", "{}").status, 404U);
    EXPECT_EQ(send("POST", "/v1/attachments/camara", "{}").status, 204U);
    EXPECT_EQ(send("POST", "/v1/attachments/camara", "{}", "application/cloudevents+json").status,
              204U);
    EXPECT_EQ(send("POST", "/v1/attachments/camara", "{}", "text/plain").status, 415U);
    EXPECT_EQ(send("POST", "/v1/attachments/camara", "{").status, 400U);
    EXPECT_TRUE(audited().empty());
    source.wrong = {{"body", "/data", "is missing", "add it"}};
    const Response response = send("POST", "/v1/attachments/camara", "{}");
    EXPECT_EQ(response.status, 400U);
    EXPECT_THAT(pointers(response), ElementsAre("/data"));
    EXPECT_TRUE(backend.taken.empty());
}

}  // namespace
