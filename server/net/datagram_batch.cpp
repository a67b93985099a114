#include "server/net/datagram_batch.h"

#include <cerrno>
#include <cstring>

namespace net {
namespace {

bool is_link_local(const in6_addr& address) {
    return address.s6_addr[0] == 0xFE && (address.s6_addr[1] & 0xC0) == 0x80;
}

}  // namespace

wire::IpAddress local_address(const msghdr& message, const wire::IpAddress& otherwise) {
    auto& mutable_message = const_cast<msghdr&>(message);  // CMSG_NXTHDR takes no const
    for (cmsghdr* control = CMSG_FIRSTHDR(&mutable_message); control != nullptr;
         control = CMSG_NXTHDR(&mutable_message, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            std::array<std::uint8_t, 4> octets;
            std::memcpy(octets.data(), &info.ipi_addr, octets.size());
            return wire::IpAddress::v4(octets);
        }
        if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            std::array<std::uint8_t, 16> octets;
            std::memcpy(octets.data(), &info.ipi6_addr, octets.size());
            // Only a link-local address means nothing without its interface.
            return wire::IpAddress::v6(octets,
                                       is_link_local(info.ipi6_addr) ? info.ipi6_ifindex : 0U);
        }
    }
    return otherwise;
}

ReceiveBatch::ReceiveBatch() : buffer_(batch_size * max_datagram) {
    datagrams_.reserve(batch_size);
    for (std::size_t i = 0; i < batch_size; ++i) {
        vectors_[i] = {buffer_.data() + i * max_datagram, max_datagram};
        messages_[i].msg_hdr.msg_name = &addresses_[i];
        messages_[i].msg_hdr.msg_iov = &vectors_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
        messages_[i].msg_hdr.msg_control = &controls_[i];
    }
}

ReceiveBatch::Result ReceiveBatch::fill(int socket, const wire::SocketAddress& bound) {
    datagrams_.clear();
    for (mmsghdr& message : messages_) {
        message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
        message.msg_hdr.msg_controllen = sizeof(AddressControl);
    }
    int count = 0;
    do {
        count = ::recvmmsg(socket, messages_.data(), batch_size, MSG_DONTWAIT, nullptr);
    } while (count < 0 && errno == EINTR);
    Result result;
    if (count < 0) {
        result.error = errno;
        return result;
    }
    result.taken = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < result.taken; ++i) {
        const msghdr& header = messages_[i].msg_hdr;
        if ((header.msg_flags & MSG_TRUNC) != 0) {
            ++result.oversized;
            continue;
        }
        datagrams_.push_back({{local_address(header, bound.ip), bound.port},
                              from_native(addresses_[i]),
                              {buffer_.data() + i * max_datagram, messages_[i].msg_len}});
    }
    return result;
}

SendBatch::SendBatch() {
    for (std::size_t i = 0; i < batch_size; ++i) {
        messages_[i].msg_hdr.msg_name = &addresses_[i].storage;
        messages_[i].msg_hdr.msg_iov = &vectors_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
        messages_[i].msg_hdr.msg_control = &controls_[i];
    }
}

void SendBatch::prepare(std::size_t slot, const Outgoing& datagram) {
    addresses_[slot] = to_native(datagram.remote);
    // sendmmsg() only reads what an iovec points at.
    vectors_[slot] = {const_cast<std::uint8_t*>(datagram.payload.data()), datagram.payload.size()};
    msghdr& header = messages_[slot].msg_hdr;
    header.msg_namelen = addresses_[slot].size;
    header.msg_controllen = sizeof(AddressControl);
    cmsghdr* const control = CMSG_FIRSTHDR(&header);
    const auto& octets = datagram.local.ip.octets();
    if (datagram.local.ip.family() == wire::IpAddress::Family::v4) {
        in_pktinfo info{};
        std::memcpy(&info.ipi_spec_dst, octets.data(), sizeof info.ipi_spec_dst);
        control->cmsg_level = IPPROTO_IP;
        control->cmsg_type = IP_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
        header.msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        in6_pktinfo info{};
        std::memcpy(&info.ipi6_addr, octets.data(), sizeof info.ipi6_addr);
        info.ipi6_ifindex = datagram.local.ip.scope();
        control->cmsg_level = IPPROTO_IPV6;
        control->cmsg_type = IPV6_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
        header.msg_controllen = CMSG_SPACE(sizeof info);
    }
}

SendBatch::Result SendBatch::send(int socket, const std::vector<Outgoing>& datagrams) {
    Result result;
    for (std::size_t first = 0; first < datagrams.size(); first += batch_size) {
        const std::size_t count = std::min(batch_size, datagrams.size() - first);
        for (std::size_t i = 0; i < count; ++i) prepare(i, datagrams[first + i]);
        if (send_prepared(socket, count, result)) continue;
        // UDP: what does not fit is lost, the layers above repeat it.
        result.failed = datagrams.size() - result.sent;
        break;
    }
    return result;
}

// False when the socket's buffer is full.
bool SendBatch::send_prepared(int socket, std::size_t count, Result& result) {
    std::size_t next = 0;
    bool retried = false;
    while (next < count) {
        const int sent =
            ::sendmmsg(socket, messages_.data() + next, static_cast<unsigned>(count - next),
                       MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            next += static_cast<std::size_t>(sent);
            result.sent += static_cast<std::size_t>(sent);
            retried = false;
            // The error at which the kernel stopped is told to nobody.
            if (next < count) result.refusals = true;
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return false;
        // An ICMP answer to an earlier datagram is told at the next send, whoever it goes to.
        result.refusals = true;
        if (retried) {
            ++result.failed;
            ++next;
        }
        retried = !retried;
    }
    return true;
}

}  // namespace net
