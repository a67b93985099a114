#include "server/daemon_metrics.h"

#include <fstream>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

#include "server/daemon_version.h"
#include "server/metrics/page.h"

namespace bootstrapd {
namespace {

using bootstrap::Mode;
using metrics::Page;

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

void add_sessions(Page& page, const Status& status, const metrics::Tally& tally) {
    for (const Mode mode : {Mode::client_initiated, Mode::server_initiated})
        for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
            page.counter("sessions_total", "Bootstrap sessions that ended.",
                         number(tally.sessions(mode, outcome)),
                         {{"mode", to_string(mode)}, {"outcome", to_string(outcome)}});
    for (const Mode mode : {Mode::client_initiated, Mode::server_initiated})
        page.histogram("session_duration_seconds",
                       "Of sessions in which the device was heard, from the first operation.",
                       tally.session_duration(mode), {{"mode", to_string(mode)}});
    const auto& now = status.directory;
    constexpr std::string_view name = "sessions";
    constexpr std::string_view help =
        "Sessions under way: running ones, those that have not heard their device yet, and "
        "triggers that wait.";
    page.gauge(name, help, number(now.running - now.reaching), {{"state", "running"}});
    page.gauge(name, help, number(now.reaching), {{"state", "reaching"}});
    page.gauge(name, help, number(now.waiting), {{"state", "waiting"}});
    page.gauge("backlog", "Triggers that could start but for their turn.", number(now.backlog));
    page.counter("sessions_refused_by_limit_total", "Requests refused by limits.sessions.",
                 number(now.refused_by_limit));
    for (const auto& [method, codes] : tally.operations())
        for (const auto& [code, count] : codes)
            page.counter("operations_total",
                         "Operations by the code of their answer; \"none\": unanswered.",
                         number(count), {{"method", method}, {"code", code}});
    page.histogram("operation_duration_seconds", "From an operation's sending to its answer.",
                   tally.operation_duration());
}

void add_network(Page& page, const net::Counters& net) {
    constexpr std::string_view handshakes = "DTLS handshakes that ended.";
    page.counter("handshakes_total", handshakes, number(net.handshakes_finished),
                 {{"result", "finished"}});
    page.counter("handshakes_total", handshakes, number(net.handshakes_failed),
                 {{"result", "failed"}});
    page.gauge("associations", "DTLS associations that are open.", number(net.associations));
    page.gauge("half_open_associations", "Handshakes under way.", number(net.half_open));
    page.gauge("peers", "Addresses that are talked with, with or without DTLS.", number(net.peers));
    page.gauge("lookups", "Devices that are being looked up.", number(net.lookups));
    page.counter("lookups_failed_total", "Devices that could not be looked up.",
                 number(net.lookups_failed));
    page.counter("evictions_total", "Associations that made room for others.", number(net.evicted));
    constexpr std::string_view datagrams = "UDP datagrams of devices.";
    page.counter("datagrams_total", datagrams, number(net.datagrams_received),
                 {{"direction", "received"}});
    page.counter("datagrams_total", datagrams, number(net.datagrams_sent), {{"direction", "sent"}});
    const std::pair<std::string_view, std::uint64_t> dropped[] = {
        {"rate", net.dropped_rate},           {"limit", net.dropped_limit},
        {"malformed", net.dropped_malformed}, {"unknown_peer", net.dropped_unknown},
        {"queue", net.dropped_queue},
    };
    for (const auto& [reason, count] : dropped)
        page.counter("datagrams_dropped_total", "Datagrams that were dropped.", number(count),
                     {{"reason", reason}});
    page.counter("datagrams_handed_over_total",
                 "Datagrams that reached another shard than their peer's.",
                 number(net.handed_over));
    page.counter("send_failures_total", "Datagrams that the kernel did not take.",
                 number(net.send_failures));
    page.counter("retransmissions_total", "CoAP messages sent again.", number(net.retransmissions));
    page.counter("duplicates_total", "CoAP messages received again.", number(net.duplicates));
}

void add_attach(Page& page, const Status& status) {
    for (const auto& [source, counts] : status.attach) {
        const std::pair<std::string_view, std::uint64_t> results[] = {
            {"accepted", counts.accepted},
            {"repeated", counts.repeated},
            {"refused", counts.refused},
            {"unknown", counts.unknown},
            {"contradictory", counts.contradictory},
            {"withdrawn", counts.withdrawn},
            {"unavailable", counts.unavailable},
        };
        for (const auto& [result, count] : results)
            page.counter("attach_events_total", "Network-attach events.", number(count),
                         {{"source", source}, {"result", result}});
    }
    const auto& radius = status.radius;
    const std::pair<std::string_view, std::uint64_t> packets[] = {
        {"received", radius.received},
        {"answered", radius.answered},
        {"retransmission", radius.retransmissions},
        {"repeated", radius.repeated},
        {"unavailable", radius.unavailable},
        {"passed_over", radius.passed_over},
    };
    for (const auto& [what, count] : packets)
        page.counter("radius_packets_total", "Accounting-Requests by what became of them.",
                     number(count), {{"what", what}});
    for (std::size_t i = 0; i < attach::radius::refusal_count; ++i)
        page.counter("radius_refused_total", "Accounting-Requests that were dropped.",
                     number(radius.refused[i]),
                     {{"reason", to_string(static_cast<attach::radius::Refusal>(i))}});
}

void add_store(Page& page, const Status& status, const metrics::Tally& tally) {
    const auto& store = status.store;
    constexpr std::string_view operations = "Operations of the store.";
    page.counter("store_operations_total", operations, number(store.reads), {{"kind", "read"}});
    page.counter("store_operations_total", operations, number(store.writes), {{"kind", "write"}});
    page.counter("store_transactions_total", "Transactions that were committed.",
                 number(store.transactions));
    page.counter("store_failures_total", "Operations that failed.", number(store.failures));
    page.counter("store_rejected_total", "Operations that found a full queue.",
                 number(store.rejected));
    page.gauge("store_queue", "Operations that wait.", number(store.waiting));
    page.histogram("store_latency_seconds", "From handing a session's record in until it is kept.",
                   tally.store_latency());
    page.gauge("store_healthy", "1: the store takes what it is given.",
               status.store_trouble ? 0 : 1);
    page.gauge("store_records_waiting", "Records that the store has not taken yet.",
               number(status.records_waiting));
    page.counter("store_records_lost_total", "Records that were given up.",
                 number(status.records_lost));
    page.gauge("store_wrapped_by_old_keys", "Records yet to be wrapped by the new master key.",
               number(store.wrapped_by_old_keys));
    page.gauge("pending_attaches", "Triggers on the disk.", number(store.pending_attaches));
    page.gauge("pending_deliveries", "Webhooks' messages on the disk.",
               number(store.pending_deliveries));
    page.gauge("devices", "Records of devices.", number(status.devices - status.disabled_devices),
               {{"state", "enabled"}});
    page.gauge("devices", "Records of devices.", number(status.disabled_devices),
               {{"state", "disabled"}});
    for (const auto& [name, counts] : status.webhooks) {
        constexpr std::string_view help = "Webhooks' messages by what became of them.";
        page.counter("webhook_messages_total", help, number(counts.delivered),
                     {{"webhook", name}, {"result", "delivered"}});
        page.counter("webhook_messages_total", help, number(counts.failed),
                     {{"webhook", name}, {"result", "failed"}});
        page.counter("webhook_messages_total", help, number(counts.dropped),
                     {{"webhook", name}, {"result", "dropped"}});
    }
}

void add_api(Page& page, const http::Counters& api) {
    page.gauge("http_connections", "Connections that are open.", number(api.open));
    page.counter("http_connections_total", "Connections that were accepted.",
                 number(api.connections));
    page.counter("http_requests_total", "Requests that were well-formed.", number(api.requests));
    const std::pair<std::string_view, std::uint64_t> refused[] = {
        {"limit", api.turned_away},       {"handshake", api.failed_handshakes},
        {"malformed", api.malformed},     {"unauthenticated", api.unauthenticated},
        {"misdirected", api.misdirected}, {"slow", api.slow_peers},
    };
    for (const auto& [reason, count] : refused)
        page.counter("http_refused_total", "Connections and requests that came to nothing.",
                     number(count), {{"reason", reason}});
}

double resident_octets() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t all = 0, resident = 0;
    file >> all >> resident;
    return file ? number(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

void add_process(Page& page, const Status& status) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    page.process("cpu_seconds_total", "CPU time, user and system.", prometheus::MetricType::Counter,
                 seconds(usage.ru_utime) + seconds(usage.ru_stime));
    page.process("resident_memory_bytes", "Resident memory.", prometheus::MetricType::Gauge,
                 resident_octets());
    const auto started = std::chrono::system_clock::now() - status.uptime;
    page.process("start_time_seconds", "When the process started, since 1970.",
                 prometheus::MetricType::Gauge,
                 std::chrono::duration<double>(started.time_since_epoch()).count());
}

}  // namespace

std::string metrics_page(const Status& status, const metrics::Tally& tally) {
    Page page;
    page.gauge("build_info", "1; what was built is in the labels.", 1, {{"version", version}});
    page.gauge("ready", "1: the daemon serves, and is not stopping.",
               status.state == "running" ? 1 : 0);
    page.gauge("shards", "Threads that serve devices.", number(status.shards));
    page.gauge("profiles", "Profiles in force.", number(status.profiles));
    add_sessions(page, status, tally);
    add_network(page, status.net);
    add_attach(page, status);
    add_store(page, status, tally);
    add_api(page, status.api);
    add_process(page, status);
    return page.text();
}

}  // namespace bootstrapd
