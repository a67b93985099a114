#pragma once

#include <filesystem>
#include <ostream>
#include <vector>

#include "server/cli/exit_code.h"

namespace cli {

// `profile check`: everything that is wrong with some profiles, before a device sees them.
struct ProfileCheck {
    std::vector<std::filesystem::path> paths;  // files, or folders of *.json
    std::filesystem::path objects;             // the operator's Object definitions; empty: none
    bool json = false;
};

// Problems go to `err`, one a line; with `json` all goes to `out`.
ExitCode check_profiles(const ProfileCheck&, std::ostream& out, std::ostream& err);

}  // namespace cli
