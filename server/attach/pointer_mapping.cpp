#include "server/attach/pointer_mapping.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace attach {
namespace {

using document::Node;
using nlohmann::json;

constexpr std::string_view body_name = "body";
constexpr std::size_t max_held_problems = 100;

// A condition may be on true and false too.
std::optional<std::string> comparable(const json& value) {
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    return scalar_text(value);
}

bool holds(const Condition& condition, const json& report) {
    const json* const found = condition.pointer.find(report);
    const auto text = found == nullptr ? std::nullopt : comparable(*found);
    return text && std::ranges::any_of(condition.values, [&](const std::string& value) {
               return condition.by_suffix ? text->ends_with(value) : *text == value;
           });
}

bool hold(const Conditions& conditions, const json& report) {
    return std::ranges::all_of(
        conditions, [&](const Condition& condition) { return holds(condition, report); });
}

// A field that has a value already keeps it.
Event read_event(const PointerMapping::Settings& settings, const Node& report) {
    Event event;
    event.source = settings.name;
    unsigned set = 0;
    for (const auto& [field, pointer] : settings.fields) {
        const unsigned bit = 1U << static_cast<unsigned>(field);
        const json* const value = pointer.find(report.json());
        if (value == nullptr || (set & bit) != 0) continue;
        document::Problems problems;
        const Node node(*value, report.file(), report.pointer() + pointer.text(), problems);
        if (set_field(event, field, node)) set |= bit;
        for (auto& problem : problems)
            report.problem_elsewhere(problem.pointer, problem.message, problem.remedy);
    }
    return event;
}

}  // namespace

void Reports::add(Event event, const Node& report) {
    if (current_.empty() && !names_a_device(event))
        report.problem("names no device", "send an identifier that the mapping knows");
    if (!current_.empty()) return spoil();
    mapped_.events.push_back(std::move(event));
}

void Reports::spoil() {
    ++mapped_.spoilt;
    for (auto& problem : current_)
        if (held_.size() < max_held_problems) held_.push_back(std::move(problem));
    current_.clear();
}

std::optional<Mapping::Mapped> Reports::take() {
    if (mapped_.events.empty() && !held_.empty()) {
        std::ranges::move(held_, std::back_inserter(problems_));
        return std::nullopt;
    }
    return std::move(mapped_);
}

std::optional<Mapping::Mapped> PointerMapping::map(const json& body,
                                                   document::Problems& problems) const {
    const json* const list = settings_.events ? settings_.events->find(body) : &body;
    const std::string base = settings_.events ? settings_.events->text() : "";
    const Node whole(list == nullptr ? body : *list, body_name, list == nullptr ? "" : base,
                     problems);
    if (list == nullptr || !(list->is_array() || list->is_object())) {
        whole.problem("has no reports" + (base.empty() ? "" : " at " + base),
                      "send one as an object, or an array of them");
        return std::nullopt;
    }
    const std::size_t count = list->is_array() ? list->size() : 1;
    if (count > max_events_of_a_body) {
        whole.problem("has too many reports",
                      "send at most " + std::to_string(max_events_of_a_body) + " at once");
        return std::nullopt;
    }
    Reports reports(problems);
    for (std::size_t i = 0; i < count; ++i) {
        const Node report(list->is_array() ? (*list)[i] : *list, body_name,
                          list->is_array() ? base + '/' + std::to_string(i) : base, reports.next());
        if (!report.is_object()) {
            report.object();
            reports.spoil();
            continue;
        }
        const bool detached = settings_.detached && hold(*settings_.detached, report.json());
        if (!detached && !hold(settings_.attached, report.json())) {
            reports.pass_over();
            continue;
        }
        Event event = read_event(settings_, report);
        event.what = detached ? Event::Kind::detached : Event::Kind::attached;
        reports.add(std::move(event), report);
    }
    return reports.take();
}

}  // namespace attach
