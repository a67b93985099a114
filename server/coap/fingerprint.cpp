// SipHash-2-4: the input in little-endian words of 8 octets, the last one filled up with zeros and
// the input's length modulo 256 in its highest octet; two rounds a word, four at the end.

#include "server/coap/fingerprint.h"

#include <bit>

namespace coap {
namespace {

struct State {
    std::uint64_t a, b, c, d;

    void round() {
        a += b;
        c += d;
        b = std::rotl(b, 13) ^ a;
        d = std::rotl(d, 16) ^ c;
        a = std::rotl(a, 32);
        c += b;
        a += d;
        b = std::rotl(b, 17) ^ c;
        d = std::rotl(d, 21) ^ a;
        c = std::rotl(c, 32);
    }

    void word(std::uint64_t value) {
        d ^= value;
        round();
        round();
        a ^= value;
    }
};

std::uint64_t little_endian(wire::BytesView octets) {
    std::uint64_t value = 0;
    for (std::size_t i = octets.size(); i > 0; --i) value = value << 8 | octets[i - 1];
    return value;
}

}  // namespace

std::uint64_t fingerprint(const FingerprintKey& key, wire::BytesView octets) {
    State state{key[0] ^ 0x736f6d6570736575ULL, key[1] ^ 0x646f72616e646f6dULL,
                key[0] ^ 0x6c7967656e657261ULL, key[1] ^ 0x7465646279746573ULL};
    const std::uint64_t size = octets.size();
    while (octets.size() >= 8) {
        state.word(little_endian(octets.first(8)));
        octets = octets.subspan(8);
    }
    state.word(little_endian(octets) | size << 56);
    state.c ^= 0xFF;
    for (int i = 0; i < 4; ++i) state.round();
    return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace coap
