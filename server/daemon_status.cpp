#include "server/daemon_status.h"

#include <nlohmann/json.hpp>

#include "server/daemon_version.h"

namespace bootstrapd {
namespace {

using Json = nlohmann::ordered_json;

Json texts(const std::vector<wire::SocketAddress>& addresses) {
    Json all = Json::array();
    for (const wire::SocketAddress& address : addresses) all.push_back(address.to_string());
    return all;
}

}  // namespace

std::string to_text(const Status& status) {
    Json out;
    out["version"] = version;
    out["state"] = status.state;
    out["uptime"] = status.uptime.count();
    out["shards"] = status.shards;
    out["profiles"] = status.profiles;
    out["devices"] = status.devices;
    out["listen"] = {
        {"coap", texts(status.coap)}, {"coaps", texts(status.coaps)}, {"http", texts(status.http)}};
    out["sessions"] = {{"running", status.directory.running},
                       {"waiting", status.directory.waiting},
                       {"records", status.directory.records},
                       {"refusedByLimit", status.directory.refused_by_limit}};
    Json outcomes = Json::object();
    for (const auto& [outcome, count] : status.outcomes)
        outcomes[std::string(to_string(outcome))] = count;
    out["outcomes"] = std::move(outcomes);
    const net::Counters& net = status.net;
    out["network"] = {{"associations", net.associations},
                      {"halfOpen", net.half_open},
                      {"peers", net.peers},
                      {"datagramsReceived", net.datagrams_received},
                      {"datagramsSent", net.datagrams_sent},
                      {"handedOver", net.handed_over},
                      {"droppedRate", net.dropped_rate},
                      {"droppedLimit", net.dropped_limit},
                      {"droppedMalformed", net.dropped_malformed},
                      {"droppedQueue", net.dropped_queue},
                      {"droppedRefusals", status.dropped_refusals},
                      {"sendFailures", net.send_failures},
                      {"handshakesFinished", net.handshakes_finished},
                      {"handshakesFailed", net.handshakes_failed},
                      {"evicted", net.evicted},
                      {"retransmissions", net.retransmissions},
                      {"duplicates", net.duplicates}};
    return out.dump();
}

}  // namespace bootstrapd
