#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "config/document/document.h"
#include "provisioning/catalog.h"
#include "server/wire/socket_address.h"

// Network-attach events. Every source's words are mapped to this one event.
namespace attach {

struct Event {
    std::string source;  // "api"; empty: the event does not say
    std::optional<std::string> id, time, kind, apn;
    std::optional<std::string> endpoint, imsi, imei, iccid, msisdn, external_id;
    std::optional<wire::IpAddress> address;
    std::optional<std::uint16_t> port;
};

// The canonical form: at least one identifier; unknown keys are problems. Nothing when the event
// had a problem.
std::optional<Event> parse_event(const document::Node& node);

struct UnknownDevice {
    std::string reason;  // which identifiers were looked up
};
struct Contradiction {
    std::string reason;  // two identifiers name two devices, or the device's record has another
};
// The device that the event speaks of. An IMEISV or an IMEI compares by its first 14 digits, an
// MSISDN with or without its "+".
//
// Every identifier of the event must agree with the device's record where that has one of the
// kind: an IMEI is what a device says of itself, so one that claims another's IMEI comes with its
// own SIM's IMSI, and must not be sent the other's keys. Reasons tell the kinds of identifiers, no
// values: who may trigger need not see who is who.
std::variant<provisioning::Assignment, UnknownDevice, Contradiction> resolve(
    const Event&, const provisioning::Catalog&);

}  // namespace attach
