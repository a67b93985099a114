// A Block value, RFC 7959 §2.2, an unsigned number in 0 to 3 octets:
//
//    +------------------------------+---+---------+
//    |       NUM (up to 20 bits)    | M |   SZX   |
//    +------------------------------+---+---------+
//                                     1   3 bits     size = 2 ** (SZX + 4)

#include "server/coap/block.h"

#include "server/coap/options.h"

namespace coap {

Result<Block> Block::from(wire::BytesView value) {
    if (value.size() > 3) return Errc::bad_block;
    const std::uint32_t number = uint_value(value).value_or(0);
    Block block;
    block.number = number >> 4;
    block.more = (number & 0x08U) != 0;
    block.szx = static_cast<std::uint8_t>(number & 0x07U);
    if (block.szx == 7) return Errc::bad_block;
    return block;
}

std::uint8_t szx_for(std::size_t octets) {
    std::uint8_t szx = 0;
    while (szx < 6 && (std::size_t{32} << szx) <= octets) ++szx;
    return szx;
}

}  // namespace coap
