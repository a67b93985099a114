#pragma once

#include <string>
#include <variant>

#include "provisioning/catalog.h"

// Which device somebody is, as it is asked of who keeps the records.
namespace bootstrap {

struct DeviceQuery {
    enum class By { psk_identity, endpoint };
    By by = By::endpoint;
    std::string value;  // of an identity: any octets
    friend bool operator==(const DeviceQuery&, const DeviceQuery&) = default;
};

struct FoundDevice {
    provisioning::Assignment assignment;
    // Its record is kept, but the file that declared it does so no more: it is not served.
    bool disabled = false;
};
struct UnknownDevice {};
using LookedUp = std::variant<FoundDevice, UnknownDevice>;

// The store is full or slow: nobody can tell now.
struct Unavailable {};
using DeviceAnswer = std::variant<LookedUp, Unavailable>;

}  // namespace bootstrap
