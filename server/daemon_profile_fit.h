#pragma once

#include <memory>

#include "config/settings.h"
#include "provisioning/profile.h"

namespace bootstrapd {

// A profile as these settings have it, and what does not agree with them:
//   deviceExchangeLifetime leaves time for operations with their transmission;
//   the LwM2M Server to ask is there;
//   who has to know a secret that is made for a device is there, the only one by default;
//   an account with this server that is written anew has the URI that devices know.
std::shared_ptr<const provisioning::Profile> fitted(const config::Settings&, provisioning::Profile,
                                                    document::Problems& problems);

}  // namespace bootstrapd
