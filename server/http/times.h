#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace http {

// RFC 3339 §5.6, in UTC with milliseconds: "2026-01-01T00:00:00.000Z".
std::string to_rfc3339(std::chrono::system_clock::time_point);

// Any date-time of RFC 3339, cut to milliseconds; nothing for other texts, and for days that are
// in no calendar. A leap second is taken for the second after it.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> from_rfc3339(std::string_view text);

}  // namespace http
