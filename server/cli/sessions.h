#pragma once

#include <cstddef>
#include <string>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

// `sessions`: those that run, those that have ended, and those to come.
struct Sessions {
    Place place;
    std::string endpoint;  // empty: of every device
    std::string outcome;   // empty: any
    std::size_t limit = 100;
    bool follow = false;    // on and on, a line when one starts or ends
    std::size_t count = 0;  // of such lines at most; 0: on and on
    bool json = false;
};
ExitCode list_sessions(const Sessions&, Console&);

struct OneSession {
    Place place;
    std::string id;
    bool json = false;
};
// `session show`: operation by operation.
ExitCode show_session(const OneSession&, Console&);
ExitCode cancel_session(const OneSession&, Console&);

// `events`: whatever the daemon tells, a line an event.
struct Events {
    Place place;
    std::string endpoint;
    std::string kinds;      // with commas between; empty: all
    bool kept = false;      // from the oldest that the daemon still has
    std::size_t count = 0;  // 0: on and on
    bool json = false;
};
ExitCode show_events(const Events&, Console&);

}  // namespace cli
