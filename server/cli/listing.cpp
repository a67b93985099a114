#include "server/cli/listing.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "server/cli/answers.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_page = 1000;  // of the API

std::string target_of(const Listing& listing, std::size_t limit, const std::string& after) {
    std::string target = listing.path;
    char mark = '?';
    const auto add = [&](const std::string& name, const std::string& value) {
        if (value.empty()) return;
        target += mark + name + "=" + percent_encode(value);
        mark = '&';
    };
    for (const auto& [name, value] : listing.queries) add(name, value);
    if (listing.is_paged) add("limit", std::to_string(limit));
    add("after", after);
    return target;
}

std::string table_of(const Listing& listing, const Json& entries, bool has_header) {
    explain::TextTable table("");
    std::vector<std::string> titles;
    for (const auto& column : listing.columns) titles.push_back(column.title);
    if (has_header) table.row(std::move(titles));
    for (const Json& entry : entries) {
        std::vector<std::string> cells;
        for (const auto& column : listing.columns) cells.push_back(cell_at(entry, column.pointer));
        table.row(std::move(cells));
    }
    return table.text();
}

}  // namespace

ExitCode show(const Listing& listing, Console& console) {
    std::size_t left = listing.limit == 0 ? std::numeric_limits<std::size_t>::max() : listing.limit;
    Json all = Json::array();
    std::string after;
    bool is_first = true;
    do {
        const std::size_t wanted = std::min(left, largest_page);
        auto asked =
            ask_for_json(listing.place, {"GET", target_of(listing, wanted, after)}, console.err);
        if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
        Json& page = std::get<Json>(asked);
        if (!page.contains(listing.list) || !page[listing.list].is_array())
            return tell_nonsense(console.err);
        Json& entries = page[listing.list];
        left -= std::min(left, entries.size());
        if (listing.json)
            for (Json& entry : entries) all.push_back(std::move(entry));
        else
            console.out << table_of(listing, entries, is_first);
        is_first = false;
        after = explain::text_at(page, "next");
    } while (!after.empty() && left > 0);
    if (listing.json) {
        Json body;
        body[listing.list] = std::move(all);
        if (listing.is_paged) body["next"] = after.empty() ? Json() : Json(after);
        print(body, console.out);
    } else if (!after.empty()) {
        console.err << "there are more than " << listing.limit << "; --limit 0 shows all\n";
    }
    return ExitCode::well;
}

}  // namespace cli
