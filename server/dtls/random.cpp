#include "server/dtls/random.h"

#include <algorithm>
#include <cstdlib>

#include <climits>
#include <openssl/rand.h>

#include "provisioning/model/secret.h"

namespace dtls {
namespace {

void fresh(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const std::size_t some = std::min<std::size_t>(out.size(), INT_MAX);
        if (RAND_bytes(out.data(), static_cast<int>(some)) != 1) std::abort();
        out = out.subspan(some);
    }
}

}  // namespace

OpenSslRandom::~OpenSslRandom() {
    model::wipe(ahead_.data(), ahead_.size());
}

void OpenSslRandom::fill(std::span<std::uint8_t> out) {
    if (out.size() > ahead_.size()) return fresh(out);
    if (out.size() > ahead_.size() - used_) {
        fresh(ahead_);
        used_ = 0;
    }
    const std::span<std::uint8_t> given = std::span(ahead_).subspan(used_, out.size());
    std::copy(given.begin(), given.end(), out.begin());
    model::wipe(given.data(), given.size());
    used_ += out.size();
}

}  // namespace dtls
