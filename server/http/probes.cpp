#include "server/http/probes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "server/http/problem.h"
#include "server/http/target.h"

namespace http {
namespace {

constexpr std::array<std::string_view, 3> paths = {"metrics", "healthz", "readyz"};

// Nothing: it may pass.
std::optional<Response> refusal(const Request& head) {
    const auto target = parse_target(head.target);
    if (!target) return problem(400, "the request target is not well-formed");
    if (target->segments.size() != 1 ||
        std::find(paths.begin(), paths.end(), target->segments[0]) == paths.end())
        return problem(404, "here are /metrics, /healthz and /readyz; the API has its own address");
    if (head.method == "GET" || head.method == "HEAD") return std::nullopt;
    Response response = problem(405, "allowed here: GET, HEAD");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
}

}  // namespace

Router::Reception Probes::receive(const Request& head) {
    if (auto no = refusal(head)) return std::move(*no);
    return WholeBody{};
}

void Probes::route(Request request, Reply reply) {
    if (auto no = refusal(request)) return reply(std::move(*no));
    request.caller = {"probe", bit(Role::read)};
    request.authenticated = false;
    api_.route(std::move(request), std::move(reply));
}

}  // namespace http
