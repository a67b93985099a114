#include "server/lwm2m/item.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "server/lwm2m/date_time.h"

namespace lwm2m {
namespace {

constexpr std::uint64_t tag_date_time = 0;
constexpr std::uint64_t tag_epoch = 1;
constexpr std::uint64_t tag_decimal_fraction = 4;

std::optional<std::int64_t> integer_of(const Item& item) {
    if (const auto* number = std::get_if<std::uint64_t>(&item.value)) {
        if (!std::in_range<std::int64_t>(*number)) return std::nullopt;
        return static_cast<std::int64_t>(*number);
    }
    if (const auto* negative = std::get_if<Negative>(&item.value)) {
        if (!std::in_range<std::int64_t>(negative->n)) return std::nullopt;
        return -1 - static_cast<std::int64_t>(negative->n);
    }
    return std::nullopt;
}

// [ exponent, mantissa ]: mantissa * 10^exponent.
std::optional<model::Single> decimal_fraction(const Item& item) {
    const auto* parts = std::get_if<Array>(&item.value);
    if (parts == nullptr || parts->size() != 2) return std::nullopt;
    const auto exponent = integer_of((*parts)[0]);
    const auto mantissa = integer_of((*parts)[1]);
    if (!exponent || !mantissa) return std::nullopt;
    // By way of the text, as it is the text's rounding that is wanted; what neither fits nor is
    // near to a double is no number.
    const std::string text = std::to_string(*mantissa) + 'e' + std::to_string(*exponent);
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<model::Single> time_of(const Tagged& tagged) {
    if (tagged.tag == tag_date_time) {
        const auto* text = std::get_if<std::string>(&tagged.item.front().value);
        if (text == nullptr) return std::nullopt;
        const auto time = from_date_time(*text);
        if (!time) return std::nullopt;
        return *time;
    }
    const auto number = number_of(tagged.item.front());
    if (!number) return std::nullopt;
    if (const auto* integer = std::get_if<std::int64_t>(&*number)) return model::Time{*integer};
    // A fraction of a second is more than a Time holds.
    const double seconds = std::floor(std::get<double>(*number));
    if (!(std::abs(seconds) < 0x1p62)) return std::nullopt;
    return model::Time{static_cast<std::int64_t>(seconds)};
}

}  // namespace

std::optional<model::Single> number_of(const Item& item) {
    if (const auto integer = integer_of(item)) return *integer;
    if (const auto* number = std::get_if<std::uint64_t>(&item.value))
        return static_cast<double>(*number);
    if (const auto* negative = std::get_if<Negative>(&item.value))
        return -1.0 - static_cast<double>(negative->n);
    if (const auto* number = std::get_if<double>(&item.value)) return *number;
    if (const auto* tagged = std::get_if<Tagged>(&item.value))
        if (tagged->tag == tag_decimal_fraction) return decimal_fraction(tagged->item.front());
    return std::nullopt;
}

std::optional<model::Single> single_of(const Item& item) {
    if (auto number = number_of(item)) return number;
    if (const auto* boolean = std::get_if<bool>(&item.value)) return *boolean;
    if (const auto* text = std::get_if<std::string>(&item.value)) return *text;
    if (const auto* octets = std::get_if<wire::Bytes>(&item.value)) return model::Opaque{*octets};
    if (const auto* tagged = std::get_if<Tagged>(&item.value))
        if (tagged->tag == tag_date_time || tagged->tag == tag_epoch) return time_of(*tagged);
    return std::nullopt;
}

}  // namespace lwm2m
