#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "server/wire/bytes.h"

namespace cli {

struct HexError {
    std::string reason;  // for people
};
inline constexpr std::size_t max_hex_octets = 1024 * 1024;

// Octets as people paste them: hexadecimal digits in pairs, with white space, ":", "-", "," and
// "0x" between them.
std::variant<wire::Bytes, HexError> parse_hex(std::string_view text);

}  // namespace cli
