#include "config/outbound_settings.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Read {
    Outbound outbound;
    document::Problems problems;
    std::string told() const {
        std::string all;
        for (const auto& problem : problems) all += document::to_string(problem) + "\n";
        return all;
    }
};

Read read(std::string_view text) {
    Read result;
    const auto json = document::parse(text, "s.json", result.problems);
    if (!json) return result;
    const document::Node root(*json, "s.json", "", result.problems);
    read_outbound(root, "/etc/b", result.outbound);
    return result;
}

TEST(OutboundSettings, HaveDefaults) {
    const Read result = read(R"({"webhooks": [{"name": "ops", "url": "https://ops.example/h"}],
                                 "lwm2mServers": {"dm": {"url": "http://dm.example/${endpoint}"}}})");
    ASSERT_THAT(result.problems, IsEmpty()) << result.told();
    ASSERT_EQ(result.outbound.webhooks.size(), 1U);
    const Webhook& hook = result.outbound.webhooks[0];
    EXPECT_EQ(hook.name, "ops");
    EXPECT_THAT(hook.events, IsEmpty());
    EXPECT_TRUE(hook.secret_file.empty());
    EXPECT_EQ(hook.timeout, 10);
    EXPECT_EQ(hook.max_age, 259200);
    EXPECT_EQ(hook.concurrency, 8U);
    ASSERT_EQ(result.outbound.servers.size(), 1U);
    EXPECT_EQ(result.outbound.servers[0].name, "dm");
    EXPECT_EQ(result.outbound.servers[0].method, "POST");
    EXPECT_EQ(read("{}").outbound, Outbound{});
}

TEST(OutboundSettings, ReadWhatTheOperatorWrites) {
    const Read result = read(R"({
      "webhooks": [{"name": "ops", "url": "https://ops.example/h", "events": ["session.ended"],
                    "secretFile": "hook.secret", "caFile": "/ca.pem", "timeout": 2.5,
                    "maxAge": 3600, "concurrency": 2}],
      "lwm2mServers": {
        "lab": {"preset": "leshan", "url": "http://127.0.0.1:8080", "tokenFile": "t"},
        "dm": {"method": "PUT", "url": "https://dm.example/c/${endpoint}/1/${serverInstance}/9",
               "headers": {"Content-Type": "application/json", "X-A": "b"},
               "body": "{\"ep\": \"${endpoint}\"}", "caFile": null}},
      "keyShares": {
        "eu": {"url": "https://dm.example/keys", "secretFile": "share.secret", "caFile": "/ca.pem",
               "timeout": 2.5, "attempts": 5},
        "here": {"url": "http://127.0.0.1:8080", "secretFile": "credential:share"}}})");
    ASSERT_THAT(result.problems, IsEmpty()) << result.told();
    ASSERT_EQ(result.outbound.key_shares.size(), 2U);
    EXPECT_EQ(result.outbound.key_shares[0], (KeyShare{"eu", "https://dm.example/keys",
                                                       "/etc/b/share.secret", "/ca.pem", 2.5, 5}));
    EXPECT_EQ(result.outbound.key_shares[1].secret_file, "credential:share");
    EXPECT_EQ(result.outbound.key_shares[1].attempts, 3U);
    const Webhook& hook = result.outbound.webhooks.at(0);
    EXPECT_THAT(hook.events, ElementsAre("session.ended"));
    EXPECT_EQ(hook.secret_file, "/etc/b/hook.secret");
    EXPECT_EQ(hook.ca_file, "/ca.pem");
    EXPECT_EQ(hook.timeout, 2.5);
    const LwM2mServer& dm = result.outbound.servers.at(0);
    EXPECT_EQ(dm.name, "dm");
    EXPECT_EQ(dm.method, "PUT");
    EXPECT_THAT(dm.headers,
                ElementsAre(Pair("Content-Type", "application/json"), Pair("X-A", "b")));
    EXPECT_EQ(dm.body, "{\"ep\": \"${endpoint}\"}");
    EXPECT_EQ(result.outbound.servers.at(1).preset, "leshan");
    EXPECT_EQ(result.outbound.servers.at(1).token_file, "/etc/b/t");

    nlohmann::ordered_json printed = nlohmann::ordered_json::object();
    print_outbound(result.outbound, printed);
    const Read again = read(printed.dump());
    EXPECT_THAT(again.problems, IsEmpty()) << again.told();
    EXPECT_EQ(again.outbound, result.outbound);
}

