#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "provisioning/model/path.h"

// What the enabler defines of the Objects that a bootstrap is about: Security (/0), Server (/1),
// Access Control (/2); LwM2M Core appendix E, the versions 1.0 to 1.2 in one table.
namespace model {

enum class ResourceType {
    text,
    integer,
    unsigned_integer,
    boolean,
    opaque,
    time,
    object_link,
    none,  // it is executed and has no value
};

struct ResourceDefinition {
    ResourceId id = 0;
    std::string_view name;  // the registry's
    ResourceType type = ResourceType::none;
    bool multiple = false;
    bool mandatory = false;
    std::uint8_t since = 0;  // the enabler that has it first: 0 is LwM2M 1.0, 1 is 1.1, 2 is 1.2
    // Of a number its value, of a text or opaque its octets.
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t step = 1;  // 16 for keys of 16, 32 or 48 octets
    bool sensitive = false;
};

struct ObjectDefinition {
    ObjectId id = 0;
    std::string_view name;
    std::span<const ResourceDefinition> resources;

    const ResourceDefinition* find(ResourceId resource) const;
    // By the registry's name; neither case nor the width of spaces matters, since the registry's
    // own versions differ in them ("LWM2M  Server URI").
    const ResourceDefinition* find(std::string_view resource) const;
};

// Null for an Object without a table here.
const ObjectDefinition* find_object(ObjectId object);

namespace security {
inline constexpr ResourceId server_uri = 0, bootstrap_server = 1, security_mode = 2,
                            public_key_or_identity = 3, server_public_key = 4, secret_key = 5,
                            short_server_id = 10;
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
