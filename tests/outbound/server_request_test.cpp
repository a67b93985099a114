#include "server/outbound/server_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outbound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

LwM2mServer leshan(std::string url = "http://127.0.0.1:8080") {
    LwM2mServer server;
    server.name = "lab";
    server.preset = ServerPreset::leshan;
    server.url = std::move(url);
    return server;
}

std::optional<std::string> leshan_says(unsigned status, std::string body) {
    return failure_in(ServerPreset::leshan, Answer{status, std::move(body), std::nullopt});
}

// leshan-demo-server's ClientServlet: POST /api/clients/ENDPOINT/LWM2M-PATH is an Execute, the
// parameter `timeout` counts seconds.
TEST(ServerRequest, IsWhatLeshanExpects) {
    const auto request = server_request(leshan("http://127.0.0.1:8080/"), "urn:imei:1/2", 0);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->url.to_string(),
              "http://127.0.0.1:8080/api/clients/urn%3Aimei%3A1%2F2/1/0/9?timeout=9");
    EXPECT_EQ(request->body, "");
    const auto below = server_request(leshan("https://dm.example/leshan"), "a", 65534);
    ASSERT_TRUE(below) << below.error();
    EXPECT_EQ(below->url.target, "/leshan/api/clients/a/1/65534/9?timeout=9");
}

TEST(ServerRequest, FillsInTheOperatorsTemplate) {
    LwM2mServer server;
    server.url = "https://dm.example/c/${endpoint}/1/${serverInstance}/9?ep=${endpoint}";
    server.method = "PUT";
    server.headers = {{"Content-Type", "application/json"}};
    server.body = R"({"ep": "${endpoint}", "instance": ${serverInstance}})";
    server.token = model::Secret(wire::as_bytes("t"));
    server.ca_file = "/ca.pem";
    const auto request = server_request(server, "a \"b\"&c", 3);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->method, "PUT");
    EXPECT_EQ(request->url.target, "/c/a%20%22b%22%26c/1/3/9?ep=a%20%22b%22%26c");
    EXPECT_EQ(request->body, R"({"ep": "a \"b\"&c", "instance": 3})");
    EXPECT_THAT(request->headers, ElementsAre(Pair("Content-Type", "application/json")));
    EXPECT_TRUE(request->bearer && request->bearer->equals(*server.token));
    EXPECT_EQ(request->ca_file, "/ca.pem");
}

TEST(ServerRequest, IsNotMadeForAnEndpointThatLeavesItsPath) {
    for (const std::string endpoint : {"", ".", ".."}) {
        const auto request = server_request(leshan(), endpoint, 0);
        ASSERT_FALSE(request) << endpoint;
        EXPECT_THAT(request.error(), HasSubstr("cannot be named"));
    }
    EXPECT_FALSE(server_request(leshan(), std::string(wire::HttpUrl::max_octets, 'x'), 0));
}

// The bodies as ClientServlet and JacksonResponseSerializer of leshan-demo-server write them.
TEST(ServerAnswer, OfLeshanTellsWhetherTheDeviceWasAsked) {
    EXPECT_EQ(leshan_says(200, R"json({"status":"CHANGED(204)","valid":true,"success":true})json"),
              std::nullopt);
    EXPECT_EQ(leshan_says(200, R"({"ep":"a","path":"/1/0/9","requestId":"x","delayed":true})"),
              std::nullopt);
    EXPECT_EQ(
        leshan_says(200, R"json({"status":"METHOD_NOT_ALLOWED(405)","valid":true,"success":false,
                                   "failure":true,"errormessage":"not\nexecutable"
    })json"),
        "the device refused: METHOD_NOT_ALLOWED(405): not executable");
    EXPECT_EQ(leshan_says(400, "no registered client with id 'a'"),
              "answered 400: no registered client with id 'a'");
    EXPECT_EQ(leshan_says(504, "Request timeout"), "answered 504: Request timeout");
    EXPECT_THAT(leshan_says(200, "<html>"), ::testing::Optional(HasSubstr("what Leshan does not")));
    EXPECT_THAT(leshan_says(200, "[]"), ::testing::Optional(HasSubstr("what Leshan does not")));
    EXPECT_THAT(leshan_says(200, R"({"success":"true"})"),
                ::testing::Optional(HasSubstr("refused")));
}

TEST(ServerAnswer, OfAnyOtherServerIsItsStatus) {
    EXPECT_EQ(failure_in(ServerPreset::none, Answer{204, "", std::nullopt}), std::nullopt);
    EXPECT_EQ(failure_in(ServerPreset::none, Answer{302, "", std::nullopt}), "answered 302");
}

TEST(ServerAnswer, IsQuotedBrieflyAndOnOneLine) {
    const auto failure = failure_in(ServerPreset::none,
                                    Answer{500, "a\r\nb\x1b[2J\xff" + std::string(5000, 'c'), {}});
    ASSERT_TRUE(failure);
    EXPECT_LT(failure->size(), 250U);
    for (const char octet : *failure) EXPECT_TRUE(octet >= ' ' && octet <= '~');
}

}  // namespace
}  // namespace outbound
