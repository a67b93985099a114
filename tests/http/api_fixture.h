#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/http/api.h"
#include "tests/http/fake_backend.h"

// Sends requests to the API as the connections would, without one.
class ApiTest : public testing::Test {
  protected:
    using Response = http::Response;
    using Json = nlohmann::json;

    http::Request request(std::string method, std::string target, std::string body = "",
                          std::string type = "application/json") const {
        http::Request made;
        made.method = std::move(method);
        made.target = std::move(target);
        made.body = std::move(body);
        made.content_type = std::move(type);
        made.caller = caller;
        return made;
    }
    // The answer, which has to come at once.
    Response send(http::Request what) {
        std::optional<Response> answer;
        api.route(std::move(what), [&](Response response) {
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(response);
        });
        EXPECT_TRUE(answer) << "not answered";
        return answer.value_or(Response{0, "", "", {}});
    }
    Response send(std::string method, std::string target, std::string body = "",
                  std::string type = "application/json") {
        return send(
            request(std::move(method), std::move(target), std::move(body), std::move(type)));
    }
    Response get(std::string target) { return send("GET", std::move(target)); }
    Json got(std::string target) {
        const Response response = get(std::move(target));
        EXPECT_EQ(response.status, 200U) << response.body;
        EXPECT_EQ(response.content_type, "application/json");
        return Json::parse(response.body);
    }

    static std::string header(const Response& response, const std::string& name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return "";
    }
    // Every error is a problem document whose status is the answer's.
    static Json problem(const Response& response) {
        EXPECT_EQ(response.content_type, "application/problem+json");
        auto body = Json::parse(response.body);
        EXPECT_EQ(body["status"], response.status);
        EXPECT_EQ(body["type"], "about:blank");
        EXPECT_FALSE(body["title"].get<std::string>().empty());
        EXPECT_FALSE(body["detail"].get<std::string>().empty());
        return body;
    }
    static std::string detail(const Response& response) { return problem(response)["detail"]; }
    static std::vector<std::string> pointers(const Response& response) {
        std::vector<std::string> all;
        const Json body = problem(response);
        for (const auto& one : body.value("problems", Json::array())) all.push_back(one["pointer"]);
        return all;
    }
    // What the audit log says, "actor action subject".
    std::vector<std::string> audited() const {
        std::vector<std::string> all;
        for (const auto& entry : backend.kept.entries)
            all.push_back(entry.actor + " " + entry.action + " " + entry.subject);
        return all;
    }

    http::Caller caller{"token ops", http::bit(http::Role::admin)};
    FakeBackend backend;
    http::Api api{backend};
};
