#include "server/cli/status.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "server/cli/answers.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

// What asks for the health asks again soon.
constexpr auto health_patience = std::chrono::seconds(5);
// Large folders of devices are read.
constexpr auto reload_patience = std::chrono::minutes(15);

// "2 d 03:04:05"
std::string duration(const Json& seconds) {
    if (!seconds.is_number_integer()) return cell(seconds);
    const auto all = seconds.get<std::int64_t>();
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(all / 3600 % 24),
                  static_cast<int>(all / 60 % 60), static_cast<int>(all % 60));
    const std::int64_t days = all / 86400;
    return (days > 0 ? std::to_string(days) + " d " : "") + text.data();
}

// "running 2, waiting 1": the members that are values, without those that are 0.
std::string counts(const Json& object) {
    std::string text;
    for (const auto& [name, value] : object.items()) {
        if (value.is_structured() || value.is_null() || value == 0) continue;
        (text += text.empty() ? "" : ", ") += explain::printable(name) + " " + cell(value);
    }
    return text.empty() ? "none" : text;
}

void add_addresses(explain::TextTable& table, const Json& listen) {
    for (const auto& [service, addresses] : listen.items()) {
        if (!addresses.is_array() || addresses.empty()) continue;
        std::string text;
        for (const Json& address : addresses) (text += text.empty() ? "" : ", ") += cell(address);
        table.row({explain::printable(service), text});
    }
}

std::string table_of(const Json& status) {
    explain::TextTable table("");
    const auto member = [&](const char* name) {
        const auto found = status.find(name);
        return found == status.end() ? Json() : *found;
    };
    table.row({"version", cell(member("version"))});
    table.row({"state", cell(member("state")) + ", for " + duration(member("uptime"))});
    table.row({"shards", cell(member("shards"))});
    add_addresses(table, member("listen"));
    table.row({"devices",
               cell(member("devices")) + ", of them disabled: " + cell(member("disabledDevices"))});
    table.row({"profiles", cell(member("profiles"))});
    for (const char* name : {"sessions", "outcomes", "network", "store", "api"})
        table.row({name, counts(member(name))});
    const Json attach = member("attach");
    if (attach.is_object() && attach.contains("sources"))
        for (const auto& [source, numbers] : attach["sources"].items())
            table.row({"attach " + explain::printable(source), counts(numbers)});
    const Json webhooks = member("webhooks");
    for (const auto& [hook, numbers] : webhooks.items())
        table.row({"webhook " + explain::printable(hook), counts(numbers)});
    if (const std::string trouble = cell_at(status, "/store/trouble");
        !trouble.empty() && trouble != "-")
        table.row({"trouble", "the store takes nothing: " + trouble});
    return table.text();
}

}  // namespace

ExitCode show_status(const Status& status, Console& console) {
    const auto asked = ask_for_json(status.place, {"GET", "/v1/status"}, console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    if (status.json)
        print(std::get<Json>(asked), console.out);
    else
        console.out << table_of(std::get<Json>(asked));
    return ExitCode::well;
}

ExitCode check_health(const Place& place, Console& console) {
    ApiFlow flow;
    flow.patience = health_patience;
    const auto asked = ask_for(place, {"GET", "/readyz"}, console.err, flow);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    const std::string& text = std::get<ApiAnswer>(asked).body;
    console.out << explain::printable(text.substr(0, text.find('\n'))) << '\n';
    return ExitCode::well;
}

ExitCode reload(const Reload& wanted, Console& console) {
    ApiFlow flow;
    flow.patience = reload_patience;
    const auto asked = ask_for(wanted.place, {"POST", "/v1/reload"}, console.err, flow);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    const auto body = Json::parse(std::get<ApiAnswer>(asked).body, nullptr, false);
    if (!body.is_object()) return tell_nonsense(console.err);
    if (wanted.json) {
        print(body, console.out);
        return ExitCode::well;
    }
    console.out << "reloaded: " << cell_at(body, "/profiles")
                << " profiles; devices of the files: " << cell_at(body, "/devices/written")
                << " written, " << cell_at(body, "/devices/disabled") << " disabled\n";
    if (const auto changed = body.find("changed"); changed != body.end() && changed->is_array())
        for (const Json& pointer : *changed) console.out << "changed: " << cell(pointer) << '\n';
    return ExitCode::well;
}

}  // namespace cli
