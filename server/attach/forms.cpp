#include "server/attach/forms.h"

#include <algorithm>
#include <chrono>

namespace attach {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_number(std::string_view text, std::size_t fewest, std::size_t most) {
    return text.size() >= fewest && text.size() <= most && std::ranges::all_of(text, is_digit);
}

bool matches(std::string_view text, std::string_view pattern) {
    return std::ranges::equal(text, pattern, [](char c, char wanted) {
        return wanted == '0' ? is_digit(c) : c == wanted;
    });
}

std::string padded(unsigned number, std::size_t digits) {
    std::string text = std::to_string(number);
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
    return text;
}

}  // namespace

bool is_imsi(std::string_view text) {
    return is_number(text, 6, 15);
}

bool is_imei(std::string_view text) {
    return is_number(text, 14, 16);
}

bool is_iccid(std::string_view text) {
    return is_number(text, 18, 22);
}

bool is_msisdn(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    return is_number(text, 5, 15);
}

bool is_plain_text(std::string_view text) {
    return !text.empty() && text.size() <= max_text && std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

bool is_date_time(std::string_view text) {
    constexpr std::string_view seconds = "0000-00-00T00:00:00";
    if (text.size() > 40 || !matches(text.substr(0, seconds.size()), seconds)) return false;
    text.remove_prefix(seconds.size());
    if (text.starts_with('.')) {
        const auto end = text.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) return false;
        text.remove_prefix(end);
    }
    return text == "Z" || matches(text, "+00:00") || matches(text, "-00:00");
}

std::string date_time(std::uint64_t seconds) {
    // Beyond the year 9999 there is no such text.
    constexpr std::uint64_t last = 253'402'300'799;
    const std::chrono::sys_seconds when{
        std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, last)))};
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(when - day);
    return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + '-' +
           padded(static_cast<unsigned>(date.month()), 2) + '-' +
           padded(static_cast<unsigned>(date.day()), 2) + 'T' +
           padded(static_cast<unsigned>(clock.hours().count()), 2) + ':' +
           padded(static_cast<unsigned>(clock.minutes().count()), 2) + ':' +
           padded(static_cast<unsigned>(clock.seconds().count()), 2) + 'Z';
}

bool is_of_a_device(const wire::IpAddress& address) {
    if (address.is_unspecified()) return false;
    const auto first = address.octets()[0];
    return address.family() == wire::IpAddress::Family::v4 ? first < 224 && first != 0
                                                           : first != 0xFF;
}

}  // namespace attach
