#include "server/lwm2m/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <variant>

//   String    the UTF-8 itself             Boolean   "0" | "1"
//   Integer   [ "-" ] 1*DIGIT              Objlnk    1*DIGIT ":" 1*DIGIT
//   Time      as Integer                   Opaque    base64
//   Float     [ "-" ] 1*DIGIT [ "." 1*DIGIT ]

namespace lwm2m {
namespace {

std::optional<std::string> decimal(double value) {
    if (!std::isfinite(value)) return std::nullopt;
    // The longest: a denormal with its minus, "0.", 324 places and up to 16 digits more.
    std::array<char, 400> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (end.ec != std::errc()) return std::nullopt;
    return std::string(text.data(), end.ptr);
}

struct Text {
    using Result = std::optional<std::string>;
    Result operator()(const std::string& text) const { return text; }
    Result operator()(std::int64_t integer) const { return std::to_string(integer); }
    Result operator()(double number) const { return decimal(number); }
    Result operator()(bool boolean) const { return boolean ? "1" : "0"; }
    Result operator()(const model::Opaque& opaque) const { return to_base64(opaque.octets); }
    Result operator()(const model::Secret&) const { return std::nullopt; }
    Result operator()(const model::Time& time) const { return std::to_string(time.seconds); }
    Result operator()(const model::ObjectLink& link) const {
        return std::to_string(link.object) + ":" + std::to_string(link.instance);
    }
};

}  // namespace

std::optional<std::string> encode_text(const model::Single& value) {
    return std::visit(Text{}, value);
}

std::string to_base64(wire::BytesView octets) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    while (!octets.empty()) {
        const auto group = octets.first(octets.size() < 3 ? octets.size() : 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < group.size() ? group[i] : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 0x3Fu] : '=';
        octets = octets.subspan(group.size());
    }
    return text;
}

}  // namespace lwm2m
