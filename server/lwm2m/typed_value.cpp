#include "server/lwm2m/typed_value.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/lwm2m/date_time.h"

namespace lwm2m {
namespace {

std::optional<std::int64_t> integer_from(const model::Single& looks) {
    if (const auto* integer = std::get_if<std::int64_t>(&looks)) return *integer;
    const auto* number = std::get_if<double>(&looks);
    // 2^63 itself is no int64_t, -2^63 is one; a NaN is neither.
    if (number == nullptr || !(*number >= -0x1p63 && *number < 0x1p63)) return std::nullopt;
    if (std::trunc(*number) != *number) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<model::Single> floating_from(const model::Single& looks) {
    if (const auto* integer = std::get_if<std::int64_t>(&looks))
        return static_cast<double>(*integer);
    if (std::holds_alternative<double>(looks)) return looks;
    return std::nullopt;
}

std::optional<model::Single> time_from(const model::Single& looks) {
    if (std::holds_alternative<model::Time>(looks)) return looks;
    if (const auto* text = std::get_if<std::string>(&looks)) {
        const auto time = from_date_time(*text);
        if (!time) return std::nullopt;
        return *time;
    }
    const auto seconds = integer_from(looks);
    if (!seconds) return std::nullopt;
    return model::Time{*seconds};
}

std::optional<model::Single> link_from(const model::Single& looks) {
    if (std::holds_alternative<model::ObjectLink>(looks)) return looks;
    const auto* text = std::get_if<std::string>(&looks);
    if (text == nullptr) return std::nullopt;
    const auto link = object_link_from(*text);
    if (!link) return std::nullopt;
    return *link;
}

// A value that is of the type already.
template <class T>
std::optional<model::Single> as_it_is(model::Single looks) {
    if (!std::holds_alternative<T>(looks)) return std::nullopt;
    return looks;
}

std::optional<std::uint16_t> id_from(std::string_view text) {
    std::uint16_t id = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), id);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
    return id;
}

}  // namespace

std::optional<model::Single> as_type(model::Single looks, model::ResourceType type) {
    switch (type) {
        case model::ResourceType::text:
        case model::ResourceType::core_link:
            return as_it_is<std::string>(std::move(looks));
        case model::ResourceType::integer:
        case model::ResourceType::unsigned_integer: {
            const auto integer = integer_from(looks);
            if (!integer) return std::nullopt;
            if (type == model::ResourceType::unsigned_integer && *integer < 0) return std::nullopt;
            return *integer;
        }
        case model::ResourceType::floating:
            return floating_from(looks);
        case model::ResourceType::boolean:
            return as_it_is<bool>(std::move(looks));
        case model::ResourceType::opaque:
            return as_it_is<model::Opaque>(std::move(looks));
        case model::ResourceType::time:
            return time_from(looks);
        case model::ResourceType::object_link:
            return link_from(looks);
        case model::ResourceType::none:
            break;
    }
    return std::nullopt;
}

std::optional<model::ObjectLink> object_link_from(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto object = id_from(text.substr(0, colon));
    const auto instance = id_from(text.substr(colon + 1));
    if (!object || !instance) return std::nullopt;
    return model::ObjectLink{*object, *instance};
}

}  // namespace lwm2m
