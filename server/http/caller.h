#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

// What a caller may do. `admin` may everything, `provision` may read; `attach` may trigger and may
// see nothing.
enum class Role : std::uint8_t { attach = 1, read = 2, provision = 4, admin = 8 };

std::string_view to_string(Role);
std::optional<Role> role_from(std::string_view word);

constexpr std::uint8_t bit(Role role) {
    return static_cast<std::uint8_t>(role);
}

// Who sent a request, as its connection or its token proved.
struct Caller {
    std::string name;        // for the audit log: "token ops", "certificate ops", "local"
    std::uint8_t roles = 0;  // of Role, or-ed

    bool may(Role role) const;
    friend bool operator==(const Caller&, const Caller&) = default;
};

}  // namespace http
