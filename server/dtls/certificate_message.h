#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "server/wire/bytes.h"

// What a Certificate message holds. Total functions: any octets; the views live as long as they.
namespace dtls {

// Longer chains are refused.
inline constexpr std::size_t max_chain = 8;

// The certificates, DER, the peer's own first; empty where it has none. RFC 5246 §7.4.2.
std::optional<std::vector<wire::BytesView>> certificate_chain(wire::BytesView message);
// The SubjectPublicKeyInfo where a raw public key was agreed on; empty where it has none. RFC 7250
// §3.
std::optional<wire::BytesView> raw_public_key(wire::BytesView message);

}  // namespace dtls
