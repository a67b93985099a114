#pragma once

#include <array>
#include <cstdint>

#include "server/wire/bytes.h"

// OpenSSL's digests, as values.
namespace crypto {

using Sha256 = std::array<std::uint8_t, 32>;
using Md5 = std::array<std::uint8_t, 16>;

Sha256 sha256(wire::BytesView);
Sha256 hmac_sha256(wire::BytesView key, wire::BytesView message);
// For RADIUS alone (RFC 2866 §3, RFC 2869 §5.14).
Md5 md5(wire::BytesView);
Md5 hmac_md5(wire::BytesView key, wire::BytesView message);

// Constant time in the octets; the lengths are not secret.
bool equal(wire::BytesView, wire::BytesView);

}  // namespace crypto
