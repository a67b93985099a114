#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

// The messages of an endpoint as a capture file that Wireshark reads: to a new file, which only
// its owner may read, or to standard output unless that is a terminal. Until it is interrupted, or
// for as long as it says here.
struct Trace {
    Place place;
    std::string endpoint;
    std::filesystem::path to;  // empty: standard output
    std::optional<std::uint32_t> seconds, sessions;
    bool shows_secrets = false;
};
ExitCode take_trace(const Trace&, Console&);

}  // namespace cli
