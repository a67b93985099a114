#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "provisioning/model/path.h"
#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

// The values of Resources, LwM2M Core appendix C.
namespace model {

struct Opaque {
    wire::Bytes octets;
    friend bool operator==(const Opaque&, const Opaque&) = default;
};
// Seconds since 1970.
struct Time {
    std::int64_t seconds = 0;
    friend bool operator==(const Time&, const Time&) = default;
};
struct ObjectLink {
    ObjectId object = 0;
    InstanceId instance = 0;
    friend bool operator==(const ObjectLink&, const ObjectLink&) = default;
};

// One value. A Secret is an Opaque (or text) that is never shown.
using Single =
    std::variant<std::string, std::int64_t, double, bool, Opaque, Secret, Time, ObjectLink>;
// Resource Instances by id.
using Multiple = std::map<std::uint16_t, Single>;
using Value = std::variant<Single, Multiple>;

// The Resources of one Object Instance.
using Resources = std::map<ResourceId, Value>;
// The instances of one Object; those of several Objects.
using Instances = std::map<InstanceId, Resources>;
using Objects = std::map<ObjectId, Instances>;

}  // namespace model
