#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "server/bootstrap/device_query.h"
#include "server/bootstrap/request.h"

namespace bootstrap {

// What the transport proved of the peer.
struct Transport {
    bool secured = false;
    wire::Bytes psk_identity;                       // of a secured one, unless …
    std::optional<PublicKeyIdentity> public_key{};  // … it has shown a public key
    // Octets of the longest message it carries: a device may have asked for small records
    // (max_fragment_length, RFC 6066 §4).
    std::size_t max_message = std::numeric_limits<std::size_t>::max();
};

struct Admitted {
    provisioning::Assignment assignment;
};
struct Refused {
    coap::Code code;
    std::string reason;  // for the log and the record
    // A Pack-Request of a device that would be served otherwise: it asks by POST /bs next, so that
    // there is nothing to raise an alarm about.
    bool falls_back = false;
};

// Whose request it is: the record of the identity or public key that was proved decides, without
// one that of the endpoint name. Refused at once where there is neither.
std::variant<DeviceQuery, Refused> wanted_device(const BootstrapRequest&, const Transport&);

// Whether a Bootstrap-Request is served, `found` being the answer to wanted_device(): the endpoint
// name and the identity (or public key) belong together, the device may use this transport, it has
// a profile.
// LwM2M 1.0 §7.1.5: mismatch or unknown is 4.00. Where the request names no endpoint it is the
// identity's. A Bootstrap-Pack is for secured transports and profiles that have one; else 5.01,
// "not implemented".
std::variant<Admitted, Refused> admit(const BootstrapRequest&, const Transport&,
                                      const LookedUp& found);

}  // namespace bootstrap
