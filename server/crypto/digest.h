#pragma once

#include <array>
#include <cstdint>

#include "server/wire/bytes.h"

// OpenSSL's digests, as values.
namespace crypto {

using Sha256 = std::array<std::uint8_t, 32>;
using Sha384 = std::array<std::uint8_t, 48>;
using Sha512 = std::array<std::uint8_t, 64>;
using Md5 = std::array<std::uint8_t, 16>;

Sha256 sha256(wire::BytesView);
Sha384 sha384(wire::BytesView);
Sha512 sha512(wire::BytesView);
Sha256 hmac_sha256(wire::BytesView key, wire::BytesView message);
// For RADIUS alone (RFC 2866 §3, RFC 2869 §5.14).
Md5 md5(wire::BytesView);
Md5 hmac_md5(wire::BytesView key, wire::BytesView message);

// Constant time in the octets; the lengths are not secret.
bool equal(wire::BytesView, wire::BytesView);

}  // namespace crypto
