#pragma once

#include <cstdint>
#include <vector>

#include "server/wire/bytes.h"

// DTLS records and handshake fragments written by hand, RFC 6347 §4.1 and §4.2.2.
namespace dtls::testing {

struct RawFragment {
    std::uint8_t type = 16;
    std::uint32_t message_length = 0;
    std::uint16_t message_seq = 2;
    std::uint32_t offset = 0;
    wire::Bytes body;
};
wire::Bytes raw(const RawFragment&);

struct RawRecord {
    std::uint8_t type = 22;
    std::uint16_t epoch = 0;
    std::uint64_t sequence = 0;
    wire::Bytes body;
    std::uint16_t version = 0xFEFD;
};
wire::Bytes raw(const RawRecord&);

// The records of a datagram, each with its header.
std::vector<wire::Bytes> split_records(wire::BytesView datagram);

// One record that holds a whole handshake message, as records that hold `parts` fragments of it,
// their sequence numbers counted from `sequence`.
std::vector<wire::Bytes> split_message(wire::BytesView record, std::size_t parts,
                                       std::uint64_t sequence);

wire::Bytes joined(const std::vector<wire::Bytes>&);

}  // namespace dtls::testing
