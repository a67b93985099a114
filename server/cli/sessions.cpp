#include "server/cli/sessions.h"

#include <nlohmann/json.hpp>

#include "server/cli/answers.h"
#include "server/cli/follow.h"
#include "server/cli/listing.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

// An id that no daemon has given: what is kept comes behind it.
constexpr const char* before_all = "0";

std::string target_of(const OneSession& session) {
    return "/v1/sessions/" + percent_encode(session.id);
}

std::string events_target(const std::string& endpoint, const std::string& kinds) {
    std::string target = "/v1/events";
    if (!endpoint.empty()) target += "?endpoint=" + percent_encode(endpoint);
    if (!kinds.empty())
        target += (endpoint.empty() ? "?kinds=" : "&kinds=") + percent_encode(kinds);
    return target;
}

// "session.ended  meter-1  outcome finished, cause …"
std::string line_of(const ServerEvent& event, const Json& data) {
    std::string members;
    for (const auto& [name, value] : data.items()) {
        const std::string text = cell(value);
        if (name == "endpoint" || text.empty() || text == "-") continue;
        (members += members.empty() ? "" : ", ") += explain::printable(name) + " " + text;
    }
    explain::TextTable table("");
    const std::string endpoint = cell_at(data, "/endpoint");
    std::string kind = explain::printable(event.kind);
    // As wide as the longest of them, so that lines stand below each other.
    kind.resize(std::max(kind.size(), std::string_view("session.started").size()), ' ');
    table.row({kind, endpoint, members});
    return table.text();
}

struct Watching {
    bool json = false;
    std::size_t count = 0;
    std::string outcome;
};

ExitCode watch(Following following, const Watching& watching, Console& console) {
    std::size_t told = 0;
    following.take = [&](const ServerEvent& event) {
        auto data = Json::parse(event.data, nullptr, false);
        if (data.is_discarded()) data = Json::object();
        const bool is_other = !watching.outcome.empty() &&
                              explain::text_at(data, "outcome") != watching.outcome &&
                              event.kind != "reset";
        if (is_other) return true;
        const bool is_gap = event.kind == "reset";
        // At the beginning nothing was seen that could be missing.
        if (is_gap && told == 0) return true;
        if (is_gap && !watching.json) {
            console.err << "some events may be missing here\n";
            return true;
        }
        if (watching.json) {
            Json line;
            line["id"] = event.id;
            line["event"] = event.kind;
            line["data"] = std::move(data);
            console.out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
        } else {
            console.out << line_of(event, data) << std::flush;
        }
        if (!is_gap) ++told;
        return console.out.good() && (watching.count == 0 || told < watching.count);
    };
    return follow(following, console.err);
}

Listing listing_of(const Sessions& sessions) {
    Listing listing;
    listing.place = sessions.place;
    listing.path = "/v1/sessions";
    listing.list = "sessions";
    listing.queries = {{"endpoint", sessions.endpoint}, {"outcome", sessions.outcome}};
    listing.columns = {{"ID", "/id"},         {"ENDPOINT", "/endpoint"}, {"MODE", "/mode"},
                       {"STATE", "/state"},   {"OUTCOME", "/outcome"},   {"STARTED", "/startedAt"},
                       {"ENDED", "/endedAt"}, {"CAUSE", "/cause"}};
    listing.limit = sessions.limit;
    listing.json = sessions.json;
    return listing;
}

std::string text_of(const Json& session) {
    explain::TextTable head("");
    for (const auto& [name, value] : session.items())
        if (name != "operations" && !(value.is_array() && value.empty()))
            head.row({explain::printable(name), cell(value)});
    explain::TextTable table("  ");
    table.row(
        {"METHOD", "PATH", "FORMAT", "OCTETS", "CODE", "RETRANSMISSIONS", "ANSWERED", "NOTE"});
    if (const auto operations = session.find("operations");
        operations != session.end() && operations->is_array())
        for (const Json& each : *operations)
            table.row({cell_at(each, "/method"), cell_at(each, "/path"),
                       cell_at(each, "/contentFormat"), cell_at(each, "/payloadSize"),
                       cell_at(each, "/code"), cell_at(each, "/retransmissions"),
                       cell_at(each, "/answeredAt"), cell_at(each, "/note")});
    return head.text() + "operations\n" + table.text();
}

}  // namespace

ExitCode list_sessions(const Sessions& sessions, Console& console) {
    if (!sessions.follow) return show(listing_of(sessions), console);
    Following following{sessions.place};
    following.target =
        events_target(sessions.endpoint,
                      sessions.outcome.empty() ? "session.started,session.ended" : "session.ended");
    return watch(std::move(following), {sessions.json, sessions.count, sessions.outcome}, console);
}

ExitCode show_session(const OneSession& session, Console& console) {
    const auto asked = ask_for_json(session.place, {"GET", target_of(session)}, console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    if (session.json)
        print(std::get<Json>(asked), console.out);
    else
        console.out << text_of(std::get<Json>(asked));
    return ExitCode::well;
}

ExitCode cancel_session(const OneSession& session, Console& console) {
    const auto asked = ask_for(session.place, {"DELETE", target_of(session)}, console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    console.out << "cancelled " << explain::printable(session.id) << '\n';
    return ExitCode::well;
}

ExitCode show_events(const Events& events, Console& console) {
    Following following{events.place};
    following.target = events_target(events.endpoint, events.kinds);
    if (events.kept) following.after = before_all;
    return watch(std::move(following), {events.json, events.count, {}}, console);
}

}  // namespace cli
