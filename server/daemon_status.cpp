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

Json attach_json(const Status& status) {
    Json sources = Json::object();
    for (const auto& [source, counts] : status.attach)
        sources[source] = {{"accepted", counts.accepted},
                           {"repeated", counts.repeated},
                           {"refused", counts.refused},
                           {"unknown", counts.unknown},
                           {"contradictory", counts.contradictory},
                           {"withdrawn", counts.withdrawn},
                           {"unavailable", counts.unavailable}};
    Json refused = Json::object();
    for (std::size_t i = 0; i < attach::radius::refusal_count; ++i)
        refused[std::string(to_string(static_cast<attach::radius::Refusal>(i)))] =
            status.radius.refused[i];
    const auto& radius = status.radius;
    return {{"restored", status.restored},
            {"sources", std::move(sources)},
            {"radius",
             {{"received", radius.received},
              {"answered", radius.answered},
              {"retransmissions", radius.retransmissions},
              {"repeated", radius.repeated},
              {"unavailable", radius.unavailable},
              {"passedOver", radius.passed_over},
              {"refused", std::move(refused)}}}};
}

Json store_json(const Status& status) {
    const auto& store = status.store;
    return {{"reads", store.reads},
            {"writes", store.writes},
            {"transactions", store.transactions},
            {"failures", store.failures},
            {"rejected", store.rejected},
            {"waiting", store.waiting},
            {"wrappedByOldKeys", store.wrapped_by_old_keys},
            {"pendingAttaches", store.pending_attaches},
            {"pendingDeliveries", store.pending_deliveries},
            {"recordsWaiting", status.records_waiting},
            {"recordsLost", status.records_lost},
            {"trouble", status.store_trouble ? Json(*status.store_trouble) : Json()}};
}

Json keys_json(const Status& status) {
    const KeyDesk::Counters& keys = status.keys;
    Json certificates = Json::array();
    for (const Expiring& each : status.expiring)
        certificates.push_back({{"kind", to_string(each.kind)},
                                {"name", each.name},
                                {"pointer", each.pointer},
                                {"daysLeft", days_left(each, status.now)}});
    return {{"prepared", keys.prepared},
            {"refused", keys.refused},
            {"underWay", status.keys_under_way},
            {"promoted", keys.promoted},
            {"returned", keys.returned},
            {"proofsLeftOut", keys.proofs_left_out},
            {"shared", status.key_shares.taken},
            {"sharesFailed", status.key_shares.failed},
            {"certificates", std::move(certificates)}};
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
    out["disabledDevices"] = status.disabled_devices;
    out["listen"] = {
        {"coap", texts(status.coap)}, {"coaps", texts(status.coaps)}, {"http", texts(status.http)}};
    out["sessions"] = {{"running", status.directory.running},
                       {"waiting", status.directory.waiting},
                       {"reaching", status.directory.reaching},
                       {"backlog", status.directory.backlog},
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
    Json failed = Json::object();
    for (const net::HandshakeFailure kind : net::all_handshake_failures)
        failed[std::string(to_string(kind))] = net.failed(kind);
    out["network"]["handshakesFailedBy"] = std::move(failed);
    out["network"]["droppedGuessing"] = net.dropped_guessing;
    out["attach"] = attach_json(status);
    out["credentials"] = keys_json(status);
    out["store"] = store_json(status);
    Json webhooks = Json::object();
    for (const auto& [name, counts] : status.webhooks)
        webhooks[name] = {{"delivered", counts.delivered},
                          {"failed", counts.failed},
                          {"dropped", counts.dropped}};
    out["webhooks"] = std::move(webhooks);
    const http::Counters& api = status.api;
    out["api"] = {{"connections", api.connections}, {"open", api.open},
                  {"turnedAway", api.turned_away},  {"requests", api.requests},
                  {"malformed", api.malformed},     {"unauthenticated", api.unauthenticated},
                  {"misdirected", api.misdirected}, {"failedHandshakes", api.failed_handshakes},
                  {"slowPeers", api.slow_peers}};
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bootstrapd
