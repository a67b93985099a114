#pragma once

#include <string_view>

#include "server/wire/bytes.h"

namespace lwm2m {

// "C1 00 01": two digits an octet, anything else between them is passed over.
inline wire::Bytes from_hex(std::string_view text) {
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    wire::Bytes octets;
    int high = -1;
    for (const char c : text) {
        const int value = digit(c);
        if (value < 0) continue;
        if (high < 0) {
            high = value;
        } else {
            octets.push_back(static_cast<std::uint8_t>(high * 16 + value));
            high = -1;
        }
    }
    return octets;
}

}  // namespace lwm2m
