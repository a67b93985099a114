#include <nlohmann/json.hpp>

#include "server/explain/plan.h"
#include "server/explain/text_table.h"

namespace explain {
namespace {

using Json = nlohmann::ordered_json;

// A member that is a list; null where it is absent, empty or something else.
const Json* list_at(const Json& object, const char* member) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(member);
    return found != object.end() && found->is_array() && !found->empty() ? &*found : nullptr;
}

std::string number_at(const Json& object, const char* member) {
    if (!object.is_object()) return "";
    const auto found = object.find(member);
    return found != object.end() && found->is_number() ? found->dump() : "";
}

std::string sentences(const Json& object, const char* member, std::string_view prefix) {
    std::string text;
    const Json* const list = list_at(object, member);
    if (list == nullptr) return text;
    for (const Json& each : *list)
        if (each.is_string())
            text += std::string(prefix) + printable(each.get<std::string>(), 4096) + "\n";
    return text;
}

// What an operation carries, below its line.
std::string contents(const Json& operation) {
    TextTable table("       ");
    if (const Json* const rows = list_at(operation, "values"))
        for (const Json& row : *rows) table.row(value_cells(row));
    return sentences(operation, "notes", "       Note: ") + table.text() +
           hex_lines(text_at(operation, "payload"), "       ");
}

std::string carries(const Json& operation) {
    std::string text;
    if (const std::string accept = number_at(operation, "accept"); !accept.empty())
        text = "Accept " + accept;
    if (const std::string format = text_at(operation, "contentFormatName"); !format.empty())
        text = format + " (" + number_at(operation, "contentFormat") + "), " +
               number_at(operation, "payloadSize") + " octets";
    return printable(text);
}

std::string operations(const Json* list) {
    std::string text;
    if (list == nullptr) return text;
    std::size_t number = 0;
    for (const Json& operation : *list) {
        TextTable line("");
        const std::string count = std::to_string(++number);
        const std::string what = text_at(operation, "method") + " " + text_at(operation, "path");
        line.row({(count.size() < 3 ? std::string(3 - count.size(), ' ') : "") + count,
                  printable(what) + std::string(what.size() < 18 ? 18 - what.size() : 0, ' '),
                  printable(text_at(operation, "request")) + "  " + carries(operation)});
        text += line.text() + contents(operation);
    }
    return text;
}

std::string pack(const Json& plan) {
    const auto found = plan.find("pack");
    if (found == plan.end() || !found->is_object()) return "";
    if (const std::string why = text_at(*found, "impossible"); !why.empty())
        return "\nBootstrap-Pack: impossible: " + printable(why, 4096) + "\n";
    return "\nBootstrap-Pack, the answer to " + printable(text_at(*found, "request")) + ": " +
           carries(*found) + "\n" + contents(*found);
}

}  // namespace

std::optional<std::string> plan_text(std::string_view json) {
    const Json plan = Json::parse(json, nullptr, false);
    if (!plan.is_object() || !plan.contains("operations")) return std::nullopt;
    std::string text = "Profile " + printable(text_at(plan, "profile")) + " for " +
                       printable(text_at(plan, "endpoint")) + ", enabler " +
                       printable(text_at(plan, "enabler")) + ", Writes in " +
                       printable(text_at(plan, "contentFormatName")) + " (chosen by the " +
                       printable(text_at(plan, "contentFormatFrom")) + ")\n";
    text += sentences(plan, "assumptions", "Assumed: ");
    text += sentences(plan, "notes", "Note: ");
    text += "\n" + operations(list_at(plan, "operations"));
    if (const Json* const repair = list_at(plan, "repair"))
        text += "\nShould the Finish be answered 4.06, then before a second Finish:\n" +
                operations(repair);
    text += pack(plan);
    if (list_at(plan, "problems") != nullptr)
        text += "\nWhat a device may find wrong with it:\n" + sentences(plan, "problems", "  ");
    return text;
}

}  // namespace explain
