#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace wire {

// Where randomness comes from: OpenSSL's generator in the daemon, a seed in tests.
// Used by one thread.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;

    std::uint32_t next_u32() {
        std::array<std::uint8_t, 4> raw{};
        fill(raw);
        return static_cast<std::uint32_t>(raw[0]) << 24 | static_cast<std::uint32_t>(raw[1]) << 16 |
               static_cast<std::uint32_t>(raw[2]) << 8 | raw[3];
    }

    // A number in [0, 1).
    double next_unit() { return static_cast<double>(next_u32()) / 4294967296.0; }
};

}  // namespace wire
