#pragma once

#include <string>

#include "server/daemon_status.h"
#include "server/metrics/tally.h"

namespace bootstrapd {

// GET /metrics: what the daemon knows of itself, in Prometheus' text format.
std::string metrics_page(const Status&, const metrics::Tally&);

}  // namespace bootstrapd
