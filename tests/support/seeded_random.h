#pragma once

#include <cstdint>

#include "server/wire/random.h"

namespace support {

// The same numbers from the same seed, on every machine (SplitMix64).
class SeededRandom final : public wire::Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = static_cast<std::uint8_t>(next() >> 32);
    }

    bool chance(double probability) { return next_unit() < probability; }
    std::size_t below(std::size_t bound) { return next() % bound; }

  private:
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    std::uint64_t state_;
};

}  // namespace support
