#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/catalog.h"
#include "provisioning/model/secret.h"
#include "server/crypto/digest.h"

// Which device somebody is, as it is asked of who keeps the records.
namespace bootstrap {

// What a peer showed of its public key; proved once the handshake has finished.
struct PublicKeyIdentity {
    crypto::Sha256 key{};  // of the SubjectPublicKeyInfo
    // Of a certificate; without one it is a raw public key (RFC 7250).
    std::optional<crypto::Sha256> certificate;  // of the DER
    std::string endpoint;  // that the certificate names, by the settings' rule; empty: none
    std::string issuer;    // as RFC 2253 writes it
    // Verified against the settings' CAs and revocation lists; else why not.
    bool verified = false;
    std::string why_not;
    friend bool operator==(const PublicKeyIdentity&, const PublicKeyIdentity&) = default;
};

struct DeviceQuery {
    // public_key: the device that pins the certificate, or else the key, or else (verified) the
    // one of the endpoint that the certificate names.
    enum class By { psk_identity, endpoint, public_key };
    By by = By::endpoint;
    std::string value;  // of an identity: any octets
    std::optional<PublicKeyIdentity> public_key{};
    friend bool operator==(const DeviceQuery&, const DeviceQuery&) = default;
};

struct FoundDevice {
    provisioning::Assignment assignment;
    // Its record is kept, but the file that declared it does so no more: it is not served.
    bool disabled = false;
    // By a PSK identity: the key that it has now, where that is not the record's own.
    std::optional<model::Secret> psk_key{};
    // By a public key: how it is the device's. `ca` counts only where the chain was verified.
    enum class Trust { none, ca, pinned_certificate, pinned_key } trust = Trust::none;
    // The account's credentials to dial the device with, the likeliest first; empty: the record's.
    std::vector<provisioning::PskCredential> to_dial{};
    // The account has purged itself by what an earlier session wrote to /0/x/12.
    bool account_expired = false;
};
struct UnknownDevice {};
using LookedUp = std::variant<FoundDevice, UnknownDevice>;

// The store is full or slow: nobody can tell now.
struct Unavailable {};
using DeviceAnswer = std::variant<LookedUp, Unavailable>;

}  // namespace bootstrap
