#include "server/http/router.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "server/explain/plan.h"
#include "server/http/problem.h"
#include "server/http/session_json.h"
#include "server/http/target.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_sessions = 1000;  // of one answer

Response json(unsigned status, const Json& body) {
    return {status,
            "application/json",
            body.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n',
            {{"Cache-Control", "no-store"}}};
}

Response plain(std::string text) {
    return {200, "text/plain; charset=utf-8", std::move(text), {{"Cache-Control", "no-store"}}};
}

Response not_allowed(std::string allow) {
    Response response = problem(405, "allowed here: " + allow);
    response.headers.emplace_back("Allow", std::move(allow));
    return response;
}

bool is_get(const Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

bool is_json(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
    return lower(type) == "application/json";
}

bool is_address_or_localhost(std::string_view host) {
    if (wire::SocketAddress::from(host)) return true;
    if (host.starts_with('[') && host.ends_with(']'))
        return wire::IpAddress::from(host.substr(1, host.size() - 2)).has_value();
    const std::string name = lower(host.substr(0, host.find(':')));
    return name == "localhost" || name.ends_with(".localhost") || wire::IpAddress::from(name);
}

Response accepted(const bootstrap::AttachAccepted& what) {
    Json body;
    body["id"] = what.session;
    body["state"] = to_string(what.state);
    Response response = json(202, body);
    response.headers.emplace_back("Location", "/v1/sessions/" + percent_encode(what.session));
    return response;
}

Response refused(const bootstrap::AttachRefused& what) {
    using Why = bootstrap::AttachRefused::Why;
    switch (what.why) {
        case Why::under_way:
            return problem(409, what.reason);
        case Why::unreachable:
            return problem(422, what.reason);
        case Why::full: {
            Response response = problem(503, what.reason);
            response.headers.emplace_back("Retry-After", "10");
            return response;
        }
    }
    return problem(503, what.reason);
}

Response post_attachment(const Request& request, Backend& backend) {
    if (!is_json(request.content_type))
        return problem(415, "the event is JSON; send Content-Type: application/json");
    document::Problems problems;
    const auto body = document::parse(request.body, "body", problems);
    if (!body) return problem(400, "the body is not the JSON of an event", problems);
    auto event = attach::parse_event(document::Node(*body, "body", "", problems));
    if (!event || !problems.empty())
        return problem(400, "the body is not a network-attach event", problems);
    if (event->source.empty()) event->source = "api";

    const auto result = backend.attach(*event);
    if (const auto* yes = std::get_if<bootstrap::AttachAccepted>(&result)) return accepted(*yes);
    if (const auto* no = std::get_if<bootstrap::AttachRefused>(&result)) return refused(*no);
    if (const auto* unknown = std::get_if<Backend::Unknown>(&result))
        return problem(404, unknown->reason);
    return problem(422, std::get<Backend::Contradiction>(result).reason);
}

std::optional<bootstrap::Outcome> outcome_of(std::string_view name) {
    for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
        if (to_string(outcome) == name) return outcome;
    return std::nullopt;
}

std::string outcome_names() {
    std::string names;
    for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
        (names += names.empty() ? "" : ", ") += to_string(outcome);
    return names;
}

// The parameter that is given twice; nothing: none is.
std::optional<std::string> given_twice(const Target& target) {
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : target.parameters) {
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) return name;
        seen.push_back(name);
    }
    return std::nullopt;
}

Response list_sessions(const Target& target, Backend& backend) {
    bootstrap::Directory::Filter filter;
    if (const auto name = given_twice(target))
        return problem(400, "query parameter \"" + *name + "\" is given twice");
    for (const auto& [name, value] : target.parameters) {
        if (name == "endpoint") {
            filter.endpoint = value;
        } else if (name == "outcome") {
            filter.outcome = outcome_of(value);
            if (!filter.outcome)
                return problem(400, "no such outcome; there are " + outcome_names());
        } else if (name == "limit") {
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), filter.limit);
            if (error != std::errc{} || end != value.data() + value.size() || filter.limit < 1 ||
                filter.limit > most_sessions)
                return problem(400, "limit is a number from 1 to " + std::to_string(most_sessions));
        } else {
            return problem(400, "unknown query parameter \"" + name +
                                    "\"; there are endpoint, outcome and limit");
        }
    }
    Json sessions = Json::array();
    for (const auto& record : backend.sessions(filter)) sessions.push_back(to_json(record));
    Json body;
    body["sessions"] = std::move(sessions);
    return json(200, body);
}

