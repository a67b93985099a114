#include "server/http/router.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/http/fake_backend.h"

namespace {

using http::Backend;
using http::Response;
using nlohmann::json;
using testing::HasSubstr;
using Why = bootstrap::AttachRefused::Why;

class HttpRouter : public testing::Test {
  protected:
    Response get(const std::string& target) { return send("GET", target); }
    Response send(const std::string& method, const std::string& target,
                  const std::string& body = "", const std::string& type = "application/json") {
        return route({method, target, type, body, std::nullopt}, backend);
    }
    Response post(const std::string& body) { return send("POST", "/v1/attachments", body); }

    static std::string header(const Response& response, const std::string& name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return "";
    }
    // Every error is a problem document whose status is the answer's.
    static json problem(const Response& response) {
        EXPECT_EQ(response.content_type, "application/problem+json");
        auto body = json::parse(response.body);
        EXPECT_EQ(body["status"], response.status);
        EXPECT_EQ(body["type"], "about:blank");
        EXPECT_FALSE(body["title"].get<std::string>().empty());
        EXPECT_FALSE(body["detail"].get<std::string>().empty());
        return body;
    }

    FakeBackend backend;
};

bootstrap::SessionRecord ended_session() {
    using namespace std::chrono_literals;
    bootstrap::SessionRecord record;
    record.id = "0123456789abcdef0123456789abcdef";
    record.endpoint = "urn:imei:358000000000001";
    record.profile = "water-meter-eu";
    record.mode = bootstrap::Mode::server_initiated;
    record.state = bootstrap::SessionState::ended;
    record.remote = "192.0.2.1:5684";
    record.secured = true;
    record.triggered = true;
    record.attempts = 2;
    record.preferred_format = 11542;
    record.other_queries = {"extra=1"};
    record.started = std::chrono::system_clock::time_point(1767225600000ms);  // 2026-01-01
    record.operations_started = record.started;
    record.ended = record.started + 1500ms;
    record.report.outcome = bootstrap::Outcome::operation_refused;
    record.report.cause = "WRITE /0/1 was answered 4.00";
    bootstrap::OperationRecord write;
    write.method = "WRITE";
    write.path = "/0/1";
    write.content_format = 11542;
    write.payload_size = 71;
    write.code = coap::Code::bad_request;
    write.sent = 250ms;
    write.answered = 1250ms;
    write.retransmissions = 1;
    bootstrap::OperationRecord lost;
    lost.method = "DELETE";
    lost.path = "/";
    lost.sent = 2s;
    lost.note = "no answer";
    bootstrap::OperationRecord read;
    read.method = "READ";
    read.path = "/1";
    read.queries = {"ver=1.1"};
    read.values = {{"/1/0/0", "101"}, {"/1/0/7", "U"}};
    read.sent = 3s;
    record.report.operations = {write, lost, read};
    record.report.content_format = 11542;
    record.report.notes = {"Writes go on in TLV"};
    return record;
}

TEST_F(HttpRouter, AcceptsAnAttachmentAndSaysWhereToLook) {
    backend.attach_answer = bootstrap::AttachAccepted{"00ff", bootstrap::SessionState::reaching};
    const Response response =
        post(R"({"endpoint":"urn:imei:35","address":"192.0.2.1","port":5683})");
    EXPECT_EQ(response.status, 202U);
    EXPECT_EQ(header(response, "Location"), "/v1/sessions/00ff");
    EXPECT_EQ(json::parse(response.body), (json{{"id", "00ff"}, {"state", "reaching"}}));
    ASSERT_EQ(backend.events.size(), 1U);
    EXPECT_EQ(backend.events[0].endpoint, "urn:imei:35");
    EXPECT_EQ(backend.events[0].port, 5683);
    EXPECT_EQ(backend.events[0].source, "api");
}

TEST_F(HttpRouter, NamesEveryProblemOfAnEventByItsPointer) {
    const Response response = post(R"({"endpoint":"x","port":70000,"adress":"192.0.2.1"})");
    EXPECT_EQ(response.status, 400U);
    const json body = problem(response);
    std::vector<std::string> pointers;
    for (const auto& one : body["problems"]) {
        pointers.push_back(one["pointer"]);
        EXPECT_FALSE(one["detail"].get<std::string>().empty());
    }
    EXPECT_THAT(pointers, testing::UnorderedElementsAre("/port", "/adress"));
    EXPECT_EQ(body["pointer"], body["problems"][0]["pointer"]);
    EXPECT_TRUE(backend.events.empty());
}

TEST_F(HttpRouter, RejectsABodyThatIsNoJson) {
    EXPECT_EQ(post("{").status, 400U);
    EXPECT_EQ(post("").status, 400U);
    EXPECT_EQ(post("[1]").status, 400U);
    EXPECT_EQ(post(R"({"endpoint":"x","endpoint":"y"})").status, 400U);
    EXPECT_EQ(post("{\"endpoint\":\"\xFF\"}").status, 400U);
    EXPECT_TRUE(backend.events.empty());
}

TEST_F(HttpRouter, WantsJsonToBeCalledJson) {
    for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded",
                             "application/jsonp", "multipart/form-data; x=application/json"}) {
        const Response response = send("POST", "/v1/attachments", R"({"endpoint":"x"})", type);
        EXPECT_EQ(response.status, 415U) << type;
        problem(response);
    }
    for (const auto* type :
         {"application/json", "Application/JSON; charset=utf-8", "application/json ;charset=utf-8"})
        EXPECT_EQ(send("POST", "/v1/attachments", R"({"endpoint":"x"})", type).status, 404U);
}

