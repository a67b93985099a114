#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/bootstrap/directory.h"
#include "server/net/shards.h"

namespace bootstrapd {

// What GET /v1/status shows, gathered on the control thread.
struct Status {
    std::string_view state;  // "starting", "running", "draining"
    std::chrono::seconds uptime{};
    unsigned shards = 0;
    std::size_t profiles = 0;
    std::size_t devices = 0;
    std::vector<wire::SocketAddress> coap, coaps, http;
    bootstrap::Directory::Gauges directory;
    std::vector<std::pair<bootstrap::Outcome, std::uint64_t>> outcomes;
    net::Counters net;
    std::uint64_t dropped_refusals = 0;
};

// A JSON object.
std::string to_text(const Status&);

}  // namespace bootstrapd
