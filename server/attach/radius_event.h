#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/attach/event.h"
#include "server/attach/radius_packet.h"

// What an Accounting-Request tells: RFC 2866 §5, TS 29.061 §16.4.
namespace attach::radius {

// RFC 2866 §5.1; the others tell of no device.
enum class Status : std::uint8_t {
    start = 1,
    stop = 2,
    interim_update = 3,
    accounting_on = 7,
    accounting_off = 8,
};
std::string_view to_string(Status);  // "start", the kind of its event

struct Told {
    Status status = Status::start;
    std::string gateway;  // NAS-IP-Address, NAS-IPv6-Address, NAS-Identifier, else who sent it
    std::string session;  // Acct-Session-Id
    std::optional<std::uint32_t> timestamp;  // Event-Timestamp
    std::uint32_t delay = 0;                 // Acct-Delay-Time, seconds
    // Attributes that are no such number or address are left out, as if they were not there.
    Event event;
    bool names_a_device = false;
};
struct OtherStatus {};  // well-formed, and of no concern
struct Incomplete {};   // without an attribute that RFC 2866 demands

std::variant<Told, OtherStatus, Incomplete> read_event(const Packet&, std::string_view client,
                                                       const wire::IpAddress& sender);

}  // namespace attach::radius
