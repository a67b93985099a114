#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "provisioning/store/store.h"
#include "server/attach/radius_accounting.h"
#include "server/bootstrap/directory.h"
#include "server/daemon_attach.h"
#include "server/daemon_expiry.h"
#include "server/daemon_keys.h"
#include "server/daemon_rotations.h"
#include "server/http/listener.h"
#include "server/net/shards.h"
#include "server/outbound/deliverer.h"

namespace bootstrapd {

// What GET /v1/status shows, gathered on the control thread.
struct Status {
    std::string_view state;  // "starting", "running", "draining"
    std::chrono::seconds uptime{};
    unsigned shards = 0;
    std::size_t profiles = 0;
    std::uint64_t devices = 0;
    std::uint64_t disabled_devices = 0;
    std::vector<wire::SocketAddress> coap, coaps, http;
    bootstrap::Directory::Gauges directory;
    std::vector<std::pair<bootstrap::Outcome, std::uint64_t>> outcomes;
    net::Counters net;
    std::uint64_t dropped_refusals = 0;
    std::map<std::string, AttachDesk::Counts> attach;  // by source
    bool restored = false;                             // the triggers of before the restart go on
    store::Store::Statistics store;
    std::size_t records_waiting = 0;  // that the store has not taken yet
    std::uint64_t records_lost = 0;
    std::optional<std::string> store_trouble;
    std::map<std::string, outbound::Deliverer::Counters> webhooks;  // by name
    attach::radius::Accounting::Counters radius;
    KeyDesk::Counters keys;
    std::size_t keys_under_way = 0;
    Rotations::Counters rotations;
    std::size_t rotations_under_way = 0;
    outbound::KeySharer::Counters key_shares;
    std::vector<Expiring> expiring;
    std::int64_t now = 0;  // seconds since 1970
    http::Counters api;
};

// A JSON object.
std::string to_text(const Status&);

}  // namespace bootstrapd
