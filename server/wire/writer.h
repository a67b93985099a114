#pragma once

#include <cstddef>
#include <cstdint>

#include "server/wire/bytes.h"

namespace wire {

// Appends big-endian numbers and runs of octets to a buffer that outlives it.
class Writer {
  public:
    explicit Writer(Bytes& out) : out_(out) {}

    // The lowest `octets` octets of the value, 0 to 8.
    void number(std::uint64_t value, std::size_t octets) {
        for (std::size_t i = octets; i > 0; --i)
            out_.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
    }
    void u8(std::uint8_t value) { out_.push_back(value); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u24(std::uint32_t value) { number(value, 3); }
    void u32(std::uint32_t value) { number(value, 4); }
    void bytes(BytesView value) { out_.insert(out_.end(), value.begin(), value.end()); }

  private:
    Bytes& out_;
};

}  // namespace wire
