#include <algorithm>
#include <charconv>
#include <limits>

#include "provisioning/ddf.h"

// What registry files have in RangeEnumeration, spaces left out:
//
// range     = [ "[" ] ( span / list / single ) [ "]" ] [ unit ]
// span      = number ( ".." / "..." / "-" / ":" / "to" ) number       ; "0..255bytes", "[1:4]"
// list      = number separator number *( separator number )           ; "16,32,48", "0or26"
// separator = "," / ";" / "|" / "-" / "or"                            ; "-" where there are three
// single    = number                                                  ; a length, "64bytes"
// unit      = [ "-" ] ( "byte" / "octet" / "bit" / "char" / "character" ) [ "s" ]
namespace provisioning {
namespace {

using model::ResourceType;

struct Numbers {
    std::vector<std::int64_t> values;
    std::string joint;  // what stands between them, all the same
    std::string unit;
};

std::string squeezed(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '[' && c != ']')
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<Numbers> split(std::string_view text) {
    constexpr std::size_t most = 64;
    Numbers found;
    while (!text.empty() && found.values.size() < most) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{}) return std::nullopt;
        found.values.push_back(number);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        // A number after a joint may have a sign of its own: "-110..-48".
        std::size_t next = 0;
        while (next < text.size() && !is_digit(text[next])) ++next;
        if (next == text.size()) break;
        if (next > 1 && text[next - 1] == '-') --next;
        const std::string joint(text.substr(0, next));
        if (!found.joint.empty() && found.joint != joint) return std::nullopt;
        found.joint = joint;
        text.remove_prefix(next);
    }
    found.unit = text;
    if (found.unit.starts_with('-')) found.unit.erase(0, 1);
    if (found.unit.ends_with('s')) found.unit.pop_back();
    return found;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

// Every value of a list lies on the steps, though perhaps not every step is in the list.
ValueRange range_of_list(std::vector<std::int64_t> values) {
    std::ranges::sort(values);
    ValueRange range{values.front(), values.back(), 1};
    const auto span =
        static_cast<std::uint64_t>(range.highest) - static_cast<std::uint64_t>(range.lowest);
    const std::uint64_t step = span / (values.size() - 1);
    if (step < 1 || step > std::numeric_limits<std::int32_t>::max()) return range;
    for (std::size_t i = 1; i < values.size(); ++i)
        if (static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]) !=
            step)
            return range;
    range.step = static_cast<std::int64_t>(step);
    return range;
}

// "2 bytes", "16-bit": of a number it is its width, whether it is signed or not.
std::optional<ValueRange> range_of_width(std::int64_t bits) {
    if (bits < 1 || bits > 62) return std::nullopt;
    return ValueRange{-(std::int64_t{1} << (bits - 1)), (std::int64_t{1} << bits) - 1, 1};
}

std::optional<ValueRange> range_of_single(std::int64_t number, std::string_view unit,
                                          ResourceType type) {
    const bool is_bits = unit == "bit";
    if (type == ResourceType::integer || type == ResourceType::unsigned_integer) {
        if (unit.empty() || number < 1 || number > 62) return std::nullopt;
        auto range = range_of_width(is_bits ? number : 8 * number);
        if (range && type == ResourceType::unsigned_integer) range->lowest = 0;
        return range;
    }
    if (type == ResourceType::floating) return std::nullopt;
    const std::int64_t octets = is_bits ? (number + 7) / 8 : number;
    // The registry means the exact length of keys by it, and the greatest of names.
    return ValueRange{type == ResourceType::opaque ? octets : 0, octets, 1};
}

}  // namespace

std::optional<ValueRange> parse_range(std::string_view text, ResourceType type) {
    const bool has_length = type == ResourceType::text || type == ResourceType::opaque;
    const bool is_number = type == ResourceType::integer ||
                           type == ResourceType::unsigned_integer || type == ResourceType::floating;
    constexpr std::size_t longest = 256;
    if ((!has_length && !is_number) || text.size() > longest) return std::nullopt;
    const auto found = split(squeezed(text));
    if (!found || found->values.empty()) return std::nullopt;
    if (!is_one_of(found->unit, {"", "byte", "octet", "bit", "char", "character"}))
        return std::nullopt;

    const auto& values = found->values;
    std::optional<ValueRange> range;
    if (values.size() == 1)
        range = range_of_single(values.front(), found->unit, type);
    else if (found->unit == "bit")
        return std::nullopt;
    else if (values.size() == 2 && is_one_of(found->joint, {"..", "...", "-", ":", "to"}))
        range = ValueRange{values.front(), values.back(), 1};
    else if (is_one_of(found->joint, {",", ";", "|", "or"}) ||
             (found->joint == "-" && values.size() > 2))
        range = range_of_list(values);
    if (!range || range->lowest > range->highest) return std::nullopt;
    if (has_length && (range->lowest < 0 || range->highest < 1)) return std::nullopt;
    if (type == ResourceType::unsigned_integer && range->lowest < 0) return std::nullopt;
    return range;
}

}  // namespace provisioning
