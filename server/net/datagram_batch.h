#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

#include "server/net/native_address.h"
#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"

namespace net {

inline constexpr std::size_t batch_size = 32;
// Neither a DTLS record of ours nor a CoAP message (RFC 7252 §4.6) needs more.
inline constexpr std::size_t max_datagram = 2048;

struct Incoming {
    wire::SocketAddress local;
    wire::SocketAddress remote;
    wire::BytesView payload;  // lives until the batch is filled again
};

struct Outgoing {
    wire::SocketAddress local;
    wire::SocketAddress remote;
    wire::Bytes payload;
};

// Room for a control message that tells an address of ours, in the alignment it needs.
union AddressControl {
    cmsghdr header;
    std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> octets;
};

// One recvmmsg() worth of datagrams with the addresses they were sent to. Used by one thread, over
// and over, for all of its sockets.
class ReceiveBatch {
  public:
    ReceiveBatch();
    ReceiveBatch(const ReceiveBatch&) = delete;
    ReceiveBatch& operator=(const ReceiveBatch&) = delete;

    struct Result {
        int error = 0;              // errno; EAGAIN: nothing waits
        std::size_t taken = 0;      // out of the socket, the oversized among them
        std::size_t oversized = 0;  // cut off by the kernel, and therefore dropped
    };
    // `bound` tells the port, and the address where the kernel does not.
    Result fill(int socket, const wire::SocketAddress& bound);
    const std::vector<Incoming>& datagrams() const { return datagrams_; }

  private:
    std::array<mmsghdr, batch_size> messages_{};
    std::array<iovec, batch_size> vectors_{};
    std::array<sockaddr_storage, batch_size> addresses_{};
    std::array<AddressControl, batch_size> controls_{};
    std::vector<std::uint8_t> buffer_;
    std::vector<Incoming> datagrams_;
};

// One sendmmsg() worth of datagrams, each with the address of ours that it leaves from.
class SendBatch {
  public:
    SendBatch();
    SendBatch(const SendBatch&) = delete;
    SendBatch& operator=(const SendBatch&) = delete;

    struct Result {
        std::size_t sent = 0;
        std::size_t failed = 0;
        bool refusals = false;  // ICMP told something: the socket's error queue wants to be read
    };
    Result send(int socket, const std::vector<Outgoing>& datagrams);

  private:
    void prepare(std::size_t slot, const Outgoing& datagram);
    bool send_prepared(int socket, std::size_t count, Result& result);

    std::array<mmsghdr, batch_size> messages_{};
    std::array<iovec, batch_size> vectors_{};
    std::array<NativeAddress, batch_size> addresses_{};
    std::array<AddressControl, batch_size> controls_{};
};

// The address of ours in the control messages of a received message, or `otherwise`.
wire::IpAddress local_address(const msghdr& message, const wire::IpAddress& otherwise);

}  // namespace net
