#include "server/http/routes.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "server/bootstrap/outcome.h"
#include "server/http/openapi.h"
#include "tests/http/api_fixture.h"

namespace {

using http::Role;

// One operation of openapi.json.
struct Operation {
    std::string method, path, role, id;
};

std::vector<Operation> described() {
    std::vector<Operation> all;
    const auto text = nlohmann::json::parse(http::openapi_text());
    for (const auto& [path, item] : text["paths"].items())
        for (const auto& [method, operation] : item.items()) {
            if (method == "parameters") continue;
            std::string upper = method;
            for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
            all.push_back({upper, path, operation["x-role"], operation["operationId"]});
        }
    return all;
}

// A target that the path's pattern fits.
std::string target_of(std::string path) {
    for (std::size_t begin = path.find('{'); begin != std::string::npos; begin = path.find('{'))
        path.replace(begin, path.find('}') - begin + 1, "1");
    return path;
}

std::string role_word(const std::optional<Role>& role) {
    return role ? std::string(to_string(*role)) : "none";
}

class HttpRoutes : public ApiTest {
  protected:
    // Both ways that a request takes: with its header alone, and whole.
    unsigned status_of(const Operation& operation, std::uint8_t roles) {
        caller = {"token x", roles};
        const auto head = request(operation.method, target_of(operation.path), "{}");
        const auto received = api.receive(head);
        const auto* refused = std::get_if<Response>(&received);
        if (std::holds_alternative<std::unique_ptr<http::BodySink>>(received)) return 200;
        // What is refused for want of a role is so wherever it is asked.
        if (refused != nullptr && refused->status != 403) return refused->status;
        const unsigned status = send(head).status;
        EXPECT_EQ(refused == nullptr ? status : refused->status, status) << operation.path;
        return status;
    }
};

TEST_F(HttpRoutes, AreThoseOfTheDescriptionWithTheSameRoles) {
    std::map<std::string, std::string> in_text, in_table;
    for (const Operation& each : described())
        in_text[each.method + " " + each.path] = each.id + " " + each.role;
    for (const http::Route& route : http::routes())
        in_table[std::string(route.method) + " " + std::string(route.path)] =
            std::string(route.operation) + " " + role_word(route.role);
    EXPECT_EQ(in_text, in_table);
    EXPECT_GT(in_text.size(), 20U);
}

TEST_F(HttpRoutes, RefuseEveryCallerWithoutTheRole) {
    const std::map<std::string, std::vector<Role>> enough{
        {"attach", {Role::attach, Role::admin}},
        {"read", {Role::read, Role::provision, Role::admin}},
        {"provision", {Role::provision, Role::admin}},
        {"admin", {Role::admin}}};
    for (const Operation& operation : described()) {
        if (operation.role == "none") continue;
        const std::string what = operation.method + " " + operation.path;
        EXPECT_EQ(status_of(operation, 0), 403U) << what;
        for (const Role role : {Role::attach, Role::read, Role::provision, Role::admin}) {
            const auto& good = enough.at(operation.role);
            const bool may = std::ranges::count(good, role) > 0;
            EXPECT_EQ(status_of(operation, http::bit(role)) != 403, may)
                << what << " as " << to_string(role);
        }
    }
}

TEST_F(HttpRoutes, AreOpenToAllOnlyWhereTheDescriptionSaysSo) {
    for (const Operation& operation : described()) {
        caller = {};
        const auto head = request(operation.method, target_of(operation.path));
        EXPECT_EQ(api.is_open_to_all(head), operation.role == "none") << operation.path;
        EXPECT_EQ(send(head).status == 403U, operation.role != "none") << operation.path;
    }
    EXPECT_FALSE(api.is_open_to_all(request("GET", "/nothing")));
    EXPECT_FALSE(api.is_open_to_all(request("POST", "/healthz")));
}

TEST_F(HttpRoutes, AnswerOnlyWithStatusesThatAreDescribed) {
    const auto text = nlohmann::json::parse(http::openapi_text());
    for (const Operation& operation : described()) {
        std::string lower = operation.method;
        for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
        const auto& responses = text["paths"][operation.path][lower]["responses"];
        for (const std::uint8_t roles : {std::uint8_t{0}, std::uint8_t{15}})
            for (const char* query : {"", "?what=1", "?limit=0&after=zz"}) {
                caller = {"token x", roles};
                const auto status =
                    send(operation.method, target_of(operation.path) + query, "{}").status;
                EXPECT_TRUE(responses.contains(std::to_string(status)))
                    << operation.method << " " << operation.path << query << " → " << status;
            }
    }
}

TEST_F(HttpRoutes, TellNobodyWithoutARoleWhatThereIs) {
    caller = {};
    for (const char* target : {"/v1/nothing", "/v1/devices", "/v1/%zz", "/"})
        EXPECT_EQ(get(target).status, 403U) << target;
    EXPECT_EQ(send("PATCH", "/v1/devices").status, 403U);
}

TEST_F(HttpRoutes, KnowNoOtherPaths) {
    for (const char* target :
         {"/", "/v1", "/v1/", "/v1/sessions/", "/v1/sessions/7/8", "/V1/status", "/v1/healthz",
          "/healthz/", "//healthz", "/v1%2Fstatus", "/v1/profiles//plan", "/v1/devices:export",
          "/v1/profiles/meter/plan/1", "/metrics/"})
        EXPECT_EQ(get(target).status, 404U) << target;
    EXPECT_EQ(get("/v1/%zz").status, 400U);
}

TEST_F(HttpRoutes, NameTheMethodsThatAPathAllows) {
    const std::vector<std::tuple<std::string, std::string, std::string>> cases{
        {"GET", "/v1/attachments", "POST"},
        {"POST", "/v1/sessions", "GET, HEAD"},
        {"PUT", "/v1/sessions/7", "GET, HEAD, DELETE"},
        {"POST", "/v1/devices/x", "GET, HEAD, PUT, DELETE"},
        {"GET", "/v1/devices:import", "POST"},
        {"POST", "/v1/profiles/meter/plan", "GET, HEAD"},
        {"PUT", "/v1/strangers", "GET, HEAD, DELETE"},
        {"OPTIONS", "/readyz", "GET, HEAD"}};
    for (const auto& [method, target, allow] : cases) {
        const Response response = send(method, target);
        EXPECT_EQ(response.status, 405U) << target;
        EXPECT_EQ(header(response, "Allow"), allow) << target;
        problem(response);
    }
}

TEST_F(HttpRoutes, AnswerAHeadAsAGet) {
    EXPECT_EQ(send("HEAD", "/v1/status").status, 200U);
    EXPECT_EQ(send("HEAD", "/v1/attachments").status, 405U);
}

TEST_F(HttpRoutes, RefuseBeforeTheBodyIsRead) {
    const auto refused = [&](const std::string& method, const std::string& target) {
        const auto reception = api.receive(request(method, target));
        const auto* response = std::get_if<Response>(&reception);
        return response == nullptr ? 0U : response->status;
    };
    EXPECT_EQ(refused("PUT", "/v1/devices/x"), 0U);
    EXPECT_EQ(refused("POST", "/v1/nothing"), 404U);
    EXPECT_EQ(refused("PATCH", "/v1/devices/x"), 405U);
    EXPECT_EQ(refused("POST", "/v1/devices:import"), 415U);
    caller.roles = http::bit(Role::read);
    EXPECT_EQ(refused("PUT", "/v1/devices/x"), 403U);
    EXPECT_EQ(refused("POST", "/v1/devices:import"), 403U);
}

TEST_F(HttpRoutes, DescribeEveryOutcome) {
    const auto text = nlohmann::json::parse(http::openapi_text());
    std::vector<std::string> names;
    for (const auto outcome : bootstrap::all_outcomes) names.emplace_back(to_string(outcome));
    EXPECT_EQ(text["components"]["schemas"]["Outcome"]["enum"].get<std::vector<std::string>>(),
              names);
}

TEST_F(HttpRoutes, ServeTheDescriptionAsItIsWritten) {
    std::ifstream file(OPENAPI_FILE);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(get("/openapi.json").body, text.str());
    EXPECT_GT(text.str().size(), 10'000U);
}

// A reference that leads nowhere would be noticed by nobody else.
void check_references(const nlohmann::json& node, const nlohmann::json& root,
                      std::set<std::string>& used) {
    if (node.is_object() && node.contains("$ref") && node["$ref"].is_string()) {
        const std::string reference = node["$ref"];
        ASSERT_TRUE(reference.starts_with("#/")) << reference;
        EXPECT_TRUE(root.contains(nlohmann::json::json_pointer(reference.substr(1)))) << reference;
        used.insert(reference);
    }
    if (node.is_structured())
        for (const auto& each : node) check_references(each, root, used);
}

TEST_F(HttpRoutes, DescribeEveryPartThatTheyNameAndNoOther) {
    const auto text = nlohmann::json::parse(http::openapi_text());
    std::set<std::string> used;
    check_references(text, text, used);
    // Told in words alone: a media type of lines has no schema in OpenAPI 3.1.
    used.insert("#/components/schemas/ImportLine");
    for (const char* kind : {"parameters", "responses", "schemas"})
        for (const auto& [name, part] : text["components"][kind].items())
            EXPECT_TRUE(used.contains("#/components/" + std::string(kind) + "/" + name)) << name;
}

}  // namespace
