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

// "the certificate sha256:…"; none of it is secret.
std::string shown(const PublicKeyIdentity& who) {
    if (who.certificate) return "the certificate sha256:" + wire::to_hex(*who.certificate);
    return "the raw public key sha256:" + wire::to_hex(who.key);
}

std::string shown(const Transport& transport) {
    if (transport.public_key) return shown(*transport.public_key);
    return "the PSK identity " + shown(transport.psk_identity);
}

Refused unknown(const BootstrapRequest& request, const Transport& transport) {
    if (transport.public_key) {
        const PublicKeyIdentity& who = *transport.public_key;
        std::string reason = "no device has " + shown(who);
        if (!who.endpoint.empty()) reason += ", which names " + shown(wire::as_bytes(who.endpoint));
        if (!who.verified && !who.why_not.empty()) reason += " (" + who.why_not + ")";
        return bad_request(std::move(reason));
    }
    if (transport.secured) return bad_request("no device has " + shown(transport));
    return bad_request("no device is called " + quoted(*request.endpoint));
}

// How a public key is the device's, looked at once more: the handshake went by the record as it was
// then. Nothing: it is.
std::optional<std::string> why_not_trusted(const PublicKeyIdentity& who, const FoundDevice& found) {
    const provisioning::Device& device = *found.assignment.device;
    switch (found.trust) {
        case FoundDevice::Trust::pinned_certificate:
            if (who.certificate) return std::nullopt;
            break;
        case FoundDevice::Trust::pinned_key:
            return std::nullopt;
        case FoundDevice::Trust::ca:
            if (who.verified && who.certificate && who.endpoint == device.endpoint.text())
                return std::nullopt;
            break;
        case FoundDevice::Trust::none:
            break;
    }
    std::string reason =
        shown(who) + " is none that the device " + quoted(device.endpoint) + " is known by";
    if (!who.verified && !who.why_not.empty()) reason += " (" + who.why_not + ")";
    return reason;
}

std::variant<Admitted, Refused> admit_found(const BootstrapRequest& request,
                                            const Transport& transport, const FoundDevice& found) {
    const provisioning::Device& device = *found.assignment.device;
    // LwM2M 1.0 §7.1.5: the identity was proved by the handshake, the endpoint name must agree.
    if (transport.secured && request.endpoint && *request.endpoint != device.endpoint)
        return bad_request(shown(transport) + " belongs to " + quoted(device.endpoint) +
                           ", the request says " + quoted(*request.endpoint));
    if (transport.public_key)
        if (auto reason = why_not_trusted(*transport.public_key, found))
            return bad_request(std::move(*reason));
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
    if (transport.public_key)
        return DeviceQuery{DeviceQuery::By::public_key, {}, transport.public_key};
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
    // It is answered at once: there is no time to make anything and to tell others of it.
    if (!profile.wanted.empty())
        return no_pack("the profile " + profile.name + " has keys made for each device");
    return verdict;
}

}  // namespace bootstrap
