#include "server/dtls/random.h"

#include <algorithm>
#include <cstdlib>

#include <climits>
#include <openssl/rand.h>

namespace dtls {

void OpenSslRandom::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const std::size_t some = std::min<std::size_t>(out.size(), INT_MAX);
        if (RAND_bytes(out.data(), static_cast<int>(some)) != 1) std::abort();
        out = out.subspan(some);
    }
}

}  // namespace dtls
