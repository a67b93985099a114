#pragma once

#include <sys/socket.h>

#include "server/wire/socket_address.h"

namespace net {

// The kernel's form of an address and back.
struct NativeAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

NativeAddress to_native(const wire::SocketAddress& address);
// An address of another family than IPv4 and IPv6 becomes 0.0.0.0:0.
wire::SocketAddress from_native(const sockaddr_storage& address);

}  // namespace net
