#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/wire/socket_address.h"

// What the members of an event look like, whatever source they come from.
namespace attach {

inline constexpr std::size_t max_text = 255;  // octets of any text

bool is_imsi(std::string_view text);    // 6 to 15 digits, TS 23.003 §2.2
bool is_imei(std::string_view text);    // TS 23.003 §6.2: without its check digit, with it; IMEISV
bool is_iccid(std::string_view text);   // ITU-T E.118
bool is_msisdn(std::string_view text);  // ITU-T E.164, with or without "+"
// 1 to max_text octets without control characters; that it is UTF-8 is not looked at.
bool is_plain_text(std::string_view text);
// RFC 3339 §5.6, date-time; the ranges of its numbers are not looked at.
bool is_date_time(std::string_view text);
// "2026-05-01T10:00:00Z", of seconds since 1970 in UTC.
std::string date_time(std::uint64_t seconds);
// Whether one device can be there.
bool is_of_a_device(const wire::IpAddress& address);

}  // namespace attach
