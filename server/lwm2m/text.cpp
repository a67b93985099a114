#include "server/lwm2m/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "server/lwm2m/base64.h"
#include "server/lwm2m/output.h"
#include "server/lwm2m/typed_value.h"
#include "server/lwm2m/utf8.h"

//   String    the UTF-8 itself             Boolean   "0" | "1"
//   Integer   [ "-" ] 1*DIGIT              Objlnk    1*DIGIT ":" 1*DIGIT
//   Time      as Integer                   Opaque    base64
//   Float     [ "-" ] 1*DIGIT [ "." 1*DIGIT ]           read as well: with an exponent

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

template <class T>
std::optional<T> number_from(std::string_view text) {
    T number{};
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<model::Single> floating_from(std::string_view text) {
    const auto number = number_from<double>(text);
    if (!number || !std::isfinite(*number)) return std::nullopt;
    return *number;
}

template <class T>
std::optional<model::Single> single_of(const std::optional<T>& value) {
    if (!value) return std::nullopt;
    return model::Single(*value);
}

}  // namespace

std::optional<std::string> encode_text(const model::Single& value) {
    return std::visit(Text{}, value);
}

std::optional<model::Single> decode_text(std::string_view text, model::ResourceType type) {
    switch (type) {
        case model::ResourceType::text:
        case model::ResourceType::core_link:
            if (!is_utf8(wire::as_bytes(text))) return std::nullopt;
            return std::string(text);
        case model::ResourceType::integer:
            return single_of(number_from<std::int64_t>(text));
        case model::ResourceType::unsigned_integer:
            if (text.starts_with('-')) return std::nullopt;
            return single_of(number_from<std::int64_t>(text));
        case model::ResourceType::floating:
            return floating_from(text);
        case model::ResourceType::boolean:
            if (text != "0" && text != "1") return std::nullopt;
            return text == "1";
        case model::ResourceType::opaque: {
            auto octets = from_base64(text);
            if (!octets) return std::nullopt;
            return model::Opaque{std::move(*octets)};
        }
        case model::ResourceType::time: {
            const auto seconds = number_from<std::int64_t>(text);
            if (!seconds) return std::nullopt;
            return model::Time{*seconds};
        }
        case model::ResourceType::object_link:
            return single_of(object_link_from(text));
        case model::ResourceType::none:
            break;
    }
    return std::nullopt;
}

std::string to_base64(wire::BytesView octets) {
    const auto text = write_once([&](Output& out) { write_base64(octets, out); });
    return std::string(wire::as_text(text));
}

}  // namespace lwm2m
