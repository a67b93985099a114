#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <boost/system/result.hpp>

#include "server/net/shard_context.h"
#include "server/wire/socket_address.h"

namespace net {

struct Route {
    std::size_t socket = 0;
    wire::SocketAddress local;
};

// From which of our listening addresses a peer is spoken to first: `source` where it is given,
// else the address that the kernel's routes prefer, else the one that is listened on. The error
// says why there is none.
boost::system::result<Route, std::string> choose_route(
    std::span<const Listening> listening, bool secured, const wire::SocketAddress& remote,
    const std::optional<wire::IpAddress>& source);

}  // namespace net