TEST_F(HttpRouter, TellsWhyAnAttachmentIsRefused) {
    const std::vector<std::pair<FakeBackend::AttachAnswer, unsigned>> cases{
        {Backend::Unknown{"no device with imei 35"}, 404},
        {Backend::Contradiction{"imsi and imei name two devices"}, 422},
        {bootstrap::AttachRefused{Why::under_way, "session 7 runs"}, 409},
        {bootstrap::AttachRefused{Why::unreachable, "no address"}, 422},
        {bootstrap::AttachRefused{Why::full, "limits"}, 503}};
    for (const auto& [answer, status] : cases) {
        backend.attach_answer = answer;
        const Response response = post(R"({"endpoint":"x"})");
        EXPECT_EQ(response.status, status);
        problem(response);
        EXPECT_EQ(header(response, "Retry-After").empty(), status != 503);
    }
}

TEST_F(HttpRouter, ShowsASessionOperationByOperation) {
    backend.records["0123456789abcdef0123456789abcdef"] = ended_session();
    const Response response = get("/v1/sessions/0123456789abcdef0123456789abcdef");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(json::parse(response.body), json::parse(R"({
        "id": "0123456789abcdef0123456789abcdef",
        "endpoint": "urn:imei:358000000000001",
        "profile": "water-meter-eu",
        "mode": "server-initiated",
        "state": "ended",
        "outcome": "operation_refused",
        "cause": "WRITE /0/1 was answered 4.00",
        "startedAt": "2026-01-01T00:00:00.000Z",
        "endedAt": "2026-01-01T00:00:01.500Z",
        "remote": "192.0.2.1:5684",
        "secured": true,
        "triggered": true,
        "trigger": null,
        "attempts": 2,
        "preferredContentFormat": 11542,
        "contentFormat": 11542,
        "otherQueries": ["extra=1"],
        "notes": ["Writes go on in TLV"],
        "operations": [
          { "method": "WRITE", "path": "/0/1", "queries": [], "contentFormat": 11542, "payloadSize": 71,
            "code": "4.00", "sentAt": "2026-01-01T00:00:00.250Z",
            "answeredAt": "2026-01-01T00:00:01.250Z", "retransmissions": 1, "note": "",
            "values": [] },
          { "method": "DELETE", "path": "/", "queries": [], "contentFormat": null, "payloadSize": 0,
            "code": null, "sentAt": "2026-01-01T00:00:02.000Z", "answeredAt": null,
            "retransmissions": 0, "note": "no answer", "values": [] },
          { "method": "READ", "path": "/1", "queries": ["ver=1.1"], "contentFormat": null,
            "payloadSize": 0, "code": null, "sentAt": "2026-01-01T00:00:03.000Z",
            "answeredAt": null, "retransmissions": 0, "note": "",
            "values": [ { "path": "/1/0/0", "value": "101" },
                        { "path": "/1/0/7", "value": "U" } ] }
        ]})"));
}

TEST_F(HttpRouter, HasNoOutcomeForASessionThatRuns) {
    backend.records["7"].report.outcome = std::nullopt;
    const auto body = json::parse(get("/v1/sessions/7").body);
    EXPECT_TRUE(body["outcome"].is_null());
    EXPECT_TRUE(body["endedAt"].is_null());
    EXPECT_EQ(body["state"], "running");
    EXPECT_EQ(body["mode"], "client-initiated");
}

TEST_F(HttpRouter, ShowsADevicesBrokenUtf8WithoutFailing) {
    backend.records["7"].endpoint = "\xFF\xFE";
    backend.records["7"].other_queries = {"a=\xC3"};
    const auto body = json::parse(get("/v1/sessions/7").body);
    EXPECT_EQ(body["endpoint"], "\uFFFD\uFFFD");
}

TEST_F(HttpRouter, ListsSessionsByEndpointOutcomeAndLimit) {
    backend.records["7"] = ended_session();
    const Response response = get(
        "/v1/sessions?endpoint=urn%3Aimei%3A358000000000001&outcome=finish_unconfirmed&limit=3");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(json::parse(response.body)["sessions"].size(), 1U);
    ASSERT_EQ(backend.filters.size(), 1U);
    EXPECT_EQ(backend.filters[0].endpoint, "urn:imei:358000000000001");
    EXPECT_EQ(backend.filters[0].outcome, bootstrap::Outcome::finish_unconfirmed);
    EXPECT_EQ(backend.filters[0].limit, 3U);
}

