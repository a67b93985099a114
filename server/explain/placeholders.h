#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/issue.h"
#include "provisioning/profile.h"
#include "server/wire/random.h"

namespace explain {

// What this server is known by where no settings tell.
inline constexpr std::string_view placeholder_uri = "coaps://bootstrap-server.invalid:5684";

// In the place of what a session makes for a device of the profile, of the same kinds and lengths:
// nothing of it is kept or told to anybody. The error says why not.
std::variant<provisioning::Issued, std::string> placeholders_for(const provisioning::Profile&,
                                                                 const provisioning::Device&,
                                                                 wire::Random&);
// What to say of a plan that was made with them.
std::vector<std::string> notes_on(const provisioning::Issued&);

}  // namespace explain
