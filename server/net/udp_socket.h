#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "server/wire/socket_address.h"

namespace net {

// A non-blocking UDP socket that tells the local address of every datagram and keeps what ICMP
// says of those it sent. Used by one thread.
class UdpSocket {
  public:
    // The sockets of one address, one a shard, in shard order. The first is bound alone, without
    // SO_REUSEPORT, and joined by the others after that: so whoever else has the address, a second
    // daemon of the same user among them, makes it fail. The error names address and remedy.
    static boost::system::result<std::vector<UdpSocket>, std::string> open_group(
        const wire::SocketAddress& address, std::size_t count);
    // The same of sockets that somebody else opened and bound to the address, as a service manager
    // does: they are duplicated, and neither bound again nor given other buffers. Where they are
    // fewer than `count`, shards share them: the first receive, the others only send. Sockets of
    // our own could not join them, since the kernel wants a group to be one user's.
    static boost::system::result<std::vector<UdpSocket>, std::string> adopt_group(
        const wire::SocketAddress& address, std::span<const int> passed, std::size_t count);

    UdpSocket(UdpSocket&&) noexcept;
    UdpSocket& operator=(UdpSocket&&) noexcept;
    ~UdpSocket();

    int native() const { return descriptor_; }
    // The port is the one that the kernel chose where 0 was asked for.
    const wire::SocketAddress& bound() const { return bound_; }
    // False: what arrives is another shard's to receive.
    bool receives() const { return receives_; }

    struct Refusal {
        wire::SocketAddress local;
        wire::SocketAddress remote;
    };
    // What ICMP said since the last time: a port, protocol or host that cannot be reached. A few
    // at most in one go.
    std::vector<Refusal> take_refusals();

  private:
    explicit UdpSocket(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
    wire::SocketAddress bound_;
    bool receives_ = true;
};

}  // namespace net
