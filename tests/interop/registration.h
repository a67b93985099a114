#pragma once

#include <optional>
#include <string>

#include "tests/interop/holdings.h"
#include "tests/interop/libcoap_peer.h"

namespace interop {

// What a bootstrapped device does next: registers at the LwM2M Server of its first account that is
// not the Bootstrap-Server's, with the credentials written there in TLV (Security Mode 0 PSK, 1 raw
// public key, 2 certificate, 3 none, 4 EST: `own`, since no enrolment is played). The server's
// certificate has to be, or to come from, the one written. Tells "registered" or "unregistered".
bool register_device(const Holdings& holdings, const std::optional<PublicKey>& own,
                     const std::string& endpoint);

}  // namespace interop
