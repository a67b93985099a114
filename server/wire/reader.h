#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/wire/bytes.h"

namespace wire {

// Reads big-endian numbers and runs of octets from a buffer; never past its end.
// A read that does not fit returns nothing and consumes nothing. The views it returns live as
// long as the buffer.
class Reader {
  public:
    explicit Reader(BytesView in) : in_(in) {}

    std::size_t remaining() const { return in_.size(); }
    bool empty() const { return in_.empty(); }
    BytesView rest() const { return in_; }

    // 1 to 8 octets as an unsigned number; 0 octets are the number 0.
    std::optional<std::uint64_t> number(std::size_t octets) {
        if (octets > 8 || octets > in_.size()) return std::nullopt;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < octets; ++i) value = value << 8 | in_[i];
        in_ = in_.subspan(octets);
        return value;
    }

    std::optional<std::uint8_t> u8() { return narrow<std::uint8_t>(number(1)); }
    std::optional<std::uint16_t> u16() { return narrow<std::uint16_t>(number(2)); }
    std::optional<std::uint32_t> u24() { return narrow<std::uint32_t>(number(3)); }
    std::optional<std::uint32_t> u32() { return narrow<std::uint32_t>(number(4)); }

    std::optional<BytesView> take(std::size_t octets) {
        if (octets > in_.size()) return std::nullopt;
        const BytesView taken = in_.first(octets);
        in_ = in_.subspan(octets);
        return taken;
    }

  private:
    template <class T>
    static std::optional<T> narrow(std::optional<std::uint64_t> value) {
        if (!value) return std::nullopt;
        return static_cast<T>(*value);
    }

    BytesView in_;
};

}  // namespace wire
