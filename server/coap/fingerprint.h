#pragma once

#include <array>
#include <cstdint>

#include "server/wire/bytes.h"

namespace coap {

using FingerprintKey = std::array<std::uint64_t, 2>;

// SipHash-2-4 (Aumasson, Bernstein 2012): tells datagrams apart in 8 octets; who does not know the
// key cannot make two that look the same.
std::uint64_t fingerprint(const FingerprintKey& key, wire::BytesView octets);

}  // namespace coap
