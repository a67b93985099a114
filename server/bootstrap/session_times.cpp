#include "server/bootstrap/session_times.h"

namespace bootstrap {

SessionTimes::SessionTimes(const coap::Transmission& transmission, wire::Duration deadline,
                           double device_exchange_lifetime)
    : transmission_(&transmission),
      deadline_(deadline),
      lifetime_(std::chrono::duration_cast<wire::Duration>(
          std::chrono::duration<double>(device_exchange_lifetime))) {}

}  // namespace bootstrap
