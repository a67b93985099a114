#pragma once

#include <optional>
#include <string>
#include <variant>

#include "config/document/document.h"
#include "provisioning/catalog.h"
#include "server/wire/socket_address.h"

// Network-attach events. Every source's words are mapped to this one event.
namespace attach {

struct Event {
    std::string source;  // "api"
    std::optional<std::string> id, time, kind, apn;
    std::optional<std::string> endpoint, imsi, imei, iccid, msisdn, external_id;
    std::optional<wire::IpAddress> address;
    std::optional<std::uint16_t> port;
};

// The canonical form: at least one identifier; unknown keys are problems.
std::optional<Event> parse_event(const document::Node& node);

struct UnknownDevice {
    std::string reason;  // which identifiers were looked up
};
struct Contradiction {
    std::string reason;  // two identifiers name two devices
};
// The device that the event speaks of. An IMEISV or an IMEI compares by its first 14 digits.
std::variant<provisioning::Assignment, UnknownDevice, Contradiction> resolve(
    const Event&, const provisioning::Catalog&);

}  // namespace attach
