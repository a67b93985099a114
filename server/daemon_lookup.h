#pragma once

#include <functional>

#include "provisioning/store/store.h"
#include "server/bootstrap/device_query.h"
#include "server/daemon_profiles.h"

namespace bootstrapd {

// Who a device is, for the shards: the store's record and the profile in force. Called on any
// thread; answered on it where the record is at hand, else on one of the store's. Both outlive the
// answer.
void look_up(store::Store&, const Profiles&, const bootstrap::DeviceQuery&,
             std::function<void(bootstrap::DeviceAnswer)> answer);

}  // namespace bootstrapd
