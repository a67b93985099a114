#include "server/http/api.h"

#include <algorithm>
#include <array>
#include <variant>

#include "server/http/problem.h"

namespace http {
namespace {

constexpr std::array all_routes = {
    Route{"POST", "/v1/attachments", Role::attach, "attach", post_attachment},
    Route{"POST", "/v1/attachments/{source}", Role::attach, "attachFromSource", post_source},

    Route{"GET", "/v1/devices", Role::read, "listDevices", list_devices},
    Route{"POST", "/v1/devices:import", Role::provision, "importDevices", nullptr, import_devices},
    Route{"GET", "/v1/devices/{endpoint}", Role::read, "getDevice", get_device},
    Route{"PUT", "/v1/devices/{endpoint}", Role::provision, "putDevice", put_device},
    Route{"DELETE", "/v1/devices/{endpoint}", Role::provision, "deleteDevice", delete_device},

    Route{"POST", "/v1/devices/{endpoint}:rotate", Role::provision, "rotateDevice", rotate_device},

    Route{"GET", "/v1/rotations", Role::read, "listRotations", list_rotations},
    Route{"POST", "/v1/rotations", Role::provision, "createRotation", create_rotation},
    Route{"DELETE", "/v1/rotations/{id}", Role::provision, "cancelRotation", cancel_rotation},

    Route{"GET", "/v1/profiles", Role::read, "listProfiles", list_profiles},
    Route{"POST", "/v1/profiles:check", Role::provision, "checkProfile", check_profile},
    Route{"GET", "/v1/profiles/{name}", Role::read, "getProfile", get_profile},
    Route{"PUT", "/v1/profiles/{name}", Role::provision, "putProfile", put_profile},
    Route{"DELETE", "/v1/profiles/{name}", Role::provision, "deleteProfile", delete_profile},
    Route{"GET", "/v1/profiles/{name}/plan", Role::read, "showPlan", show_plan},

    Route{"GET", "/v1/sessions", Role::read, "listSessions", list_sessions},
    Route{"GET", "/v1/sessions/{id}", Role::read, "getSession", get_session},
    Route{"DELETE", "/v1/sessions/{id}", Role::provision, "cancelSession", cancel_session},

    Route{"GET", "/v1/strangers", Role::read, "listStrangers", list_strangers},
    Route{"DELETE", "/v1/strangers", Role::provision, "forgetStrangers", forget_strangers},
    Route{"GET", "/v1/deliveries", Role::read, "listDeliveries", list_deliveries},
    Route{"DELETE", "/v1/deliveries/{sequence}", Role::provision, "dropDelivery", drop_delivery},
    Route{"GET", "/v1/audit", Role::admin, "listAudit", list_audit},
    Route{"GET", "/v1/events", Role::read, "streamEvents", stream_events},
    Route{"GET", "/v1/traces/{endpoint}", Role::admin, "streamTrace", stream_trace},
    Route{"GET", "/v1/status", Role::read, "getStatus", get_status},
    Route{"POST", "/v1/reload", Role::admin, "reload", reload},

    Route{"GET", "/metrics", Role::read, "getMetrics", get_metrics},
    Route{"GET", "/healthz", std::nullopt, "getHealth", get_health},
    Route{"GET", "/readyz", std::nullopt, "getReadiness", get_readiness},
    Route{"GET", "/openapi.json", std::nullopt, "getOpenapi", get_openapi},
};

// What stands for each {…}; nothing: it is another path.
std::optional<std::vector<std::string>> arguments_of(std::string_view pattern,
                                                     const std::vector<std::string>& segments) {
    std::vector<std::string> arguments;
    std::size_t index = 0;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const std::string_view wanted = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(wanted.size());
        if (index == segments.size()) return std::nullopt;
        const std::string& segment = segments[index++];
        if (!wanted.starts_with('{')) {
            if (segment != wanted) return std::nullopt;
            continue;
        }
        // "{endpoint}:rotate": the argument is what stands before it.
        const std::string_view end = wanted.substr(wanted.find('}') + 1);
        if (segment.size() <= end.size() || !segment.ends_with(end)) return std::nullopt;
        arguments.push_back(segment.substr(0, segment.size() - end.size()));
    }
    if (index != segments.size()) return std::nullopt;
    return arguments;
}

struct Found {
    const Route* route;
    Target target;
    std::vector<std::string> arguments;
};

// The route, which the caller may use, or why not. Who has no role learns no more than that.
std::variant<Found, Response> find(const Request& request) {
    auto target = parse_target(request.target);
    std::string allowed;
    if (target) {
        const std::string_view sent = request.method;
        const std::string_view method = sent == "HEAD" ? std::string_view("GET") : sent;
        for (const Route& route : all_routes) {
            auto arguments = arguments_of(route.path, target->segments);
            if (!arguments) continue;
            if (route.method != method) {
                (allowed += allowed.empty() ? "" : ", ") += route.method;
                if (route.method == "GET") allowed += ", HEAD";
                continue;
            }
            if (route.role && !request.caller.may(*route.role))
                return problem(403, "this takes the role \"" + std::string(to_string(*route.role)) +
                                        "\", which the caller has not");
            return Found{&route, std::move(*target), std::move(*arguments)};
        }
    }
    if (request.caller.roles == 0) return problem(403, "the caller has no role here");
    if (!target) return problem(400, "the request target is not well-formed");
    if (allowed.empty()) return problem(404, "nothing is here; the API is under /v1");
    Response response = problem(405, "allowed here: " + allowed);
    response.headers.emplace_back("Allow", std::move(allowed));
    return response;
}

}  // namespace

std::span<const Route> routes() {
    return all_routes;
}

Api::Api(Backend& backend) : state_(std::make_shared<ApiState>(ApiState{backend, {}})) {}

bool Api::is_open_to_all(const Request& head) {
    const auto found = find(head);
    const auto* route = std::get_if<Found>(&found);
    return route != nullptr && !route->route->role;
}

Router::Reception Api::receive(const Request& head) {
    auto found = find(head);
    if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
    auto& [route, target, arguments] = std::get<Found>(found);
    if (route->receive == nullptr) return WholeBody{};
    return route->receive(std::make_shared<Call>(
        Call{head, std::move(target), std::move(arguments), state_, nullptr}));
}

void Api::route(Request request, Reply reply) {
    auto found = find(request);
    if (auto* refusal = std::get_if<Response>(&found)) return reply(std::move(*refusal));
    auto& [route, target, arguments] = std::get<Found>(found);
    if (route->handle == nullptr) {
        // Its body has not been taken piece by piece: there is none to be had any more.
        const auto reception = receive(request);
        const auto* refusal = std::get_if<Response>(&reception);
        return reply(refusal != nullptr ? *refusal : problem(400, "the body is missing"));
    }
    route->handle(std::make_shared<Call>(Call{std::move(request), std::move(target),
                                              std::move(arguments), state_, std::move(reply)}));
}

}  // namespace http