TEST_F(HttpRouter, ListsEverythingWithoutAFilter) {
    EXPECT_EQ(json::parse(get("/v1/sessions").body), json::parse(R"({"sessions":[]})"));
    EXPECT_FALSE(backend.filters[0].endpoint);
    EXPECT_FALSE(backend.filters[0].outcome);
    EXPECT_EQ(backend.filters[0].limit, 100U);
}

TEST_F(HttpRouter, RejectsQueriesThatItDoesNotUnderstand) {
    for (const auto* query :
         {"outcome=done", "outcome=", "limit=0", "limit=1001", "limit=-1", "limit=5x",
          "limit=", "limit=99999999999999999999", "endpoint=a&endpoint=b", "end=a"}) {
        const Response response = get(std::string("/v1/sessions?") + query);
        EXPECT_EQ(response.status, 400U) << query;
        problem(response);
    }
    EXPECT_THAT(get("/v1/sessions?outcome=done").body, HasSubstr("finish_unconfirmed"));
    EXPECT_TRUE(backend.filters.empty());
}

TEST_F(HttpRouter, CancelsASession) {
    using Result = Backend::CancelResult;
    for (const auto& [answer, status] : std::vector<std::pair<Result, unsigned>>{
             {Result::cancelled, 204}, {Result::unknown, 404}, {Result::already_ended, 409}}) {
        backend.cancel_answer = answer;
        const Response response = send("DELETE", "/v1/sessions/7");
        EXPECT_EQ(response.status, status);
        if (status == 204)
            EXPECT_TRUE(response.body.empty());
        else
            problem(response);
    }
    EXPECT_EQ(backend.cancelled, (std::vector<std::string>{"7", "7", "7"}));
}

TEST_F(HttpRouter, IsAliveEvenWhenItIsNotReady) {
    backend.why_not_ready = "the daemon stops";
    EXPECT_EQ(get("/healthz").status, 200U);
    EXPECT_EQ(get("/readyz").status, 503U);
    EXPECT_EQ(problem(get("/readyz"))["detail"], "the daemon stops");
    backend.why_not_ready = std::nullopt;
    EXPECT_EQ(get("/readyz").status, 200U);
    EXPECT_EQ(send("HEAD", "/readyz").status, 200U);
}

TEST_F(HttpRouter, TellsTheStatus) {
    EXPECT_EQ(json::parse(get("/v1/status").body)["state"], "running");
}

TEST_F(HttpRouter, NamesTheMethodsThatAPathAllows) {
    const std::vector<std::tuple<std::string, std::string, std::string>> cases{
        {"GET", "/v1/attachments", "POST"},
        {"POST", "/v1/sessions", "GET, HEAD"},
        {"PUT", "/v1/sessions/7", "GET, HEAD, DELETE"},
        {"DELETE", "/v1/status", "GET, HEAD"},
        {"POST", "/healthz", "GET, HEAD"},
        {"PUT", "/v1/profiles", "GET, HEAD"},
        {"POST", "/v1/profiles/meter/plan", "GET, HEAD"},
        {"OPTIONS", "/readyz", "GET, HEAD"}};
    for (const auto& [method, target, allow] : cases) {
        const Response response = send(method, target);
        EXPECT_EQ(response.status, 405U) << target;
        EXPECT_EQ(header(response, "Allow"), allow) << target;
        problem(response);
    }
}

TEST_F(HttpRouter, KnowsNoOtherPaths) {
    for (const auto* target :
         {"/", "/v1", "/v1/", "/v1/sessions/", "/v1/sessions/7/8", "/V1/status", "/v1/healthz",
          "/healthz/", "//healthz", "/v1%2Fstatus", "/v1/profiles/meter", "/v1/profiles//plan",
          "/v1/profiles/meter/plan/1"}) {
        const Response response = get(target);
        EXPECT_EQ(response.status, 404U) << target;
        problem(response);
    }
    EXPECT_EQ(get("/v1/sessions/unknown").status, 404U);
    EXPECT_EQ(get("/v1/%zz").status, 400U);
}

TEST_F(HttpRouter, AnswersToNoNameThatAWebPageCouldBring) {
    const auto with_host = [&](const std::string& host) {
        return route({"GET", "/healthz", "", "", host}, backend).status;
    };
    for (const auto* host : {"localhost", "localhost:8443", "LocalHost:8443", "127.0.0.1",
                             "127.0.0.1:8443", "[::1]", "[::1]:8443"})
        EXPECT_EQ(with_host(host), 200U) << host;
    for (const auto* host : {"evil.example", "evil.example:8443", "localhost.evil.example", "",
                             "127.0.0.1.evil.example", "[evil]"})
        EXPECT_EQ(with_host(host), 421U) << host;
}

}  // namespace
