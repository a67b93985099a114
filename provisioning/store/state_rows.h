#pragma once

#include <string>
#include <vector>

#include "provisioning/store/device_rows.h"

// What the daemon itself keeps of a device, beside its document.
namespace store {

// What a state is sealed for.
std::string state_context(std::string_view endpoint);

// Opened; fails the connection when it does not open. Empty blobs: there is none.
DeviceState open_state(const Reading&, const std::string& endpoint, const wire::Bytes& wrapped,
                       const wire::Bytes& sealed);
// Writes the state of that device, or removes it where it is empty; without keys.
void write_state(Writing&, std::int64_t id, const provisioning::Device&, const DeviceState&);
// The same, and the keys that lead to the device by it. A key that another device has: nothing is
// written.
std::optional<Twin> change_state(Writing&, const DeviceRow&, const DeviceState&);

// What another document makes of the state of its device; null: the device is new.
void adapt(DeviceState&, const provisioning::Device* before, const provisioning::Device& after,
           WallTime now);

}  // namespace store
