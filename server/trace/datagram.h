#pragma once

#include <chrono>
#include <cstdint>

#include "server/bootstrap/messages.h"
#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"

namespace trace {

using Time = std::chrono::system_clock::time_point;

// As seen from the daemon.
enum class Direction : std::uint8_t { inbound, outbound };

// One CoAP message as it came or was about to leave; of DTLS what was inside.
struct Datagram {
    bootstrap::PeerRef peer;
    Direction direction = Direction::inbound;
    Time when{};
    wire::SocketAddress local;
    wire::SocketAddress remote;
    wire::Bytes message;
};

}  // namespace trace
