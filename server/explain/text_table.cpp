#include "server/explain/text_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "server/wire/bytes.h"

namespace explain {
namespace {

using Json = nlohmann::ordered_json;

// Characters, not octets: continuation octets of UTF-8 take no room.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The octets of the character that a text begins with; 0: no UTF-8 (RFC 3629), or one that a
// terminal obeys: controls (C0, DEL, C1) and what turns the direction of writing.
std::size_t character(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (at(0) < 0x80) return at(0) >= 0x20 && at(0) != 0x7F ? 1 : 0;
    const std::size_t size = at(0) >= 0xF0 ? 4 : at(0) >= 0xE0 ? 3 : 2;
    if (at(0) < 0xC2 || at(0) > 0xF4 || size > text.size()) return 0;
    std::uint32_t code_point = at(0) & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xC0U) != 0x80) return 0;
        code_point = code_point << 6 | (at(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> lowest{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < lowest[size] || code_point > 0x10FFFF || is_surrogate) return 0;
    const bool is_obeyed = code_point < 0xA0 || code_point == 0x200E || code_point == 0x200F ||
                           (code_point >= 0x2028 && code_point <= 0x202E) ||
                           (code_point >= 0x2066 && code_point <= 0x2069);
    return is_obeyed ? 0 : size;
}

// "2026-01-01T00:00:00Z"; empty before 1970 and after 9999.
std::string utc(std::int64_t seconds) {
    using namespace std::chrono;
    constexpr std::int64_t end_of_9999 = 253402300800;
    if (seconds < 0 || seconds >= end_of_9999) return "";
    const sys_seconds when{std::chrono::seconds(seconds)};
    const auto day = floor<days>(when);
    const year_month_day date{day};
    const hh_mm_ss time{when - day};
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text.data();
}

}  // namespace

std::string TextTable::text() const {
    std::vector<std::size_t> widths;
    for (const auto& cells : rows_) {
        widths.resize(std::max(widths.size(), cells.size()));
        for (std::size_t i = 0; i + 1 < cells.size(); ++i)
            if (const std::size_t width = width_of(cells[i]); width <= widest_cell)
                widths[i] = std::max(widths[i], width);
    }
    std::string text;
    for (const auto& cells : rows_) {
        std::string line = indent_;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            line += cells[i];
            if (i + 1 == cells.size()) break;
            const std::size_t width = width_of(cells[i]);
            line.append((widths[i] > width ? widths[i] - width : 0) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string printable(std::string_view text, std::size_t most) {
    const bool is_cut = text.size() > most;
    std::string_view shown = text.substr(0, most);
    // Not within a character.
    while (is_cut && !shown.empty() &&
           (static_cast<unsigned char>(text[shown.size()]) & 0xC0U) == 0x80U)
        shown.remove_suffix(1);
    std::string out;
    while (!shown.empty()) {
        const std::size_t size = character(shown);
        if (size == 0)
            out += "\\x" + wire::to_hex(wire::as_bytes(shown.substr(0, 1)));
        else
            out += shown.substr(0, size);
        shown.remove_prefix(std::max<std::size_t>(size, 1));
    }
    if (is_cut) out += "… (" + std::to_string(text.size()) + " octets)";
    return out;
}

std::string hex_lines(std::string_view digits, std::string_view indent) {
    constexpr std::size_t line_digits = 64;
    constexpr std::size_t group_digits = 16;
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i % line_digits == 0)
            (text += i == 0 ? "" : "\n") += indent;
        else if (i % group_digits == 0)
            text += ' ';
        text += digits[i];
    }
    return text.empty() ? text : text + "\n";
}

std::string text_at(const Json& object, const char* member) {
    if (!object.is_object()) return "";
    const auto found = object.find(member);
    if (found == object.end() || !found->is_string()) return "";
    return found->get<std::string>();
}

std::vector<std::string> value_cells(const Json& row) {
    std::string value;
    const std::string type = text_at(row, "type");
    if (row.is_object() && row.contains("value")) {
        const Json& what = row["value"];
        value = what.is_string() ? printable(what.get<std::string>())
                                 : what.dump(-1, ' ', false, Json::error_handler_t::replace);
        if (type == "Time" && what.is_number_integer())
            if (const std::string when = utc(what.get<std::int64_t>()); !when.empty())
                value += " (" + when + ")";
    }
    if (const std::string text = text_at(row, "text"); !text.empty())
        value += " \"" + printable(text) + "\"";
    return {printable(text_at(row, "path")), printable(text_at(row, "name")), printable(type),
            std::move(value)};
}

}  // namespace explain
