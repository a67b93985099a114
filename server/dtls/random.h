#pragma once

#include "server/wire/random.h"

namespace dtls {

// RAND_bytes. Aborts the process when OpenSSL has no randomness: nothing safe can follow.
class OpenSslRandom final : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace dtls
