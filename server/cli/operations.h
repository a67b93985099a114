#pragma once

#include <cstddef>
#include <string>

#include "server/cli/api.h"
#include "server/cli/listing.h"

// What the daemon keeps of its own work, as lists.
namespace cli {

struct AuditQuestion {
    std::string actor, action, subject;  // empty: any
};
Listing audit_listing(const AuditQuestion&);

// Devices that came into the network and that nobody knows.
Listing strangers_listing();

struct DeliveriesQuestion {
    std::string hook, endpoint;  // empty: any
};
// What webhooks have not been told yet.
Listing deliveries_listing(const DeliveriesQuestion&);

}  // namespace cli
