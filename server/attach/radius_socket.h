#pragma once

#include <optional>
#include <span>
#include <string>

#include "server/asio.h"
#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"

namespace attach::radius {

// A non-blocking UDP socket that answers from the address that was asked: a gateway with a
// connected socket drops what comes from another of ours. The io_context outlives it.
class Socket {
  public:
    explicit Socket(boost::asio::io_context& context) : socket_(context) {}

    // Nothing, or why not, with the remedy.
    std::optional<std::string> open(const wire::SocketAddress& address);
    // Where it really listens.
    const wire::SocketAddress& bound() const { return bound_; }
    boost::asio::ip::udp::socket& get() { return socket_; }

    struct Datagram {
        wire::SocketAddress local;
        wire::SocketAddress remote;
        wire::BytesView octets;  // in the buffer; what did not fit into it is cut off
    };
    // Nothing when there is none, or the socket failed.
    std::optional<Datagram> receive(std::span<std::uint8_t> buffer);
    // False when the kernel did not take it.
    bool send(const wire::SocketAddress& local, const wire::SocketAddress& remote,
              wire::BytesView octets);

  private:
    boost::asio::ip::udp::socket socket_;
    wire::SocketAddress bound_;
};

}  // namespace attach::radius
