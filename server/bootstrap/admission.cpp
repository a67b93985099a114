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

std::variant<Admitted, Refused> with_profile(provisioning::Assignment assignment) {
    if (!assignment.profile) {
        return bad_request("the device " + quoted(assignment.device->endpoint) + " has no profile");
    }
    return Admitted{std::move(assignment)};
}

// The identity was proved by the handshake: its record decides, the endpoint name must agree
// (LwM2M 1.0 §7.1.5).
std::variant<Admitted, Refused> admit_secured(const BootstrapRequest& request,
                                              const Transport& transport,
                                              const provisioning::Catalog& catalog) {
    auto found = catalog.find_by_psk_identity(transport.psk_identity);
    if (!found || !found->device) {
        return bad_request("no device has the PSK identity " + shown(transport.psk_identity));
    }
    if (request.endpoint && *request.endpoint != found->device->endpoint) {
        return bad_request("the PSK identity " + shown(transport.psk_identity) + " belongs to " +
                           quoted(found->device->endpoint) + ", the request says " +
                           quoted(*request.endpoint));
    }
    return with_profile(std::move(*found));
}

std::variant<Admitted, Refused> admit_unsecured(const BootstrapRequest& request,
                                                const provisioning::Catalog& catalog) {
    if (!request.endpoint) {
        return bad_request("an unsecured request names no endpoint, and there is no identity");
    }
    auto found = catalog.find_by_endpoint(request.endpoint->text());
    if (!found || !found->device) {
        return bad_request("no device is called " + quoted(*request.endpoint));
    }
    if (!found->device->credentials.nosec) {
        return bad_request("the device " + quoted(*request.endpoint) +
                           " may not be served unsecured (credentials.nosec)");
    }
    return with_profile(std::move(*found));
}

}  // namespace

std::variant<Admitted, Refused> admit(const BootstrapRequest& request, const Transport& transport,
                                      const provisioning::Catalog& catalog) {
    auto verdict = transport.secured ? admit_secured(request, transport, catalog)
                                     : admit_unsecured(request, catalog);
    const auto* admitted = std::get_if<Admitted>(&verdict);
    if (admitted == nullptr || !request.is_pack) return verdict;
    // Its first message would be all the keys, sent to whoever has put that address on a request.
    if (!transport.secured) return no_pack("a Bootstrap-Pack is not sent unsecured");
    const provisioning::Profile& profile = *admitted->assignment.profile;
    if (!profile.pack) return no_pack("the profile " + profile.name + " gives no Bootstrap-Pack");
    return verdict;
}

}  // namespace bootstrap
