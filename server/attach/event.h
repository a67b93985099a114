#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/document/document.h"
#include "provisioning/catalog.h"
#include "server/wire/socket_address.h"

// Network-attach events. Every source's words are mapped to this one event.
namespace attach {

struct Event {
    // What it means for the device.
    enum class Kind {
        attached,  // it is on the network, at `address` where there is one
        detached,  // what it had there, `address` alone where there is one, has ended
    };

    std::string source;  // "api", "radius:core-1"; empty: the event does not say
    // Which gateway of the source told of it, for Sink::withdraw_all(); empty: none that restarts.
    std::string origin;
    Kind what = Kind::attached;
    std::optional<std::string> id, time, kind, apn;  // kind: the source's own word
    std::optional<std::string> endpoint, imsi, imei, iccid, msisdn, external_id;
    std::optional<wire::IpAddress> address;
    std::optional<std::uint16_t> port;

    friend bool operator==(const Event&, const Event&) = default;
};

// What the canonical form's "kind" means: "detach", "disconnect", "stop", "end", "delete",
// "release", "terminate" and their participles, in letters of either case, mean detached; anything
// else, the empty text too, means attached.
Event::Kind kind_of(std::string_view word);

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
using Resolved = std::variant<provisioning::Assignment, UnknownDevice, Contradiction>;

// What the event's device is looked up by.
struct LookupKey {
    std::optional<provisioning::Catalog::Identifier> identifier;  // nothing: the endpoint
    std::string value;                                            // as the event has it
    friend bool operator==(const LookupKey&, const LookupKey&) = default;
};
// One an identifier of the event, the endpoint first.
std::vector<LookupKey> lookup_keys(const Event&);
// `found`: what each of the keys led to, in their order.
Resolved resolve(const Event&, const std::vector<std::optional<provisioning::Assignment>>& found);
Resolved resolve(const Event&, const provisioning::Catalog&);

}  // namespace attach
