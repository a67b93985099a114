#include "server/cli/hex.h"

#include <optional>

namespace cli {
namespace {

std::optional<unsigned> digit_of(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

bool separates(char c) {
    return std::string_view(" \t\r\n:,-").find(c) != std::string_view::npos;
}

HexError at(std::size_t position, std::string_view what) {
    return {"at character " + std::to_string(position + 1) + ": " + std::string(what)};
}

}  // namespace

std::variant<wire::Bytes, HexError> parse_hex(std::string_view text) {
    wire::Bytes octets;
    std::optional<unsigned> high;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (separates(text[i])) {
            if (high) return at(i, "an octet has two hexadecimal digits");
            continue;
        }
        const bool is_prefix = !high && text[i] == '0' && i + 1 < text.size() &&
                               (text[i + 1] == 'x' || text[i + 1] == 'X');
        if (is_prefix) {
            ++i;
            continue;
        }
        const auto digit = digit_of(text[i]);
        if (!digit) return at(i, "this is no hexadecimal digit");
        if (!high) {
            high = digit;
            continue;
        }
        if (octets.size() == max_hex_octets) return at(i, "these are too many octets");
        octets.push_back(static_cast<std::uint8_t>(*high << 4 | *digit));
        high.reset();
    }
    if (high) return at(text.size(), "the last octet has one hexadecimal digit alone");
    return octets;
}

}  // namespace cli
