#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/wire/bytes.h"

namespace dtls {

// Bounds what an association that is not yet established may make OpenSSL keep. OpenSSL buffers up
// to 100 records of an epoch whose keys it does not have, a buffer of 16 KiB each: 1.6 MiB, from
// anybody who can guess an address and a port. For a fragment of one octet it reserves the length
// that the message is said to have, up to 16 KiB, for ten messages at once.
class HandshakeGuard {
  public:
    // Octets of all datagrams of one handshake, retransmissions included.
    static constexpr std::size_t max_octets = 32 * 1024;
    // Records of a later epoch that came before their keys.
    static constexpr std::size_t max_early_records = 8;
    // What a handshake message may be said to be long: a Certificate where one is awaited, others.
    static constexpr std::size_t max_certificate = 8 * 1024;
    static constexpr std::size_t max_message = 2 * 1024;

    // Without a number a Certificate is awaited in any message.
    explicit HandshakeGuard(std::optional<std::uint16_t> certificate_seq = std::nullopt)
        : certificate_seq_(certificate_seq) {}

    // As much of the datagram, from its beginning, as may go to OpenSSL; `keys_known` when the
    // peer's ChangeCipherSpec was processed.
    wire::BytesView admit(wire::BytesView datagram, bool keys_known);

  private:
    bool plausible(wire::BytesView record_body) const;

    std::optional<std::uint16_t> certificate_seq_;
    std::size_t octets_ = 0;
    std::size_t early_records_ = 0;
};

}  // namespace dtls
