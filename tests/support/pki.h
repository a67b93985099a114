#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

// A small public-key infrastructure in memory. Throws where OpenSSL fails.
namespace support {

enum class KeyKind : std::uint8_t { p256, p384, ed25519, secp256k1, rsa };

struct Holder {
    wire::Bytes certificate;         // DER
    std::vector<wire::Bytes> chain;  // its certificate, then its issuers but for the root
    model::Secret key;               // PKCS #8, DER
    wire::Bytes public_key;          // SubjectPublicKeyInfo, DER
};

struct Wanted {
    std::vector<std::string> common_names;
    std::vector<std::string> dns_names;
    std::vector<std::string> uris;
    KeyKind kind = KeyKind::p256;
    bool authority = false;
    std::chrono::seconds valid_from = -std::chrono::hours(1);  // from now
    std::chrono::seconds valid_to = std::chrono::hours(24);
    std::string key_purposes;  // as OpenSSL's configuration has them: "clientAuth,serverAuth"
    bool by_sha1 = false;      // how its issuer signs
};
Wanted named(std::string common_name);
Wanted authority(std::string common_name);

Holder self_signed(const Wanted&);
Holder issued_by(const Holder& issuer, const Wanted&);
// Another certificate for the key of a holder.
Holder renewed(const Holder& issuer, const Holder&, const Wanted&);

// DER of a list that the issuer signed.
wire::Bytes revocation_list(const Holder& issuer, const std::vector<wire::Bytes>& revoked,
                            std::chrono::seconds next_update = std::chrono::hours(24));

std::string certificate_pem(wire::BytesView der);
std::string key_pem(const model::Secret& pkcs8);
std::string revocation_list_pem(wire::BytesView der);

}  // namespace support
