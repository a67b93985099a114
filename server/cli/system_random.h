#pragma once

#include "server/wire/random.h"

namespace cli {

// The kernel's generator.
class SystemRandom final : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace cli
