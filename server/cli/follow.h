#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "server/cli/api.h"
#include "server/cli/event_reader.h"
#include "server/cli/exit_code.h"

namespace cli {

// GET /v1/events, over as many connections as it takes: after one that breaks, the next goes on
// behind the last event that came. What the daemon has forgotten meanwhile, or another daemon never
// knew, it tells by an event "reset".
struct Following {
    Place place;
    std::string target = "/v1/events";
    std::string after = {};  // the id of the last event that is known; empty: only new ones
    // Each time that a stream is open, before its events: nothing happens unseen from then on.
    // Both: false ends it.
    std::function<bool()> opened = nullptr;
    std::function<bool(const ServerEvent&)> take = nullptr;
    std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
    std::chrono::milliseconds pause{1000};  // between a connection and the next one
};

// Well when it was ended from within. Else why not is told: refused or over the deadline (no), and
// unreachable, which only the first connection is for long.
ExitCode follow(const Following&, std::ostream& err);

}  // namespace cli