TEST(OutboundSettings, PointAtWhatIsWrong) {
    struct Case {
        std::string text, pointer, message;
    };
    const auto hook = [](const std::string& members) {
        return R"({"webhooks": [{"name": "a", "url": "http://a/", )" + members + "}]}";
    };
    const auto server = [](const std::string& members) {
        return R"({"lwm2mServers": {"a": {)" + members + "}}}";
    };
    const auto share = [](const std::string& members) {
        return R"({"keyShares": {"a": {)" + members + "}}}";
    };
    const std::vector<Case> cases = {
        {share(R"("secretFile": "s")"), "/keyShares/a/url", ""},
        {share(R"("url": "https://a/")"), "/keyShares/a/secretFile", ""},
        {share(R"("url": "http://a.example/", "secretFile": "s")"), "/keyShares/a/url", "in clear"},
        {share(R"("url": "http://192.0.2.1/", "secretFile": "s")"), "/keyShares/a/url", "in clear"},
        {share(R"("url": "ftp://a/", "secretFile": "s")"), "/keyShares/a/url", ""},
        {share(R"("url": "https://a/", "secretFile": "s", "timeout": 21)"), "/keyShares/a/timeout",
         "out of range"},
        {share(R"("url": "https://a/", "secretFile": "s", "attempts": 0)"), "/keyShares/a/attempts",
         "out of range"},
        {R"({"keyShares": {"a b": {"url": "https://a/", "secretFile": "s"}}})", "/keyShares/a b",
         "name"},
        {R"({"webhooks": {}})", "/webhooks", "is an object"},
        {R"({"webhooks": [1]})", "/webhooks/0", "whole number"},
        {R"({"webhooks": [{"url": "http://a/"}]})", "/webhooks/0/name", ""},
        {R"({"webhooks": [{"name": "a"}]})", "/webhooks/0/url", ""},
        {R"({"webhooks": [{"name": "a b", "url": "http://a/"}]})", "/webhooks/0/name", "no name"},
        {R"({"webhooks": [{"name": "a", "url": "http://a/"}, {"name": "a", "url": "http://b/"}]})",
         "/webhooks/1/name", "another webhook's"},
        {R"({"webhooks": [{"name": "a", "url": "http://u:p@a/"}]})", "/webhooks/0/url", "password"},
        {hook(R"("secret": "x")"), "/webhooks/0/secret", "not a key"},
        {hook(R"("secretFile": "")"), "/webhooks/0/secretFile", "no path"},
        {hook(R"("events": "all")"), "/webhooks/0/events", "is a text"},
        {hook(R"("events": ["a b"])"), "/webhooks/0/events/0", "no kind"},
        {hook(R"("events": ["a", "a"])"), "/webhooks/0/events/1", "twice"},
        {hook(R"("timeout": 0)"), "/webhooks/0/timeout", "out of range"},
        {hook(R"("maxAge": 1)"), "/webhooks/0/maxAge", "out of range"},
        {hook(R"("concurrency": 0)"), "/webhooks/0/concurrency", "out of range"},
        {R"({"lwm2mServers": []})", "/lwm2mServers", "is an array"},
        {R"({"lwm2mServers": {"a/b": {"url": "http://a/"}}})", "/lwm2mServers/a~1b", "name"},
        {server(R"("preset": "leshan")"), "/lwm2mServers/a/url", ""},
        {server(R"("preset": "lechan", "url": "http://a/")"), "/lwm2mServers/a/preset", "none of"},
        {server(R"("preset": "leshan", "url": "http://a/${endpoint}")"), "/lwm2mServers/a/url",
         "percent-encoded"},
        {server(R"("preset": "leshan", "url": "http://a/?x")"), "/lwm2mServers/a/url", "query"},
        {server(R"("preset": "leshan", "url": "http://a/", "body": "")"), "/lwm2mServers/a/body",
         "preset"},
        {server(R"("url": "http://${endpoint}/")"), "/lwm2mServers/a/url", "before its path"},
        {server(R"("url": "http://a.${endpoint}")"), "/lwm2mServers/a/url", "before its path"},
        {server(R"("url": "${endpoint}")"), "/lwm2mServers/a/url", "no http"},
        {server(R"("url": "http://a/${imei}")"), "/lwm2mServers/a/url", "not known"},
        {server(R"("url": "http://a/", "body": "${x}")"), "/lwm2mServers/a/body", "not known"},
        {server(R"("url": "http://a/", "method": "DELETE")"), "/lwm2mServers/a/method", "none of"},
        {server(R"("url": "http://a/", "headers": {"A b": "c"})"), "/lwm2mServers/a/headers/A b",
         "no name"},
        {server(R"("url": "http://a/", "headers": {"Host": "c"})"), "/lwm2mServers/a/headers/Host",
         "sets itself"},
        {server(R"("url": "http://a/", "headers": {"authorization": "Bearer c"})"),
         "/lwm2mServers/a/headers/authorization", "secret"},
        {server(R"("url": "http://a/", "headers": {"X": "a\r\nY: b"})"),
         "/lwm2mServers/a/headers/X", "control character"},
        {server(R"("url": "http://a/", "headers": {"X": "${endpoint}"})"),
         "/lwm2mServers/a/headers/X", "placeholder"},
    };
    for (const Case& each : cases) {
        const Read result = read(each.text);
        ASSERT_EQ(result.problems.size(), 1U) << each.text << "\n" << result.told();
        EXPECT_EQ(result.problems[0].pointer, each.pointer) << each.text;
        EXPECT_THAT(result.problems[0].message, HasSubstr(each.message)) << each.text;
        EXPECT_FALSE(result.problems[0].remedy.empty()) << each.text;
    }
}

TEST(OutboundSettings, AcceptAHostWithoutAPath) {
    const Read result = read(R"({"lwm2mServers": {"a": {"url": "http://a.example:8080"}}})");
    EXPECT_THAT(result.problems, IsEmpty()) << result.told();
}

}  // namespace
}  // namespace config
