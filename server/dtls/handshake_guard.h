#pragma once

#include <cstddef>

#include "server/wire/bytes.h"

namespace dtls {

// Bounds what an association that is not yet established may make OpenSSL keep. OpenSSL buffers up
// to 100 records of an epoch whose keys it does not have, a buffer of 16 KiB each: 1.6 MiB, from
// anybody who can guess an address and a port.
class HandshakeGuard {
  public:
    // Octets of all datagrams of one handshake, retransmissions included.
    static constexpr std::size_t max_octets = 32 * 1024;
    // Records of a later epoch that came before their keys.
    static constexpr std::size_t max_early_records = 8;

    // As much of the datagram, from its beginning, as may go to OpenSSL; `keys_known` when the
    // peer's ChangeCipherSpec was processed.
    wire::BytesView admit(wire::BytesView datagram, bool keys_known);

  private:
    std::size_t octets_ = 0;
    std::size_t early_records_ = 0;
};

}  // namespace dtls
