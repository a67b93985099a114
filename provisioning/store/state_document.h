#pragma once

#include <optional>

#include "provisioning/store/records.h"

// The state of a device as a text, which is sealed as a whole.
//
//   {"keys": [{"state": "pending", "identity": "6964", "key": "00ff", "generated": true,
//              "session": "…", "sessionEnded": 0, "until": 0, "instance": 1, "replaces": 0}],
//    "rotationOrdered": true,
//    "secrets": {"NAME": {"kind": "octets", "octets": "…", "publicKey": "…", "shared": true}},
//    "accountExpires": 0, "toPurge": [0]}
//
// Octets are hexadecimal, times milliseconds since 1970; what is empty or false is not there.
namespace store {

bool is_empty(const DeviceState&);
model::Secret to_text(const DeviceState&);
// Nothing when it is no such text: then the store is damaged.
std::optional<DeviceState> parse_state(const model::Secret& text);

}  // namespace store
