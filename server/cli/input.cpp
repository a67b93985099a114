#include "server/cli/input.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "config/document/document.h"

namespace cli {
namespace {

constexpr std::size_t largest_input = 64 * 1024 * 1024;

std::optional<nlohmann::json> read_input(std::istream& in, document::Problems& problems) {
    std::string text;
    for (std::istreambuf_iterator<char> at(in), end; at != end && text.size() <= largest_input;
         ++at)
        text += *at;
    if (text.size() <= largest_input) return document::parse(text, "standard input", problems);
    problems.push_back({"standard input", "", "is too long", "give it in parts"});
    return std::nullopt;
}

}  // namespace

std::optional<nlohmann::json> read_objects(const std::filesystem::path& file, Console& console) {
    document::Problems problems;
    auto json =
        file == "-" ? read_input(console.in, problems) : document::read_file(file, problems);
    if (json && !json->is_object() && !json->is_array())
        problems.push_back({file.string(), "", "is neither an object nor an array of them", ""});
    if (json && json->is_array())
        for (std::size_t i = 0; i < json->size(); ++i)
            if (!(*json)[i].is_object())
                problems.push_back({file.string(), "/" + std::to_string(i), "is no object", ""});
    for (const document::Problem& problem : problems)
        console.err << document::to_string(problem) << '\n';
    if (!json || !problems.empty()) return std::nullopt;
    return json->is_array() ? std::move(*json) : nlohmann::json::array({std::move(*json)});
}

}  // namespace cli
