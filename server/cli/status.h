#pragma once

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

struct Status {
    Place place;
    bool json = false;
};
// `status`: what the daemon is doing.
ExitCode show_status(const Status&, Console&);

// `health`: well, without a word more than needed, while the daemon can serve.
ExitCode check_health(const Place&, Console&);

// `reload`: as SIGHUP does, and waits for what comes of it.
struct Reload {
    Place place;
    bool json = false;
};
ExitCode reload(const Reload&, Console&);

}  // namespace cli
