#pragma once

#include <cstdint>

#include "provisioning/model/path.h"

// The Resources of the Objects that a bootstrap is about by their names: Security (/0), Server
// (/1), Access Control (/2); LwM2M Core appendix E.
namespace model {

namespace security {
inline constexpr ResourceId server_uri = 0, bootstrap_server = 1, security_mode = 2,
                            public_key_or_identity = 3, server_public_key = 4, secret_key = 5,
                            short_server_id = 10, account_timeout = 12, matching_type = 13,
                            sni = 14, certificate_usage = 15, oscore_link = 17;
enum class Mode : std::uint8_t { psk = 0, raw_public_key = 1, certificate = 2, none = 3, est = 4 };
}  // namespace security

namespace server {
inline constexpr ResourceId short_server_id = 0, lifetime = 1, default_minimum_period = 2,
                            default_maximum_period = 3, disable_timeout = 5,
                            notification_storing = 6, binding = 7, registration_priority = 13,
                            bootstrap_on_registration_failure = 16;
}  // namespace server

namespace access_control {
inline constexpr ResourceId object_id = 0, object_instance_id = 1, acl = 2, owner = 3;
}  // namespace access_control

// Short Server IDs, LwM2M Core appendix E.1; 0 and 65535 name no LwM2M Server.
inline constexpr std::int64_t lowest_short_server_id = 1;
inline constexpr std::int64_t highest_short_server_id = 65534;

}  // namespace model
