#include "server/http/query.h"

#include <algorithm>
#include <charconv>

#include "server/http/cursor.h"
#include "server/http/problem.h"
#include "server/http/times.h"

namespace http {
namespace {

constexpr std::size_t largest_page = 1000;

// "a, b and c"
std::string listed(std::initializer_list<std::string_view> names) {
    std::string text;
    std::size_t left = names.size();
    for (const std::string_view name : names) {
        text += name;
        --left;
        if (left > 0) text += left == 1 ? " and " : ", ";
    }
    return text;
}

}  // namespace

Query::Query(const Target& target, std::initializer_list<std::string_view> known)
    : target_(target) {
    for (auto each = target.parameters.begin(); each != target.parameters.end(); ++each) {
        const std::string& name = each->first;
        if (std::find(known.begin(), known.end(), name) == known.end())
            refuse(400, "unknown query parameter \"" + name + "\"; there are " +
                            (known.size() == 0 ? "none here" : listed(known)));
        const bool is_twin = std::any_of(target.parameters.begin(), each,
                                         [&](const auto& other) { return other.first == name; });
        if (is_twin) refuse(400, "query parameter \"" + name + "\" is given twice");
    }
}

void Query::refuse(unsigned status, std::string why) {
    if (!refusal_) refusal_ = problem(status, std::move(why));
}

const std::string* Query::find(std::string_view name) const {
    for (const auto& [key, value] : target_.parameters)
        if (key == name) return &value;
    return nullptr;
}

std::optional<std::string> Query::text(std::string_view name) const {
    const std::string* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::string> Query::filled(std::string_view name) {
    auto value = text(name);
    if (value && value->empty()) refuse(400, std::string(name) + " is empty");
    return value;
}

std::optional<bool> Query::boolean(std::string_view name) {
    const std::string* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (*value != "true" && *value != "false") refuse(400, std::string(name) + " is true or false");
    return *value == "true";
}

std::optional<store::WallTime> Query::time(std::string_view name) {
    const std::string* value = find(name);
    if (value == nullptr) return std::nullopt;
    const auto parsed = from_rfc3339(*value);
    if (!parsed)
        refuse(400,
               std::string(name) + " is a date and time as in \"2026-05-01T10:00:00Z\" (RFC 3339)");
    return parsed;
}

store::Page Query::page(std::string_view list) {
    store::Page page;
    if (const std::string* limit = find("limit")) {
        const char* const end = limit->data() + limit->size();
        const auto [stopped, error] = std::from_chars(limit->data(), end, page.limit);
        if (error != std::errc{} || stopped != end || page.limit < 1 || page.limit > largest_page)
            refuse(400, "limit is a number from 1 to " + std::to_string(largest_page));
    }
    if (const std::string* after = find("after")) {
        page.after = read_cursor(list, *after);
        if (!page.after) refuse(422, "after is no cursor that this list gave as \"next\"");
    }
    return page;
}

std::string link_to_next(const Target& target, std::string_view after) {
    std::string link = "<";
    for (const std::string& segment : target.segments) link += "/" + percent_encode(segment);
    link += "?";
    for (const auto& [name, value] : target.parameters)
        if (name != "after") link += percent_encode(name) + "=" + percent_encode(value) + "&";
    return link + "after=" + percent_encode(after) + ">; rel=\"next\"";
}

}  // namespace http
