#pragma once

#include <cstddef>
#include <cstdint>

#include "server/wire/socket_address.h"

namespace net {

// /24 of IPv4, /48 of IPv6: what one subscriber or site usually has.
inline std::uint64_t prefix_of(const wire::IpAddress& ip) {
    const bool v4 = ip.family() == wire::IpAddress::Family::v4;
    std::uint64_t prefix = v4 ? 4 : 6;
    for (std::size_t i = 0; i < (v4 ? 3U : 6U); ++i) prefix = prefix << 8 | ip.octets()[i];
    return prefix;
}

}  // namespace net
