#include <chrono>

#include "server/http/session_json.h"
#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class HttpSessions : public ApiTest {
  protected:
    static bootstrap::SessionRecord running(std::string id, int started) {
        bootstrap::SessionRecord record;
        record.id = std::move(id);
        record.endpoint = "a";
        record.started = std::chrono::system_clock::time_point(std::chrono::seconds(started));
        return record;
    }
    void keep(const std::string& id, const std::string& endpoint = "a") {
        store::SessionRow row;
        row.id = id;
        row.endpoint = endpoint;
        row.body = R"({"id":")" + id + R"("})";
        backend.kept.sessions.push_back(row);
    }
    // Ids of every page, each page in brackets.
    std::string pages(const std::string& query) {
        std::string all;
        std::string after;
        for (int i = 0; i < 10; ++i) {
            const Response response =
                get("/v1/sessions?" + query + (after.empty() ? "" : "&after=" + after));
            const Json page = Json::parse(response.body);
            all += "[";
            for (const auto& each : page["sessions"]) all += " " + each["id"].get<std::string>();
            all += " ]";
            if (page["next"].is_null()) return all;
            after = page["next"];
            EXPECT_THAT(header(response, "Link"), HasSubstr("after=" + after));
        }
        return all + "…";
    }
};

bootstrap::SessionRecord ended_session() {
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

TEST_F(HttpSessions, ShowsASessionOperationByOperation) {
    backend.live = {ended_session()};
    const Response response = get("/v1/sessions/0123456789abcdef0123456789abcdef");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(Json::parse(response.body), Json::parse(R"({
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

TEST_F(HttpSessions, HasNoOutcomeForASessionThatRuns) {
    backend.live = {running("7", 1)};
    const auto body = Json::parse(get("/v1/sessions/7").body);
    EXPECT_TRUE(body["outcome"].is_null());
    EXPECT_TRUE(body["endedAt"].is_null());
    EXPECT_EQ(body["state"], "running");
    EXPECT_EQ(body["mode"], "client-initiated");
}

TEST_F(HttpSessions, ShowsADevicesBrokenUtf8WithoutFailing) {
    backend.live = {running("7", 1)};
    backend.live[0].endpoint = "\xFF\xFE";
    backend.live[0].other_queries = {"a=\xC3"};
    const auto body = Json::parse(get("/v1/sessions/7").body);
    EXPECT_EQ(body["endpoint"], "\uFFFD\uFFFD");
}

TEST_F(HttpSessions, ShowThoseThatHaveEndedAsTheyWereKept) {
    keep("9");
    EXPECT_EQ(got("/v1/sessions/9"), (Json{{"id", "9"}}));
    EXPECT_EQ(get("/v1/sessions/8").status, 404U);
}

TEST_F(HttpSessions, ListTheLiveOnesBeforeThoseThatHaveEnded) {
    backend.live = {running("l3", 3), running("l2", 2), running("l1", 1)};
    for (const char* id : {"e3", "e2", "e1"}) keep(id);
    EXPECT_EQ(pages("limit=100"), "[ l3 l2 l1 e3 e2 e1 ]");
    EXPECT_EQ(pages("limit=2"), "[ l3 l2 ][ l1 e3 ][ e2 e1 ]");
    EXPECT_EQ(pages("limit=3"), "[ l3 l2 l1 ][ e3 e2 e1 ]");
    EXPECT_EQ(pages("limit=4"), "[ l3 l2 l1 e3 ][ e2 e1 ]");
    backend.live.clear();
    EXPECT_EQ(pages("limit=2"), "[ e3 e2 ][ e1 ]");
    backend.kept.sessions.clear();
    EXPECT_EQ(pages("limit=2"), "[ ]");
}

TEST_F(HttpSessions, GoOnAtTheirPlaceWhenOthersCame) {
    backend.live = {running("l12", 12), running("l2", 2), running("l1", 1)};
    const std::string next = got("/v1/sessions?limit=1")["next"];
    backend.live.insert(backend.live.begin(), running("l13", 13));
    const Json page = got("/v1/sessions?limit=1&after=" + next);
    EXPECT_EQ(page["sessions"][0]["id"], "l2");
}

TEST_F(HttpSessions, AreFiltered) {
    backend.live = {running("l1", 1)};
    keep("e1");
    EXPECT_EQ(got("/v1/sessions?endpoint=b")["sessions"].size(), 1U);  // the FakeStore's
    EXPECT_EQ(backend.kept.last_session_filter->endpoint, "b");
    // None that runs has an outcome, or has ended before something.
    EXPECT_EQ(pages("outcome=finish_unconfirmed"), "[ e1 ]");
    EXPECT_EQ(backend.kept.last_session_filter->outcome, "finish_unconfirmed");
    EXPECT_EQ(pages("before=2026-01-01T00:00:00Z"), "[ e1 ]");
    EXPECT_EQ(pages("since=2026-01-01T01:00:00.5%2B01:00"), "[ l1 e1 ]");
    EXPECT_EQ(backend.kept.last_session_filter->ended_since, store::WallTime(1767225600500ms));
    for (const auto* query :
         {"outcome=done", "outcome=", "limit=0", "limit=1001", "limit=-1", "limit=5x",
          "limit=", "limit=99999999999999999999", "endpoint=a&endpoint=b", "end=a",
          "since=yesterday", "before=2026-02-30T00:00:00Z"})
        EXPECT_EQ(get("/v1/sessions?" + std::string(query)).status, 400U) << query;
    EXPECT_THAT(get("/v1/sessions?outcome=done").body, HasSubstr("finish_unconfirmed"));
}

TEST_F(HttpSessions, AreCancelled) {
    using Result = FakeBackend::CancelResult;
    keep("9");
    for (const auto& [answer, id, status] :
         std::vector<std::tuple<Result, std::string, unsigned>>{{Result::cancelled, "7", 204},
                                                                {Result::already_ended, "7", 409},
                                                                {Result::unknown, "7", 404},
                                                                {Result::unknown, "9", 409}}) {
        backend.cancel_answer = answer;
        const Response response = send("DELETE", "/v1/sessions/" + id);
        EXPECT_EQ(response.status, status);
        if (status == 204)
            EXPECT_TRUE(response.body.empty());
        else
            problem(response);
    }
    EXPECT_THAT(backend.cancelled, ElementsAre("7", "7", "7", "9"));
    EXPECT_THAT(audited(), ElementsAre("token ops session.cancel 7"));
}

}  // namespace
