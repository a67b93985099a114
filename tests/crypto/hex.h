#pragma once

#include <string_view>

#include "server/wire/bytes.h"

// Octets of a vector, as its source prints them.
inline wire::Bytes from_hex(std::string_view text) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    wire::Bytes octets;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        octets.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
    return octets;
}
