#include <chrono>

#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class HttpOperations : public ApiTest {};

TEST_F(HttpOperations, TellOfDevicesThatNobodyKnows) {
    store::Stranger stranger;
    stranger.identifiers = R"({"imsi":"001010000000009"})";
    stranger.source = "radius:core-1";
    stranger.address = "192.0.2.1";
    stranger.count = 3;
    stranger.last_seen = store::WallTime(1500ms);
    backend.kept.known_strangers = {stranger, stranger};
    backend.kept.known_strangers[1].address.clear();
    EXPECT_EQ(got("/v1/strangers?limit=1")["strangers"], Json::parse(R"([{
        "identifiers": {"imsi": "001010000000009"}, "source": "radius:core-1",
        "address": "192.0.2.1", "count": 3, "firstSeen": "1970-01-01T00:00:00.000Z",
        "lastSeen": "1970-01-01T00:00:01.500Z"}])"));
    const std::string next = got("/v1/strangers?limit=1")["next"];
    const Json second = got("/v1/strangers?after=" + next);
    EXPECT_TRUE(second["strangers"][0]["address"].is_null());
    EXPECT_TRUE(second["next"].is_null());

    const Response forgotten = send("DELETE", "/v1/strangers");
    EXPECT_EQ(forgotten.status, 200U);
    EXPECT_EQ(Json::parse(forgotten.body), (Json{{"forgotten", 2}}));
    EXPECT_THAT(audited(), ElementsAre("token ops strangers.forget "));
}

TEST_F(HttpOperations, ShowAndDropWhatWasNotDelivered) {
    store::Delivery delivery;
    delivery.sequence = 5;
    delivery.item = {"crm", "a", "session.ended", R"({"id":"7"})"};
    delivery.attempts = 2;
    delivery.last_error = "HTTP 500";
    backend.kept.deliveries = {delivery};
    EXPECT_EQ(got("/v1/deliveries?hook=crm&endpoint=a")["deliveries"], Json::parse(R"([{
        "sequence": 5, "hook": "crm", "endpoint": "a", "kind": "session.ended",
        "body": {"id": "7"}, "attempts": 2, "created": "1970-01-01T00:00:00.000Z",
        "due": "1970-01-01T00:00:00.000Z", "lastError": "HTTP 500"}])"));
    EXPECT_EQ(backend.kept.last_delivery_filter->hook, "crm");
    EXPECT_EQ(backend.kept.last_delivery_filter->endpoint, "a");
    for (const char* name : {"6", "x", "-5", "5x", "99999999999999999999", "18446744073709551615"})
        EXPECT_EQ(send("DELETE", "/v1/deliveries/" + std::string(name)).status, 404U) << name;
    EXPECT_EQ(send("DELETE", "/v1/deliveries/5").status, 204U);
    EXPECT_THAT(audited(), ElementsAre("token ops delivery.drop 5"));
}

TEST_F(HttpOperations, ShowWhoChangedWhat) {
    backend.kept.entries = {{"token ops", "device.put", "a", R"({"profile":"water"})"},
                            {"file", "reload", "", ""}};
    EXPECT_EQ(got("/v1/audit?actor=token%20ops&action=device.put&subject=a")["audit"],
              Json::parse(R"([
        {"sequence": 1, "when": "1970-01-01T00:00:00.000Z", "actor": "token ops",
         "action": "device.put", "subject": "a", "detail": {"profile": "water"}},
        {"sequence": 2, "when": "1970-01-01T00:00:00.000Z", "actor": "file",
         "action": "reload", "subject": "", "detail": null}])"));
    EXPECT_EQ(backend.kept.last_audit_filter->actor, "token ops");
    EXPECT_EQ(backend.kept.last_audit_filter->action, "device.put");
    EXPECT_EQ(backend.kept.last_audit_filter->subject, "a");
}

TEST_F(HttpOperations, StreamTheEventsThatAreWanted) {
    Response response = get("/v1/events?endpoint=a&kinds=attach,session.ended");
    EXPECT_EQ(response.status, 200U);
    EXPECT_THAT(response.content_type, HasSubstr("text/event-stream"));
    ASSERT_TRUE(response.source);
    std::string text;
    response.source->next([&](const http::BodySource::Piece& piece) { text += piece.octets; });
    backend.events().publish("operation", "a", "{}");
    backend.events().publish("attach", "b", "{}");
    EXPECT_EQ(text, "");
    backend.events().publish("attach", "a", R"({"x":1})");
    EXPECT_THAT(text, HasSubstr("event: attach\ndata: {\"x\":1}\n\n"));
    for (const char* query : {"kind=attach", "kinds="})
        EXPECT_EQ(get("/v1/events?" + std::string(query)).status, 400U) << query;

    auto again = request("GET", "/v1/events");
    again.last_event_id = "boot-1";
    response = send(std::move(again));
    text.clear();
    response.source->next([&](const http::BodySource::Piece& piece) { text += piece.octets; });
    EXPECT_THAT(text, HasSubstr("id: boot-2\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr("id: boot-1\n")));
}

TEST_F(HttpOperations, AreAliveEvenWhenTheyAreNotReady) {
    caller = {};
    backend.why_not_ready = "the daemon stops";
    EXPECT_EQ(get("/healthz").status, 200U);
    EXPECT_EQ(get("/healthz?from=balancer").status, 200U);
    EXPECT_EQ(get("/readyz").status, 503U);
    EXPECT_EQ(detail(get("/readyz")), "the daemon stops");
    backend.why_not_ready = std::nullopt;
    EXPECT_EQ(get("/readyz").body, "ready\n");
    backend.waiting = 12;
    EXPECT_EQ(get("/readyz").body, "ready\ntriggers waiting for their turn: 12\n");
    EXPECT_EQ(send("HEAD", "/readyz").status, 200U);
}

TEST_F(HttpOperations, TellTheStatus) {
    EXPECT_EQ(got("/v1/status"), (Json{{"state", "running"}}));
}

TEST_F(HttpOperations, ReloadAndTellWhatIsOther) {
    backend.reload_answer = http::Backend::Reloaded{{"/log/level"}, 3, 2, 1};
    const Response done = send("POST", "/v1/reload");
    EXPECT_EQ(done.status, 200U);
    EXPECT_EQ(Json::parse(done.body), Json::parse(R"({"reloaded": true, "changed": ["/log/level"],
        "profiles": 3, "devices": {"written": 2, "disabled": 1}})"));
    EXPECT_THAT(audited(), ElementsAre("token ops reload "));
}

TEST_F(HttpOperations, TellEveryProblemOfAReloadWithItsFile) {
    backend.reload_answer = document::Problems{{"a.json", "/log/level", "is none", "write info"},
                                               {"b.json", "", "is not there", ""}};
    const Response refused = send("POST", "/v1/reload");
    EXPECT_EQ(refused.status, 422U);
    EXPECT_EQ(problem(refused)["problems"], Json::parse(R"([
        {"pointer": "/log/level", "detail": "is none; write info", "file": "a.json",
         "message": "is none", "remedy": "write info"},
        {"pointer": "", "detail": "is not there", "file": "b.json", "message": "is not there",
         "remedy": ""}])"));
    backend.reload_answer = http::Backend::CannotReload{"the daemon stops"};
    const Response stopping = send("POST", "/v1/reload");
    EXPECT_EQ(stopping.status, 503U);
    EXPECT_EQ(detail(stopping), "the daemon stops");
    EXPECT_TRUE(audited().empty());
    EXPECT_EQ(send("POST", "/v1/reload?now=1").status, 400U);
}

}  // namespace
