#include "provisioning/model/endpoint_name.h"

#include <cstdint>

#include "server/wire/bytes.h"

// Well-formed UTF-8, RFC 3629 §4:
//   00..7F
//   C2..DF 80..BF
//   E0 A0..BF 80..BF | E1..EC,EE..EF 80..BF 80..BF | ED 80..9F 80..BF
//   F0 90..BF 80..BF 80..BF | F1..F3 80..BF 80..BF 80..BF | F4 80..8F 80..BF 80..BF

namespace model {
namespace {

struct Sequence {
    std::size_t octets;
    std::uint32_t bits;      // of the first octet
    std::uint32_t smallest;  // what needs this many octets; anything less is overlong
};

std::optional<Sequence> sequence_begun_by(std::uint8_t first) {
    if (first < 0x80) return Sequence{1, first, 0};
    if (first >> 5 == 0x06) return Sequence{2, first & 0x1Fu, 0x80};
    if (first >> 4 == 0x0E) return Sequence{3, first & 0x0Fu, 0x800};
    if (first >> 3 == 0x1E) return Sequence{4, first & 0x07u, 0x10000};
    return std::nullopt;
}

// C0, DEL and C1: what could steer a terminal or split a line of a log.
bool is_control(std::uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

// The code point at the front, which is removed; nothing when it is not well-formed.
std::optional<std::uint32_t> take_code_point(wire::BytesView& in) {
    const auto sequence = sequence_begun_by(in.front());
    if (!sequence || sequence->octets > in.size()) return std::nullopt;
    std::uint32_t code_point = sequence->bits;
    for (const std::uint8_t octet : in.subspan(1, sequence->octets - 1)) {
        if (octet >> 6 != 0x02) return std::nullopt;
        code_point = code_point << 6 | (octet & 0x3Fu);
    }
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < sequence->smallest || code_point > 0x10FFFF || is_surrogate)
        return std::nullopt;
    in = in.subspan(sequence->octets);
    return code_point;
}

}  // namespace

std::optional<EndpointName> EndpointName::from(std::string_view text) {
    if (text.empty() || text.size() > max_octets) return std::nullopt;
    wire::BytesView rest = wire::as_bytes(text);
    while (!rest.empty()) {
        const auto code_point = take_code_point(rest);
        if (!code_point || is_control(*code_point)) return std::nullopt;
    }
    return EndpointName(std::string(text));
}

}  // namespace model
