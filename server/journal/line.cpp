// line  = time SP level SP id *( SP name "=" value )          (text)
// value = plain / DQUOTE *( char / escape ) DQUOTE
// plain = 1*( %x21-7E without DQUOTE, "=", "\" )
// escape = "\" ( DQUOTE / "\" / "n" / "r" / "t" ) / "\x" 2HEX (an octet) / "\u{" 1*HEX "}" (a
//          code point that a terminal obeys instead of showing)

#include "server/journal/line.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "server/journal/catalogue.h"

namespace journal {
namespace {

struct Decoded {
    char32_t code_point = 0;
    std::size_t octets = 0;  // 0: not UTF-8 here
};

// One code point of UTF-8, RFC 3629 §4: no overlong forms, no surrogates.
Decoded decode(std::string_view in) {
    const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(in[i]); };
    const std::uint8_t first = octet(0);
    if (first < 0x80) return {first, 1};
    const std::size_t octets = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || in.size() < octets) return {};
    char32_t code_point = first & (0xFFU >> (octets + 1));
    for (std::size_t i = 1; i < octets; ++i) {
        if ((octet(i) & 0xC0) != 0x80) return {};
        code_point = code_point << 6 | (octet(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> lowest = {0, 0, 0x80, 0x800, 0x10000};
    if (code_point < lowest[octets] || code_point > 0x10FFFF) return {};
    if (code_point >= 0xD800 && code_point <= 0xDFFF) return {};
    return {code_point, octets};
}

// Controls (C0, DEL, C1), line and paragraph separators, and what turns the writing direction:
// shown as they are they could forge a line or hide part of one.
bool is_unsafe(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::string formatted(const char* format, unsigned long number) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), format, number);
    return text.data();
}

// At most max_value octets, not cut within a code point.
std::string_view shortened(std::string_view value) {
    if (value.size() <= max_value) return value;
    std::size_t end = max_value;
    while (end > max_value - 4 && (static_cast<std::uint8_t>(value[end]) & 0xC0) == 0x80) --end;
    return value.substr(0, end);
}

bool is_plain(std::string_view value) {
    for (const char c : value)
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return false;
    return !value.empty();
}

void append_value(std::string& out, std::string_view whole) {
    const std::string_view value = shortened(whole);
    if (value.size() == whole.size() && is_plain(value)) {
        out += value;
        return;
    }
    out += '"';
    for (std::size_t i = 0; i < value.size();) {
        const Decoded c = decode(value.substr(i));
        if (c.octets == 0)
            out += formatted("\\x%02lx", static_cast<std::uint8_t>(value[i]));
        else if (c.code_point == '"' || c.code_point == '\\')
            (out += '\\') += value[i];
        else if (c.code_point == '\n')
            out += "\\n";
        else if (c.code_point == '\r')
            out += "\\r";
        else if (c.code_point == '\t')
            out += "\\t";
        else if (c.code_point < 0x80 && is_unsafe(c.code_point))
            out += formatted("\\x%02lx", c.code_point);
        else if (is_unsafe(c.code_point))
            out += formatted("\\u{%lx}", c.code_point);
        else
            out += value.substr(i, c.octets);
        i += c.octets == 0 ? 1 : c.octets;
    }
    if (value.size() != whole.size()) out += formatted("… (%lu octets)", whole.size());
    out += '"';
}

// RFC 8259 §7; octets that are not UTF-8 become U+FFFD, what a terminal obeys is escaped too.
void append_json(std::string& out, std::string_view whole) {
    const std::string_view value = shortened(whole);
    out += '"';
    for (std::size_t i = 0; i < value.size();) {
        const Decoded c = decode(value.substr(i));
        if (c.octets == 0)
            out += "\\ufffd";
        else if (c.code_point == '"' || c.code_point == '\\')
            (out += '\\') += value[i];
        else if (is_unsafe(c.code_point))
            out += formatted("\\u%04lx", c.code_point);
        else
            out += value.substr(i, c.octets);
        i += c.octets == 0 ? 1 : c.octets;
    }
    if (value.size() != whole.size()) out += formatted("… (%lu octets)", whole.size());
    out += '"';
}

std::string timestamp(std::chrono::system_clock::time_point when) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    const std::time_t whole = seconds.count();
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::string out(text.data(), length);
    out += formatted(".%03luZ", static_cast<unsigned long>((since - seconds).count()));
    return out;
}

}  // namespace

std::string text_line(const Message& message, std::span<const Field> fields,
                      std::chrono::system_clock::time_point when) {
    std::string out = timestamp(when);
    (out += ' ') += name_of(message.level);
    return (out += ' ') += bare_line(message, fields);
}

std::string bare_line(const Message& message, std::span<const Field> fields) {
    std::string out(message.id);
    for (const Field& field : fields) {
        ((out += ' ') += field.name) += '=';
        append_value(out, field.value);
    }
    if (message.level >= Level::warning) {
        out += " text=";
        append_value(out, message.text);
    }
    return out;
}

std::string json_line(const Message& message, std::span<const Field> fields,
                      std::chrono::system_clock::time_point when) {
    std::string out = "{\"time\":\"";
    ((out += timestamp(when)) += "\",\"level\":\"") += name_of(message.level);
    ((out += "\",\"id\":\"") += message.id) += "\",\"text\":";
    append_json(out, message.text);
    for (const Field& field : fields) {
        out += ',';
        append_json(out, field.name);
        out += ':';
        append_json(out, field.value);
    }
    out += '}';
    return out;
}

}  // namespace journal
