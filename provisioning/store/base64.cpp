#include "provisioning/store/base64.h"

#include "provisioning/octets.h"

namespace store {

std::string to_base64(wire::BytesView octets) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const std::size_t left = octets.size() - i;
        const unsigned group = static_cast<unsigned>(octets[i]) << 16 |
                               (left > 1 ? static_cast<unsigned>(octets[i + 1]) << 8 : 0U) |
                               (left > 2 ? static_cast<unsigned>(octets[i + 2]) : 0U);
        text += digits[group >> 18];
        text += digits[group >> 12 & 63U];
        text += left > 1 ? digits[group >> 6 & 63U] : '=';
        text += left > 2 ? digits[group & 63U] : '=';
    }
    return text;
}

std::optional<wire::Bytes> from_base64(std::string_view text) {
    auto octets = provisioning::parse_octets("base64:" + std::string(text));
    if (!octets) return std::nullopt;
    return std::move(*octets);
}

}  // namespace store
