#pragma once

#include <string_view>

namespace bootstrapd {

inline constexpr std::string_view version = BOOTSTRAPD_VERSION;

}  // namespace bootstrapd
