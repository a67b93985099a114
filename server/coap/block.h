#pragma once

#include <cstddef>
#include <cstdint>

#include "server/coap/errc.h"
#include "server/wire/bytes.h"

namespace coap {

// The value of a Block1 or Block2 option, RFC 7959 §2.2.
struct Block {
    std::uint32_t number = 0;  // NUM, 20 bits
    bool more = false;         // M
    std::uint8_t szx = 6;      // 0 to 6: 16 to 1024 octets

    std::size_t size() const { return std::size_t{16} << szx; }
    std::size_t offset() const { return number * size(); }
    std::uint32_t value() const {
        return number << 4 | static_cast<std::uint32_t>(more) << 3 | szx;
    }
    // bad_block for the reserved SZX 7 and for more than three octets.
    static Result<Block> from(wire::BytesView value);

    friend bool operator==(const Block&, const Block&) = default;
};

inline constexpr std::uint32_t max_block_number = (1U << 20) - 1;
inline constexpr std::size_t max_block_size = 1024;

// The SZX of the largest block that is no larger than `octets`; 0 below 32 octets.
std::uint8_t szx_for(std::size_t octets);

}  // namespace coap
