#include "server/net/udp_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "server/net/datagram_batch.h"
#include "server/net/native_address.h"

namespace net {
namespace {

constexpr int buffer_octets = 4 * 1024 * 1024;
constexpr std::size_t refusals_at_once = 64;

bool enable(int socket, int level, int option) {
    const int on = 1;
    return ::setsockopt(socket, level, option, &on, sizeof on) == 0;
}

// FORCE goes above the system's limit and needs a capability; without it, up to that limit.
void enlarge(int socket, int forced, int option) {
    if (::setsockopt(socket, SOL_SOCKET, forced, &buffer_octets, sizeof buffer_octets) != 0)
        ::setsockopt(socket, SOL_SOCKET, option, &buffer_octets, sizeof buffer_octets);
}

std::string explain(const wire::SocketAddress& address, int error) {
    std::string text = "cannot listen on " + address.to_string() + ": ";
    if (error == EADDRINUSE) {
        return text +
               "the address is in use by another program or another instance of this daemon; stop "
               "that one or choose another address or port";
    }
    if (error == EADDRNOTAVAIL) {
        return text +
               "no interface of this host has that address; choose one that it has, 0.0.0.0 or "
               "[::]";
    }
    if (error == EACCES) {
        return text +
               "not permitted; ports below 1024 need the capability CAP_NET_BIND_SERVICE, or "
               "choose a higher one";
    }
    return text + std::generic_category().message(error);
}

// The local address of every datagram, and what ICMP says.
bool tell_more(int socket, wire::IpAddress::Family family) {
    if (family == wire::IpAddress::Family::v4)
        return enable(socket, IPPROTO_IP, IP_PKTINFO) && enable(socket, IPPROTO_IP, IP_RECVERR);
    return enable(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO) &&
           enable(socket, IPPROTO_IPV6, IPV6_RECVERR);
}

bool configure(int socket, wire::IpAddress::Family family) {
    enlarge(socket, SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge(socket, SO_SNDBUFFORCE, SO_SNDBUF);
    if (family == wire::IpAddress::Family::v6 && !enable(socket, IPPROTO_IPV6, IPV6_V6ONLY))
        return false;
    return tell_more(socket, family);
}

// It cannot be changed any more once a socket is bound.
bool takes_v4_too(int socket) {
    int only = 0;
    socklen_t size = sizeof only;
    return ::getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0 && only == 0;
}

bool make_non_blocking(int socket) {
    const int flags = ::fcntl(socket, F_GETFL);
    return flags >= 0 && ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0;
}

bool is_refusal(const msghdr& message) {
    auto& mutable_message = const_cast<msghdr&>(message);  // CMSG_NXTHDR takes no const
    for (cmsghdr* control = CMSG_FIRSTHDR(&mutable_message); control != nullptr;
         control = CMSG_NXTHDR(&mutable_message, control)) {
        const bool told =
            (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR) ||
            (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR);
        if (!told) continue;
        sock_extended_err error;
        std::memcpy(&error, CMSG_DATA(control), sizeof error);
        const bool from_network =
            error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
        return from_network && (error.ee_errno == ECONNREFUSED || error.ee_errno == EHOSTUNREACH ||
                                error.ee_errno == ENETUNREACH || error.ee_errno == ENOPROTOOPT);
    }
    return false;
}

}  // namespace

boost::system::result<std::vector<UdpSocket>, std::string> UdpSocket::open_group(
    const wire::SocketAddress& address, std::size_t count) {
    const auto family = address.ip.family();
    wire::SocketAddress wanted = address;
    std::vector<UdpSocket> group;
    for (std::size_t i = 0; i < count; ++i) {
        const int descriptor = ::socket(family == wire::IpAddress::Family::v4 ? AF_INET : AF_INET6,
                                        SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) return explain(address, errno);
        UdpSocket socket(descriptor);
        if (!configure(descriptor, family)) return explain(address, errno);
        if (i > 0 && !enable(descriptor, SOL_SOCKET, SO_REUSEPORT)) return explain(address, errno);
        const NativeAddress native = to_native(wanted);
        if (::bind(descriptor, native.get(), native.size) != 0) return explain(address, errno);
        if (i == 0 && count > 1 && !enable(descriptor, SOL_SOCKET, SO_REUSEPORT))
            return explain(address, errno);
        NativeAddress got;
        got.size = sizeof got.storage;
        if (::getsockname(descriptor, got.get(), &got.size) != 0) return explain(address, errno);
        socket.bound_ = from_native(got.storage);
        wanted = socket.bound_;
        group.push_back(std::move(socket));
    }
    return group;
}

boost::system::result<std::vector<UdpSocket>, std::string> UdpSocket::adopt_group(
    const wire::SocketAddress& address, std::span<const int> passed, std::size_t count) {
    const auto family = address.ip.family();
    const std::string which = "the sockets that were passed for " + address.to_string();
    if (passed.size() > count)
        return which + " are " + std::to_string(passed.size()) +
               ", and the shards that would receive from them " + std::to_string(count) +
               "; list the address so often at most in the socket unit, or raise \"shards\"";
    std::vector<UdpSocket> group;
    for (std::size_t i = 0; i < count; ++i) {
        const int original = passed[i % passed.size()];
        if (family == wire::IpAddress::Family::v6 && takes_v4_too(original))
            return which +
                   " take IPv4 as well; write BindIPv6Only=ipv6-only in the socket unit, and list "
                   "the IPv4 address beside it";
        const int descriptor = ::fcntl(original, F_DUPFD_CLOEXEC, 0);
        if (descriptor < 0)
            return which + " cannot be used: " + std::generic_category().message(errno);
        UdpSocket socket(descriptor);
        if (!make_non_blocking(descriptor) || !tell_more(descriptor, family))
            return which + " cannot be used: " + std::generic_category().message(errno);
        socket.bound_ = address;
        socket.receives_ = i < passed.size();
        group.push_back(std::move(socket));
    }
    return group;
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      bound_(other.bound_),
      receives_(other.receives_) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(bound_, other.bound_);
    std::swap(receives_, other.receives_);
    return *this;
}

UdpSocket::~UdpSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::vector<UdpSocket::Refusal> UdpSocket::take_refusals() {
    std::vector<Refusal> refusals;
    for (std::size_t i = 0; i < refusals_at_once; ++i) {
        std::array<std::uint8_t, 64> payload;
        alignas(cmsghdr) std::array<char, 512> control;
        sockaddr_storage remote{};
        iovec vector{payload.data(), payload.size()};
        msghdr message{};
        message.msg_name = &remote;
        message.msg_namelen = sizeof remote;
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (::recvmsg(descriptor_, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
        if (!is_refusal(message)) continue;
        refusals.push_back({{local_address(message, bound_.ip), bound_.port}, from_native(remote)});
    }
    return refusals;
}

}  // namespace net
