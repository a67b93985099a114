#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "server/cli/exit_code.h"

namespace cli {

// `token`: a bearer token of the API, of which the settings hold the hash alone.
struct NewToken {
    std::string name;
    std::vector<std::string> roles;
};

// The token, which nobody can show again, and the entry for "http": {"tokens": […]}.
ExitCode make_token(const NewToken&, std::ostream& out);

}  // namespace cli
