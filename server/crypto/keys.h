#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/secret.h"
#include "server/crypto/digest.h"
#include "server/wire/bytes.h"

// Keys and certificates as they come in files, profiles and records: PEM or DER. Errors are for
// people and hold no octet of a key; OpenSSL's queue of errors is empty afterwards.
namespace crypto {

// RFC 5958 (PKCS #8, version 1) of a private key in PKCS #8, SEC1 (RFC 5915) or PEM of either.
boost::system::result<model::Secret, std::string> private_key(wire::BytesView text_or_der);
// SubjectPublicKeyInfo, DER, of one in DER or PEM.
boost::system::result<wire::Bytes, std::string> public_key(wire::BytesView text_or_der);
// The SubjectPublicKeyInfo of a private key as private_key() gives it.
boost::system::result<wire::Bytes, std::string> public_key_of(const model::Secret& private_key);
// The curve of a SubjectPublicKeyInfo, as CertificateFacts has it.
std::string curve_of(wire::BytesView public_key);
// One certificate, DER or the first of a PEM.
boost::system::result<wire::Bytes, std::string> certificate(wire::BytesView text_or_der);
// All certificates of a PEM, or those whose DER follows one another; in order, at least one.
boost::system::result<std::vector<wire::Bytes>, std::string> certificates(wire::BytesView);
boost::system::result<std::vector<wire::Bytes>, std::string> revocation_lists(wire::BytesView);

struct CertificateFacts {
    std::int64_t not_before = 0, not_after = 0;  // seconds since 1970
    std::string subject, issuer;                 // as RFC 2253 writes them
    std::vector<std::string> common_names;
    std::vector<std::string> dns_names, uris;  // subjectAltName
    wire::Bytes public_key;                    // SubjectPublicKeyInfo, DER
    std::string curve;                         // "prime256v1", "ED25519"; else the kind of key
    bool is_authority = false;
};
boost::system::result<CertificateFacts, std::string> facts(wire::BytesView der);

// Whether the second's key signed the first, and the names fit; not whether either is valid now.
bool is_issued_by(wire::BytesView der, wire::BytesView issuer);
// RFC 6125: by a DNS name of subjectAltName, without any by the common name.
bool names_host(wire::BytesView der, std::string_view host);

// A new P-256 key pair.
struct KeyPair {
    model::Secret private_key;  // RFC 5958
    wire::Bytes public_key;     // SubjectPublicKeyInfo
};
boost::system::result<KeyPair, std::string> make_key_pair();

// HKDF-SHA-256 without a salt, RFC 5869; at most 8160 octets.
model::Secret hkdf_sha256(const model::Secret& key, wire::BytesView info, std::size_t octets);

}  // namespace crypto
