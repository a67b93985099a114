#include "server/lwm2m/utf8.h"

#include <cstddef>
#include <cstdint>

// RFC 3629 §4:
//
//   UTF8-1 = %x00-7F
//   UTF8-2 = %xC2-DF tail
//   UTF8-3 = %xE0 %xA0-BF tail / %xE1-EC 2tail / %xED %x80-9F tail / %xEE-EF 2tail
//   UTF8-4 = %xF0 %x90-BF 2tail / %xF1-F3 3tail / %xF4 %x80-8F 2tail
//   tail   = %x80-BF

namespace lwm2m {
namespace {

struct Sequence {
    std::size_t tails = 0;
    // What the first of the tails may be.
    std::uint8_t lowest = 0x80;
    std::uint8_t highest = 0xBF;
};

bool begins(std::uint8_t first, Sequence& sequence) {
    if (first <= 0x7F) return true;
    if (first < 0xC2 || first > 0xF4) return false;
    sequence.tails = first <= 0xDF ? 1 : first <= 0xEF ? 2 : 3;
    if (first == 0xE0) sequence.lowest = 0xA0;
    if (first == 0xED) sequence.highest = 0x9F;
    if (first == 0xF0) sequence.lowest = 0x90;
    if (first == 0xF4) sequence.highest = 0x8F;
    return true;
}

}  // namespace

bool is_utf8(wire::BytesView octets) {
    while (!octets.empty()) {
        Sequence sequence;
        if (!begins(octets[0], sequence) || octets.size() <= sequence.tails) return false;
        for (std::size_t i = 1; i <= sequence.tails; ++i) {
            if (octets[i] < sequence.lowest || octets[i] > sequence.highest) return false;
            sequence.lowest = 0x80;
            sequence.highest = 0xBF;
        }
        octets = octets.subspan(1 + sequence.tails);
    }
    return true;
}

}  // namespace lwm2m
