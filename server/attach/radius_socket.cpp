#include "server/attach/radius_socket.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace attach::radius {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using wire::IpAddress;

constexpr int buffer_octets = 4 * 1024 * 1024;

// Room for the local address of a datagram of either family.
struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> octets{};
};

udp::endpoint to_endpoint(const wire::SocketAddress& address) {
    const auto& octets = address.ip.octets();
    if (address.ip.family() == IpAddress::Family::v4)
        return {asio::ip::address_v4({octets[0], octets[1], octets[2], octets[3]}), address.port};
    return {asio::ip::address_v6(octets, address.ip.scope()), address.port};
}

wire::SocketAddress to_address(const udp::endpoint& endpoint) {
    if (endpoint.address().is_v4())
        return {IpAddress::v4(endpoint.address().to_v4().to_bytes()), endpoint.port()};
    const auto v6 = endpoint.address().to_v6();
    return {IpAddress::v6(v6.to_bytes(), static_cast<std::uint32_t>(v6.scope_id())),
            endpoint.port()};
}

std::string describe(const boost::system::error_code& error) {
    std::string text = error.message();
    if (error == asio::error::address_in_use)
        text +=
            "; another program, perhaps a RADIUS server, or a second lwm2m-bootstrapd, has it: "
            "stop that one or choose another port";
    else if (error == asio::error::access_denied)
        text += "; choose a port above 1023 or grant CAP_NET_BIND_SERVICE";
    else if (error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL)
        text += "; choose an address that this machine has";
    return text;
}

bool enable(int socket, int level, int option) {
    const int on = 1;
    return ::setsockopt(socket, level, option, &on, sizeof on) == 0;
}

IpAddress local_address(msghdr& message, const IpAddress& otherwise) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
         control = CMSG_NXTHDR(&message, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            std::array<std::uint8_t, 4> octets;
            std::memcpy(octets.data(), &info.ipi_addr, octets.size());
            return IpAddress::v4(octets);
        }
        if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            std::array<std::uint8_t, 16> octets;
            std::memcpy(octets.data(), &info.ipi6_addr, octets.size());
            const bool link_local = octets[0] == 0xFE && (octets[1] & 0xC0) == 0x80;
            return IpAddress::v6(octets, link_local ? info.ipi6_ifindex : 0U);
        }
    }
    return otherwise;
}

void set_local_address(msghdr& message, const IpAddress& local) {
    cmsghdr* const control = CMSG_FIRSTHDR(&message);
    if (local.family() == IpAddress::Family::v4) {
        in_pktinfo info{};
        std::memcpy(&info.ipi_spec_dst, local.octets().data(), sizeof info.ipi_spec_dst);
        control->cmsg_level = IPPROTO_IP;
        control->cmsg_type = IP_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
        return;
    }
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.octets().data(), sizeof info.ipi6_addr);
    info.ipi6_ifindex = local.scope();
    control->cmsg_level = IPPROTO_IPV6;
    control->cmsg_type = IPV6_PKTINFO;
    control->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(control), &info, sizeof info);
    message.msg_controllen = CMSG_SPACE(sizeof info);
}

}  // namespace

std::optional<std::string> Socket::open(const wire::SocketAddress& address) {
    const udp::endpoint endpoint = to_endpoint(address);
    const bool v6 = endpoint.address().is_v6();
    boost::system::error_code error;
    socket_.open(endpoint.protocol(), error);
    if (!error && v6) socket_.set_option(asio::ip::v6_only(true), error);
    if (!error) socket_.non_blocking(true, error);
    if (!error && !(v6 ? enable(socket_.native_handle(), IPPROTO_IPV6, IPV6_RECVPKTINFO)
                       : enable(socket_.native_handle(), IPPROTO_IP, IP_PKTINFO)))
        error.assign(errno, boost::system::system_category());
    if (!error) socket_.bind(endpoint, error);
    if (error) return "cannot listen on " + address.to_string() + ": " + describe(error);
    // Gateways send all at once after an outage; the system's limit may be lower.
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::receive_buffer_size(buffer_octets), ignored);
    const auto bound = socket_.local_endpoint(error);
    bound_ = error ? address : to_address(bound);
    return std::nullopt;
}

std::optional<Socket::Datagram> Socket::receive(std::span<std::uint8_t> buffer) {
    for (;;) {
        udp::endpoint remote;
        Control control;
        iovec vector{buffer.data(), buffer.size()};
        msghdr message{};
        message.msg_name = remote.data();
        message.msg_namelen = static_cast<socklen_t>(remote.capacity());
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        const auto received = ::recvmsg(socket_.native_handle(), &message, 0);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) return std::nullopt;
        remote.resize(message.msg_namelen);
        return Datagram{{local_address(message, bound_.ip), bound_.port},
                        to_address(remote),
                        buffer.first(static_cast<std::size_t>(received))};
    }
}

bool Socket::send(const wire::SocketAddress& local, const wire::SocketAddress& remote,
                  wire::BytesView octets) {
    udp::endpoint endpoint = to_endpoint(remote);
    Control control;
    // sendmsg() only reads what an iovec points at.
    iovec vector{const_cast<std::uint8_t*>(octets.data()), octets.size()};
    msghdr message{};
    message.msg_name = endpoint.data();
    message.msg_namelen = static_cast<socklen_t>(endpoint.size());
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    set_local_address(message, local.ip);
    for (;;) {
        const auto sent = ::sendmsg(socket_.native_handle(), &message, 0);
        if (sent < 0 && errno == EINTR) continue;
        return sent == static_cast<ssize_t>(octets.size());
    }
}

}  // namespace attach::radius