Response one_session(const Request& request, const bootstrap::SessionId& id, Backend& backend) {
    if (is_get(request)) {
        const auto record = backend.session(id);
        return record ? json(200, to_json(*record)) : problem(404, "no such session");
    }
    if (request.method != "DELETE") return not_allowed("GET, HEAD, DELETE");
    switch (backend.cancel(id)) {
        case Backend::CancelResult::cancelled:
            return {204, "", "", {}};
        case Backend::CancelResult::already_ended:
            return problem(409, "the session has ended already");
        case Backend::CancelResult::unknown:
            return problem(404, "no such session");
    }
    return problem(404, "no such session");
}

Response list_profiles(const Target& target, Backend& backend) {
    if (!target.parameters.empty())
        return problem(400, "unknown query parameter \"" + target.parameters.front().first +
                                "\"; there are none here");
    auto profiles = backend.catalog()->profiles();
    std::sort(profiles.begin(), profiles.end(),
              [](const auto& one, const auto& other) { return one->name < other->name; });
    Json list = Json::array();
    for (const auto& profile : profiles) list.push_back(explain::summary_of(*profile));
    Json body;
    body["profiles"] = std::move(list);
    return json(200, body);
}

Response show_plan(const std::string& profile, const Target& target, Backend& backend) {
    explain::PlanQuestion question;
    question.profile = profile;
    if (const auto name = given_twice(target))
        return problem(400, "query parameter \"" + *name + "\" is given twice");
    for (const auto& [name, value] : target.parameters) {
        if (name == "endpoint") {
            question.endpoint = value;
        } else if (name == "account") {
            question.assumed.account = explain::account_from(value);
            if (!question.assumed.account)
                return problem(400,
                               "account is the path of the Bootstrap-Server's Security instance "
                               "(\"/0/1\"), others after a comma (\"/0/1,/21/0\")");
        } else if (name == "contentFormat") {
            question.assumed.content_format = explain::session_format_from(value);
            if (!question.assumed.content_format)
                return problem(400,
                               "contentFormat is the name or number of a format that holds "
                               "instances; there are " +
                                   explain::session_format_names());
        } else {
            return problem(400, "unknown query parameter \"" + name +
                                    "\"; there are endpoint, account and contentFormat");
        }
    }
    if (question.endpoint.empty())
        return problem(400, "query parameter \"endpoint\" is missing: which device's plan?");
    const auto answer = backend.plan(question);
    if (const auto* plan = std::get_if<explain::ShownPlan>(&answer))
        return {200, "application/json", plan->json + '\n', {{"Cache-Control", "no-store"}}};
    if (const auto* unknown = std::get_if<explain::Unknown>(&answer))
        return problem(404, unknown->reason);
    return problem(422, std::get<explain::Impossible>(answer).reason);
}

Response ready(Backend& backend) {
    const auto why = backend.not_ready();
    return why ? problem(503, *why) : plain("ready\n");
}

Response status(Backend& backend) {
    return {200, "application/json", backend.status() + '\n', {{"Cache-Control", "no-store"}}};
}

}  // namespace

Response route(const Request& request, Backend& backend) {
    if (request.host && !is_address_or_localhost(*request.host))
        return problem(421,
                       "without authentication the API answers to addresses and localhost "
                       "only; use one of them in the URL");
    const auto target = parse_target(request.target);
    if (!target) return problem(400, "the request target is not well-formed");

    const auto& path = target->segments;
    const auto is = [&](std::initializer_list<std::string_view> wanted) {
        return std::equal(path.begin(), path.end(), wanted.begin(), wanted.end());
    };
    if (is({"healthz"})) return is_get(request) ? plain("alive\n") : not_allowed("GET, HEAD");
    if (is({"readyz"})) return is_get(request) ? ready(backend) : not_allowed("GET, HEAD");
    if (is({"v1", "status"})) return is_get(request) ? status(backend) : not_allowed("GET, HEAD");
    if (is({"v1", "attachments"}))
        return request.method == "POST" ? post_attachment(request, backend) : not_allowed("POST");
    if (is({"v1", "sessions"}))
        return is_get(request) ? list_sessions(*target, backend) : not_allowed("GET, HEAD");
    if (is({"v1", "profiles"}))
        return is_get(request) ? list_profiles(*target, backend) : not_allowed("GET, HEAD");
    if (path.size() == 4 && path[0] == "v1" && path[1] == "profiles" && !path[2].empty() &&
        path[3] == "plan")
        return is_get(request) ? show_plan(path[2], *target, backend) : not_allowed("GET, HEAD");
    if (path.size() == 3 && path[0] == "v1" && path[1] == "sessions" && !path[2].empty())
        return one_session(request, path[2], backend);
    return problem(404, "nothing is here; the API is under /v1");
}

}  // namespace http
