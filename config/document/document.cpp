#include "config/document/document.h"

#include <algorithm>
#include <cctype>

namespace document {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

// Levenshtein's distance: single-character insertions, deletions and replacements.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[to.size()];
}

}  // namespace

std::string to_string(const Problem& problem) {
    std::string line = problem.file;
    if (!problem.pointer.empty()) line += (line.empty() ? "" : ": ") + problem.pointer;
    line += (line.empty() ? "" : ": ") + problem.message;
    if (!problem.remedy.empty()) line += "; " + problem.remedy;

    std::string shown;
    shown.reserve(line.size());
    for (const char c : line) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x20 && octet != 0x7F) {
            shown += c;
            continue;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        shown += "\\u00";
        shown += digits[octet >> 4];
        shown += digits[octet & 0x0F];
    }
    return shown;
}

std::string escape_token(std::string_view token) {
    std::string escaped;
    escaped.reserve(token.size());
    for (const char c : token) {
        if (c == '~')
            escaped += "~0";
        else if (c == '/')
            escaped += "~1";
        else
            escaped += c;
    }
    return escaped;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t longest_compared = 64;  // a hostile key costs no more
    if (word.size() > longest_compared) return {};
    const std::string wanted = lower(word);
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t found = distance(wanted, lower(candidate));
        if (found >= best_distance || found >= candidate.size()) continue;
        best = candidate;
        best_distance = found;
    }
    return best;
}

}  // namespace document
