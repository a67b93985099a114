#include "server/lwm2m/base64.h"

#include <cstddef>
#include <cstdint>

//   base64 = *( 4digit ) [ 2digit [ "==" ] / 3digit [ "=" ] ]      RFC 4648 §4, §5
//   digit  = "A".."Z" / "a".."z" / "0".."9" / "+" / "/"            §5 has "-" and "_" for the last

namespace lwm2m {
namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void write(wire::BytesView octets, std::string_view alphabet, bool padded, Output& out) {
    while (!octets.empty()) {
        const auto group = octets.first(octets.size() < 3 ? octets.size() : 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < group.size() ? group[i] : 0u);
        for (std::size_t i = 0; i < 4; ++i) {
            if (i > group.size() && !padded) break;
            const char digit = i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 0x3Fu] : '=';
            out.u8(static_cast<std::uint8_t>(digit));
        }
        octets = octets.subspan(group.size());
    }
}

std::optional<std::uint32_t> value_of(char digit) {
    if (digit == '-') return 62;
    if (digit == '_') return 63;
    const auto at = standard.find(digit);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint32_t>(at);
}

}  // namespace

void write_base64(wire::BytesView octets, Output& out) {
    write(octets, standard, true, out);
}

void write_base64url(wire::BytesView octets, Output& out) {
    write(octets, url_safe, false, out);
}

std::optional<wire::Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 == 0)
        for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    wire::Bytes octets;
    octets.reserve(text.size() * 3 / 4);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char digit : text) {
        const auto value = value_of(digit);
        if (!value) return std::nullopt;
        held = held << 6 | *value;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        octets.push_back(static_cast<std::uint8_t>(held >> bits));
        held &= (1u << bits) - 1;
    }
    if (bits >= 6 || held != 0) return std::nullopt;
    return octets;
}

}  // namespace lwm2m
