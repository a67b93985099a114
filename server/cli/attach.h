#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

// `attach`: tells the daemon that a device came into the network.
struct Attach {
    Place place;
    std::string endpoint;
    std::string address;  // where it is dialled; empty: as its record says
    std::optional<std::uint16_t> port;
    bool wait = false;                     // until the session has ended
    std::optional<unsigned> timeout = {};  // seconds that `wait` lasts at most
    bool json = false;
};

// Prints the session's id. With `wait` it is well only when the session has ended as `finished`.
ExitCode attach(const Attach&, Console&);

}  // namespace cli
