#pragma once

#include <string>

#include "server/bootstrap/outcome.h"
#include "tests/flows/world.h"
#include "tests/support/contents.h"

namespace flows {

// What the sample profiles say, as a device keeps it; written down by hand from the profile, not
// made by the code under test.
support::Contents planned(const DeviceSetup&);

// The device's state once everything has come to rest.
bootstrap::DeviceState state(World&, std::size_t device, const DeviceSetup&);

std::string to_string(bootstrap::DeviceState);

// Whether the table permits the state under the outcome.
bool is_permitted(bootstrap::Outcome, bootstrap::DeviceState);

}  // namespace flows
