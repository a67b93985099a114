#pragma once

#include <cstdint>

#include "server/wire/socket_address.h"

namespace net {

// Which shard owns a peer: a pure function of its address, the same in the kernel's classic BPF
// program and here, so that a datagram the daemon sends first is answered to the shard that sent
// it. Correctness never depends on the kernel's part.
class Steering {
  public:
    // `key` is odd and random at every start.
    Steering(std::uint16_t shards, std::uint32_t key);

    std::uint16_t owner(const wire::SocketAddress& remote) const;
    // Attaches the program to the reuseport group of a bound socket; false when the kernel
    // refuses.
    bool attach(int socket) const;

  private:
    std::uint16_t shards_;
    std::uint32_t key_;
};

}  // namespace net
