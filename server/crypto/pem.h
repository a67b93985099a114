#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

namespace crypto {

// Larger inputs are read by none of this folder's functions.
inline constexpr std::size_t max_encoded = 1024 * std::size_t{1024};
inline constexpr std::size_t max_pem_blocks = 512;

// "-----BEGIN name-----" and what it holds, RFC 7468. Private keys are among them.
struct PemBlock {
    std::string name;
    bool is_encrypted = false;  // as OpenSSL's headers say it, RFC 1421
    model::Secret octets;
};

bool looks_like_pem(wire::BytesView);
// At most max_pem_blocks, up to the first that is damaged.
std::vector<PemBlock> read_pem(wire::BytesView);

}  // namespace crypto
