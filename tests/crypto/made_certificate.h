#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

// A certificate made for a test: a fixed one would expire.
struct MadeCertificate {
    wire::Bytes der;
    model::Secret key;  // PKCS #8
};

struct CertificateWish {
    std::string common_name = "a device";
    std::string alternative_names = {};  // as in "DNS:a.example.com,URI:urn:dev:1"
    bool is_authority = false;
    std::int64_t not_before = 1'600'000'000, not_after = 4'000'000'000;  // seconds since 1970
    std::string curve = "P-256";                                         // or "ED25519"
    const MadeCertificate* issuer = nullptr;                             // null: self-signed
};

MadeCertificate make_certificate(const CertificateWish&);
// -----BEGIN label-----
std::string pem_of(std::string_view label, wire::BytesView der);
