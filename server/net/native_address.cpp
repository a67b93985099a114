#include "server/net/native_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>

namespace net {

NativeAddress to_native(const wire::SocketAddress& address) {
    NativeAddress native;
    const auto& octets = address.ip.octets();
    if (address.ip.family() == wire::IpAddress::Family::v4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(address.port);
        std::memcpy(&in.sin_addr, octets.data(), sizeof in.sin_addr);
        std::memcpy(&native.storage, &in, sizeof in);
        native.size = sizeof in;
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(address.port);
        in.sin6_scope_id = address.ip.scope();
        std::memcpy(&in.sin6_addr, octets.data(), sizeof in.sin6_addr);
        std::memcpy(&native.storage, &in, sizeof in);
        native.size = sizeof in;
    }
    return native;
}

wire::SocketAddress from_native(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in in;
        std::memcpy(&in, &address, sizeof in);
        std::array<std::uint8_t, 4> octets;
        std::memcpy(octets.data(), &in.sin_addr, octets.size());
        return {wire::IpAddress::v4(octets), ntohs(in.sin_port)};
    }
    if (address.ss_family == AF_INET6) {
        sockaddr_in6 in;
        std::memcpy(&in, &address, sizeof in);
        std::array<std::uint8_t, 16> octets;
        std::memcpy(octets.data(), &in.sin6_addr, octets.size());
        return {wire::IpAddress::v6(octets, in.sin6_scope_id), ntohs(in.sin6_port)};
    }
    return {};
}

}  // namespace net
