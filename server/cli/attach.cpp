#include "server/cli/attach.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "server/cli/answers.h"
#include "server/cli/follow.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

std::string body_of(const Attach& attach) {
    Json body;
    body["endpoint"] = attach.endpoint;
    if (!attach.address.empty()) body["address"] = attach.address;
    if (attach.port) body["port"] = *attach.port;
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void tell_operation(const Json& data, std::ostream& err) {
    err << cell_at(data, "/method") << ' ' << cell_at(data, "/path") << "  "
        << cell_at(data, "/code") << '\n';
}

ExitCode tell_end(const Attach& attach, const Json& session, Console& console) {
    const std::string outcome = explain::text_at(session, "outcome");
    if (attach.json) {
        print(session, console.out);
    } else {
        console.out << cell_at(session, "/outcome");
        if (const std::string cause = cell_at(session, "/cause"); !cause.empty() && cause != "-")
            console.out << ": " << cause;
        console.out << '\n';
    }
    return outcome == "finished" ? ExitCode::well : ExitCode::no;
}

// The session is looked at when a stream of events is open, and when an event says that it ended.
ExitCode wait_for(const Attach& attach, const std::string& id, Console& console) {
    std::optional<ExitCode> ended;
    const auto look = [&] {
        const auto asked =
            ask_for_json(attach.place, {"GET", "/v1/sessions/" + percent_encode(id)}, console.err);
        if (const auto* no = std::get_if<ExitCode>(&asked)) {
            ended = *no;
            return;
        }
        const auto& session = std::get<Json>(asked);
        if (explain::text_at(session, "state") == "ended")
            ended = tell_end(attach, session, console);
    };
    Following following{attach.place};
    following.target = "/v1/events?endpoint=" + percent_encode(attach.endpoint);
    following.opened = [&] {
        look();
        return !ended;
    };
    following.take = [&](const ServerEvent& event) {
        const auto data = Json::parse(event.data, nullptr, false);
        if (event.kind == "operation" && console.err_is_terminal && !data.is_discarded())
            tell_operation(data, console.err);
        const bool is_its_end = event.kind == "session.ended" && explain::text_at(data, "id") == id;
        if (is_its_end || event.kind == "reset") look();
        return !ended;
    };
    if (attach.timeout)
        following.deadline =
            std::chrono::steady_clock::now() + std::chrono::seconds(*attach.timeout);
    const ExitCode code = follow(following, console.err);
    return ended.value_or(code);
}

}  // namespace

ExitCode attach(const Attach& attach, Console& console) {
    const auto asked =
        ask_for_json(attach.place, {"POST", "/v1/attachments", "application/json", body_of(attach)},
                     console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    const auto& accepted = std::get<Json>(asked);
    const std::string id = explain::text_at(accepted, "id");
    if (id.empty()) return tell_nonsense(console.err);
    if (!attach.json)
        console.out << explain::printable(id) << std::endl;
    else if (!attach.wait)
        print(accepted, console.out);
    return attach.wait ? wait_for(attach, id, console) : ExitCode::well;
}

}  // namespace cli
