#include "server/net/peer_credentials.h"

#include <string>
#include <utility>

#include "server/net/handshake_failure.h"

namespace net {
namespace {

const bootstrap::FoundDevice* served(const bootstrap::LookedUp& looked_up) {
    const auto* found = std::get_if<bootstrap::FoundDevice>(&looked_up);
    return found != nullptr && !found->disabled ? found : nullptr;
}

}  // namespace

bootstrap::PublicKeyIdentity identity_of(const dtls::PublicKeyClaim& claim) {
    return {claim.key,    claim.certificate, claim.endpoint,
            claim.issuer, claim.verified,    claim.why_not};
}

bootstrap::DeviceQuery query_of(const dtls::Connection& connection) {
    using By = bootstrap::DeviceQuery::By;
    if (connection.claim()) return {By::public_key, {}, identity_of(*connection.claim())};
    return {By::psk_identity, std::string(wire::as_text(connection.identity())), {}};
}

std::string shown(const dtls::Connection& connection) {
    const auto& claim = connection.claim();
    if (!claim)
        return connection.identity().empty() ? "" : "PSK " + shown_in_part(connection.identity());
    std::string text = claim->certificate
                           ? "certificate sha256:" + wire::to_hex(*claim->certificate)
                           : "raw public key sha256:" + wire::to_hex(claim->key);
    if (!claim->why_not.empty()) text += " (" + claim->why_not + ")";
    return text;
}

const model::Secret* key_of(const bootstrap::LookedUp& looked_up, wire::BytesView identity) {
    const bootstrap::FoundDevice* const found = served(looked_up);
    if (found == nullptr) return nullptr;
    if (found->psk_key) return &*found->psk_key;
    const auto& psk = found->assignment.device->credentials.psk;
    const bool own = psk && wire::as_text(psk->identity) == wire::as_text(identity);
    return own ? &psk->key : nullptr;
}

dtls::Trust trust_of(const bootstrap::LookedUp& looked_up, const dtls::PublicKeyClaim& claim) {
    using Trust = bootstrap::FoundDevice::Trust;
    const bootstrap::FoundDevice* const found = served(looked_up);
    if (found == nullptr) return dtls::Trust::none;
    switch (found->trust) {
        case Trust::none:
            return dtls::Trust::none;
        case Trust::ca:
            return claim.verified ? dtls::Trust::authority : dtls::Trust::none;
        case Trust::pinned_certificate:
            return dtls::Trust::pinned_certificate;
        case Trust::pinned_key:
            return dtls::Trust::pinned_key;
    }
    return dtls::Trust::none;
}

dtls::ExpectedPeer expected_of(const provisioning::Device& device) {
    dtls::ExpectedPeer expected;
    if (const auto& x509 = device.credentials.x509) {
        if (x509->ca) expected.endpoint = device.endpoint.text();
        expected.certificates = x509->certificates;
        expected.keys = x509->keys;
    }
    if (const auto& rpk = device.credentials.rpk)
        expected.keys.push_back(crypto::sha256(rpk->public_key));
    return expected;
}

std::unique_ptr<dtls::Connection> dial(const std::shared_ptr<dtls::Context>& context,
                                       const bootstrap::Reach& reach, dtls::Output& out) {
    const provisioning::Credentials& record = reach.assignment.device->credentials;
    const auto& psk = reach.dial_with ? reach.dial_with : record.psk;
    if (psk && !reach.by_public_key)
        return dtls::Connection::dial(context, dtls::Psk{psk->identity, psk->key}, out);
    if (record.x509 || record.rpk)
        return dtls::Connection::dial(context, expected_of(*reach.assignment.device), out);
    return nullptr;
}

}  // namespace net
