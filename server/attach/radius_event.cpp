#include "server/attach/radius_event.h"

#include <algorithm>
#include <array>

#include "server/attach/forms.h"
#include "server/crypto/digest.h"

namespace attach::radius {
namespace {

using wire::BytesView;
using wire::IpAddress;

// As text for keys and people. What is no such text stands as its digest, so that it can do no
// harm where it is shown, and is still told from others.
std::string shown(BytesView octets) {
    constexpr std::size_t longest = 128;
    const bool printable = std::ranges::all_of(
        octets, [](std::uint8_t octet) { return octet > 0x20 && octet < 0x7F; });
    if (printable && !octets.empty() && octets.size() <= longest)
        return std::string(wire::as_text(octets));
    return wire::to_hex(crypto::sha256(octets));
}

std::optional<IpAddress> address(std::optional<BytesView> value) {
    if (value && value->size() == 4) {
        std::array<std::uint8_t, 4> octets{};
        std::ranges::copy(*value, octets.begin());
        return IpAddress::v4(octets);
    }
    if (value && value->size() == 16) {
        std::array<std::uint8_t, 16> octets{};
        std::ranges::copy(*value, octets.begin());
        return IpAddress::v6(octets);
    }
    return std::nullopt;
}

// All ones, and all ones but the last bit, ask for an address instead of telling one (RFC 2865
// §5.8): no device is there either.
std::optional<IpAddress> device_address(const Packet& packet) {
    for (const Type type : {Type::framed_ip_address, Type::framed_ipv6_address})
        if (const auto found = address(packet.find(type)); found && is_of_a_device(*found))
            return found;
    return std::nullopt;
}

std::string gateway_of(const Packet& packet, const IpAddress& sender) {
    for (const Type type : {Type::nas_ip_address, Type::nas_ipv6_address})
        if (const auto found = address(packet.find(type))) return found->to_string();
    if (const auto name = packet.find(Type::nas_identifier)) return shown(*name);
    return sender.to_string();
}

std::optional<std::string> of_form(std::optional<BytesView> value, bool (*form)(std::string_view)) {
    if (!value || !form(wire::as_text(*value))) return std::nullopt;
    return std::string(wire::as_text(*value));
}

// TS 29.061 §16.4.2: in international format, that is digits alone.
bool is_digits_of_msisdn(std::string_view text) {
    return !text.starts_with('+') && is_msisdn(text);
}

bool is_apn(std::string_view text) {
    return is_plain_text(text) && std::ranges::all_of(text, [](char c) { return c > 0x20; });
}

std::optional<Status> status_of(std::uint32_t number) {
    for (const Status status : {Status::start, Status::stop, Status::interim_update,
                                Status::accounting_on, Status::accounting_off})
        if (number == static_cast<std::uint32_t>(status)) return status;
    return std::nullopt;
}

// The same for all retransmissions of an event, whatever their Acct-Delay-Time. A gateway that has
// restarted may count its sessions from one again: that is another time or another device.
std::string event_id(const Told& told) {
    std::string id =
        told.gateway + '/' + told.session + '/' + std::string(to_string(told.status)) + '/';
    if (told.timestamp) {
        id += std::to_string(*told.timestamp);
    } else {
        std::string who;
        for (const auto* part : {&told.event.imsi, &told.event.msisdn, &told.event.imei})
            who += part->value_or("") + '\n';
        if (told.event.address) who += told.event.address->to_string();
        const auto digest = crypto::sha256(wire::as_bytes(who));
        id += wire::to_hex(BytesView(digest).first(8));
    }
    return id.size() <= max_text ? id : wire::to_hex(crypto::sha256(wire::as_bytes(id)));
}

}  // namespace

std::string_view to_string(Status status) {
    switch (status) {
        case Status::start:
            return "start";
        case Status::stop:
            return "stop";
        case Status::interim_update:
            return "interim-update";
        case Status::accounting_on:
            return "accounting-on";
        case Status::accounting_off:
            return "accounting-off";
    }
    return "";
}

std::variant<Told, OtherStatus, Incomplete> read_event(const Packet& packet,
                                                       std::string_view client,
                                                       const IpAddress& sender) {
    const auto number = packet.number(Type::acct_status_type);
    if (!number) return Incomplete{};
    const auto status = status_of(*number);
    if (!status) return OtherStatus{};

    Told told;
    told.status = *status;
    told.gateway = gateway_of(packet, sender);
    told.timestamp = packet.number(Type::event_timestamp);
    told.delay = packet.number(Type::acct_delay_time).value_or(0);
    Event& event = told.event;
    event.source = "radius:" + std::string(client);
    event.origin = event.source + '/' + told.gateway;
    if (*status == Status::accounting_on || *status == Status::accounting_off) return told;

    const auto session = packet.find(Type::acct_session_id);
    if (!session || session->empty()) return Incomplete{};
    told.session = shown(*session);
    event.kind = to_string(*status);
    event.what = *status == Status::stop ? Event::Kind::detached : Event::Kind::attached;
    event.imsi = of_form(packet.find(Type3gpp::imsi), is_imsi);
    event.imei = of_form(packet.find(Type3gpp::imeisv), is_imei);
    event.msisdn = of_form(packet.find(Type::calling_station_id), is_digits_of_msisdn);
    event.apn = of_form(packet.find(Type::called_station_id), is_apn);
    event.address = device_address(packet);
    if (told.timestamp) event.time = date_time(*told.timestamp);
    event.id = event_id(told);
    told.names_a_device = event.imsi || event.imei || event.msisdn;
    return told;
}

}  // namespace attach::radius
