#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "provisioning/model/endpoint_name.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"
#include "server/http/trace_stream.h"

namespace http {
namespace {

constexpr std::uint32_t longest = 7 * 86400;  // seconds
constexpr std::uint32_t most_sessions = 100'000;

std::optional<std::uint32_t> number(Query& query, std::string_view name, std::uint32_t most) {
    const auto text = query.text(name);
    if (!text) return std::nullopt;
    std::uint32_t value = 0;
    const char* const end = text->data() + text->size();
    const auto [stopped, error] = std::from_chars(text->data(), end, value);
    if (error != std::errc{} || stopped != end || value < 1 || value > most)
        query.refuse(400, std::string(name) + " is a number from 1 to " + std::to_string(most));
    return value;
}

}  // namespace

void stream_trace(const CallPointer& call) {
    Query query(call->target, {"seconds", "sessions", "secrets"});
    trace::Order order;
    order.endpoint = call->arguments[0];
    if (const auto seconds = number(query, "seconds", longest))
        order.lasts = std::chrono::seconds(*seconds);
    order.sessions = number(query, "sessions", most_sessions);
    if (const auto secrets = query.text("secrets")) {
        order.shows_secrets = *secrets == "show";
        if (!order.shows_secrets && *secrets != "hide")
            query.refuse(400, "secrets is show or hide");
    }
    if (!model::EndpointName::from(order.endpoint))
        query.refuse(400, "no device can have this endpoint name");
    if (query.refusal()) return call->reply(*query.refusal());
    // Of a HEAD nobody would read it.
    if (call->request.method == "HEAD")
        return call->reply({200, "application/x-pcapng", "", {{"Cache-Control", "no-store"}}});

    auto recording = call->backend().begin_trace(order, call->request.caller.name);
    if (!recording) {
        Response full = problem(503, "there are as many traces (limits.traces) as may be");
        full.headers.emplace_back("Retry-After", "10");
        return call->reply(std::move(full));
    }
    // Nothing is seen before it is written down who looks.
    call->store().audit(
        call->audit("trace.begin", order.endpoint,
                    order.shows_secrets ? R"({"secrets":"show"})" : R"({"secrets":"hide"})"),
        on_control<void>(call, [call, recording = std::move(recording)] {
            call->reply(trace_stream(recording));
        }));
}

}  // namespace http
