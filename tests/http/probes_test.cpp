#include "server/http/probes.h"

#include "tests/http/api_fixture.h"

namespace {

class HttpProbes : public ApiTest {
  protected:
    Response ask(std::string method, std::string target) {
        std::optional<Response> answer;
        probes.route(request(std::move(method), std::move(target)),
                     [&](Response response) { answer = std::move(response); });
        return answer.value_or(Response{});
    }
    http::Probes probes{api};
};

TEST_F(HttpProbes, AnswerWhoeverComes) {
    caller = {};
    for (const char* target : {"/metrics", "/healthz", "/readyz"}) {
        EXPECT_TRUE(probes.is_open_to_all(request("GET", target)));
        EXPECT_TRUE(std::holds_alternative<http::Router::WholeBody>(
            probes.receive(request("GET", target))));
        EXPECT_EQ(ask("GET", target).status, 200U) << target;
        EXPECT_EQ(ask("HEAD", target).status, 200U) << target;
    }
    backend.why_not_ready = "the daemon stops";
    EXPECT_EQ(ask("GET", "/readyz").status, 503U);
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
}

// The caller of the fixture may everything, as somebody whom a proxy vouches for would.
TEST_F(HttpProbes, LeadToNothingElseOfTheApi) {
    for (const http::Route& route : http::routes()) {
        const bool open =
            route.path == "/metrics" || route.path == "/healthz" || route.path == "/readyz";
        const auto head = request(std::string(route.method), std::string(route.path), "{}");
        const auto reception = probes.receive(head);
        EXPECT_EQ(std::holds_alternative<http::Router::WholeBody>(reception), open) << route.path;
        EXPECT_EQ(ask(head.method, head.target).status == 404U, !open) << route.path;
    }
    EXPECT_TRUE(audited().empty());
}

TEST_F(HttpProbes, ChangeNothing) {
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
        const Response response = ask(method, "/metrics");
        EXPECT_EQ(response.status, 405U) << method;
        EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
    }
    for (const char* target : {"/", "/metrics/", "/v1/status", "/v1%2Fstatus", "//metrics"})
        EXPECT_EQ(ask("GET", target).status, 404U) << target;
    EXPECT_EQ(ask("GET", "/%zz").status, 400U);
    EXPECT_EQ(ask("GET", "/metrics?what=1").status, 400U);
}

}  // namespace
