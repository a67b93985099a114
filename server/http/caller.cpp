#include "server/http/caller.h"

#include <array>

namespace http {
namespace {

constexpr std::array all_roles = {Role::attach, Role::read, Role::provision, Role::admin};

// The roles of which each alone is enough.
std::uint8_t sufficient_for(Role role) {
    switch (role) {
        case Role::attach:
            return bit(Role::attach) | bit(Role::admin);
        case Role::read:
            return bit(Role::read) | bit(Role::provision) | bit(Role::admin);
        case Role::provision:
            return bit(Role::provision) | bit(Role::admin);
        case Role::admin:
            return bit(Role::admin);
    }
    return 0;
}

}  // namespace

std::string_view to_string(Role role) {
    switch (role) {
        case Role::attach:
            return "attach";
        case Role::read:
            return "read";
        case Role::provision:
            return "provision";
        case Role::admin:
            return "admin";
    }
    return "";
}

std::optional<Role> role_from(std::string_view word) {
    for (const Role role : all_roles)
        if (word == to_string(role)) return role;
    return std::nullopt;
}

bool Caller::may(Role role) const {
    return (roles & sufficient_for(role)) != 0;
}

}  // namespace http
