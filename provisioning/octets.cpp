#include "provisioning/octets.h"

#include <algorithm>
#include <optional>

namespace provisioning {
namespace {

using Result = boost::system::result<wire::Bytes, OctetsErrc>;

constexpr std::string_view hex_prefix = "hex:";
constexpr std::string_view base64_prefix = "base64:";
constexpr std::string_view text_prefix = "text:";
constexpr std::string_view pem_beginning = "-----BEGIN ";

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

std::optional<unsigned> base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52;
    if (c == '+' || c == '-') return 62U;
    if (c == '/' || c == '_') return 63U;
    return std::nullopt;
}

Result from_hex(std::string_view text) {
    for (const char c : text)
        if (!hex_digit(c)) return OctetsErrc::not_hexadecimal;
    if (text.size() % 2 != 0) return OctetsErrc::odd_number_of_digits;
    wire::Bytes octets;
    octets.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2)
        octets.push_back(
            static_cast<std::uint8_t>(*hex_digit(text[i]) << 4 | *hex_digit(text[i + 1])));
    return octets;
}

Result from_base64(std::string_view text) {
    if (text.size() % 4 == 0)
        for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    wire::Bytes octets;
    octets.reserve(text.size() * 3 / 4);
    unsigned held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const auto digit = base64_digit(c);
        if (!digit) return OctetsErrc::not_base64;
        held = held << 6 | *digit;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        octets.push_back(static_cast<std::uint8_t>(held >> bits));
        held &= (1U << bits) - 1;
    }
    // A single digit left over is no octet; bits that are left over are zero (RFC 4648 §3.5).
    if (bits >= 6 || held != 0) return OctetsErrc::not_base64;
    return octets;
}

Result from_text(std::string_view text) {
    return wire::Bytes(text.begin(), text.end());
}

}  // namespace

std::string_view message(OctetsErrc error) {
    switch (error) {
        case OctetsErrc::not_hexadecimal:
            return "is not hexadecimal";
        case OctetsErrc::odd_number_of_digits:
            return "has an odd number of hexadecimal digits";
        case OctetsErrc::not_base64:
            return "is not base64";
    }
    return "is not a text of octets";
}

std::string_view octets_remedy() {
    return "write octets as hexadecimal digits, or with the prefix \"base64:\" or \"text:\"";
}

Result parse_octets(std::string_view text) {
    if (text.starts_with(text_prefix)) return from_text(text.substr(text_prefix.size()));
    if (text.starts_with(base64_prefix)) return from_base64(text.substr(base64_prefix.size()));
    if (text.starts_with(pem_beginning)) return from_text(text);
    if (text.starts_with(hex_prefix)) text.remove_prefix(hex_prefix.size());
    return from_hex(text);
}

Result parse_identity(std::string_view text) {
    return has_octets_prefix(text) ? parse_octets(text) : from_text(text);
}

bool has_octets_prefix(std::string_view text) {
    return text.starts_with(text_prefix) || text.starts_with(base64_prefix) ||
           text.starts_with(hex_prefix);
}

std::string identity_text(wire::BytesView identity) {
    const auto plain = [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7F; };
    const std::string_view text = wire::as_text(identity);
    if (std::ranges::all_of(identity, plain) && !has_octets_prefix(text)) return std::string(text);
    return "hex:" + wire::to_hex(identity);
}

}  // namespace provisioning
