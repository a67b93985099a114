#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/wire/random.h"

namespace dtls {

// RAND_bytes, some in advance: a call costs thousands of instructions whether for 4 octets or for
// a thousand. What was given out is wiped here. Aborts the process when OpenSSL has no
// randomness: nothing safe can follow. Used by one thread, never across a fork.
class OpenSslRandom final : public wire::Random {
  public:
    OpenSslRandom() = default;
    OpenSslRandom(const OpenSslRandom&) = delete;
    OpenSslRandom& operator=(const OpenSslRandom&) = delete;
    ~OpenSslRandom() override;

    void fill(std::span<std::uint8_t> out) override;

  private:
    std::array<std::uint8_t, 512> ahead_{};
    std::size_t used_ = ahead_.size();
};

}  // namespace dtls
