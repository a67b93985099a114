#include "server/bootstrap/admission.h"

#include <algorithm>

namespace bootstrap {
namespace {

// An identity is any octets: shown as text where that is safe in a log, else as hex.
std::string shown(wire::BytesView identity) {
    const bool plain = std::all_of(identity.begin(), identity.end(), [](std::uint8_t octet) {
        return octet > 0x20 && octet < 0x7F && octet != '"';
    });
    if (plain && !identity.empty()) return '"' + std::string(wire::as_text(identity)) + '"';
    return "0x" + wire::to_hex(identity);
}

std::string quoted(const model::EndpointName& endpoint) {
    return '"' + endpoint.text() + '"';
}

Refused bad_request(std::string reason) {
    return {coap::Code::bad_request, std::move(reason)};
}

Refused no_pack(std::string reason) {
    return {coap::Code::not_implemented, std::move(reason), true};
}

Refused unknown(const BootstrapRequest& request, const Transport& transport) {
    if (transport.secured)
        return bad_request("no device has the PSK identity " + shown(transport.psk_identity));
    return bad_request("no device is called " + quoted(*request.endpoint));
}

std::variant<Admitted, Refused> admit_found(const BootstrapRequest& request,
                                            const Transport& transport, const FoundDevice& found) {
    const provisioning::Device& device = *found.assignment.device;
    // LwM2M 1.0 §7.1.5: the identity was proved by the handshake, the endpoint name must agree.
    if (transport.secured && request.endpoint && *request.endpoint != device.endpoint)
        return bad_request("the PSK identity " + shown(transport.psk_identity) + " belongs to " +
                           quoted(device.endpoint) + ", the request says " +
                           quoted(*request.endpoint));
    if (found.disabled)
        return bad_request("the device " + quoted(device.endpoint) +
                           " is disabled: no file declares it any more");
    if (!transport.secured && !device.credentials.nosec)
        return bad_request("the device " + quoted(device.endpoint) +
                           " may not be served unsecured (credentials.nosec)");
    if (!found.assignment.profile)
        return bad_request("the device " + quoted(device.endpoint) + " has no profile");
    return Admitted{found.assignment};
}

}  // namespace

std::variant<DeviceQuery, Refused> wanted_device(const BootstrapRequest& request,
                                                 const Transport& transport) {
    if (transport.secured)
        return DeviceQuery{DeviceQuery::By::psk_identity,
                           std::string(wire::as_text(transport.psk_identity))};
    if (!request.endpoint)
        return bad_request("an unsecured request names no endpoint, and there is no identity");
    return DeviceQuery{DeviceQuery::By::endpoint, request.endpoint->text()};
}

std::variant<Admitted, Refused> admit(const BootstrapRequest& request, const Transport& transport,
                                      const LookedUp& looked_up) {
    const auto* found = std::get_if<FoundDevice>(&looked_up);
    if (found == nullptr) return unknown(request, transport);
    auto verdict = admit_found(request, transport, *found);
    const auto* admitted = std::get_if<Admitted>(&verdict);
    if (admitted == nullptr || !request.is_pack) return verdict;
    // Its first message would be all the keys, sent to whoever has put that address on a request.
    if (!transport.secured) return no_pack("a Bootstrap-Pack is not sent unsecured");
    const provisioning::Profile& profile = *admitted->assignment.profile;
    if (!profile.pack) return no_pack("the profile " + profile.name + " gives no Bootstrap-Pack");
    return verdict;
}

}  // namespace bootstrap
