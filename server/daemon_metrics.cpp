#include "server/daemon_metrics.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

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
    page.counter("refusals_left_out_total", "Refused requests that came too fast to be recorded.",
                 number(status.dropped_refusals));
    for (const auto& [method, codes] : tally.operations())
        for (const auto& [code, count] : codes)
            page.counter("operations_total",
                         "Operations by the code of their answer; \"none\": unanswered.",
                         number(count), {{"method", method}, {"code", code}});
    page.histogram("operation_duration_seconds", "From an operation's sending to its answer.",
                   tally.operation_duration());
}

void add_network(Page& page, const net::Counters& net) {
    constexpr std::string_view handshakes =
        "DTLS handshakes that ended; what is not \"finished\" failed.";
    page.counter("handshakes_total", handshakes, number(net.handshakes_finished),
                 {{"result", "finished"}});
    for (const net::HandshakeFailure kind : net::all_handshake_failures)
        page.counter("handshakes_total", handshakes, number(net.failed(kind)),
                     {{"result", to_string(kind)}});
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
        {"queue", net.dropped_queue},         {"guessing", net.dropped_guessing},
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

void add_credentials(Page& page, const Status& status) {
    constexpr std::string_view prepared = "Sessions that wanted keys made for their device.";
    page.counter("key_preparations_total", prepared, number(status.keys.prepared),
                 {{"result", "prepared"}});
    page.counter("key_preparations_total", prepared, number(status.keys.refused),
                 {{"result", "refused"}});
    page.gauge("key_preparations_under_way", "Sessions that wait for keys.",
               number(status.keys_under_way));
    constexpr std::string_view shares = "Generated keys that were told to the servers.";
    page.counter("key_shares_total", shares, number(status.key_shares.taken),
                 {{"result", "taken"}});
    page.counter("key_shares_total", shares, number(status.key_shares.failed),
                 {{"result", "failed"}});
    constexpr std::string_view keys =
        "Keys of devices' Bootstrap-Server accounts: \"promoted\" when the device proved the new "
        "one, \"returned\" when it came back with one that had been replaced.";
    page.counter("account_keys_total", keys, number(status.keys.promoted), {{"event", "promoted"}});
    page.counter("account_keys_total", keys, number(status.keys.returned), {{"event", "returned"}});
    page.counter("account_key_proofs_left_out_total",
                 "Proofs of keys that the store could not be told: the next handshake proves the "
                 "same.",
                 number(status.keys.proofs_left_out));
    const Rotations::Counters& rotations = status.rotations;
    page.gauge("rotations_under_way", "Rotations of many devices' keys.",
               number(status.rotations_under_way));
    page.counter("rotation_devices_total", "Devices that a rotation ordered a new key for.",
                 number(rotations.ordered));
    constexpr std::string_view ended = "Rotations that ended.";
    page.counter("rotations_total", ended, number(rotations.finished), {{"result", "finished"}});
    page.counter("rotations_total", ended, number(rotations.cancelled), {{"result", "cancelled"}});
    page.counter("rotations_total", ended, number(rotations.failed), {{"result", "failed"}});
    // Of one file there is one line: that of what ends first in it.
    std::map<std::pair<std::string, std::string>, std::int64_t> first;
    for (const Expiring& each : status.expiring) {
        const auto [entry, is_new] =
            first.try_emplace({each.pointer, std::string(to_string(each.kind))}, each.not_after);
        if (!is_new) entry->second = std::min(entry->second, each.not_after);
    }
    for (const auto& [of, not_after] : first)
        page.gauge("certificate_expiry_timestamp_seconds",
                   "When the certificates of a file, or a revocation list, end; since 1970.",
                   static_cast<double>(not_after), {{"kind", of.second}, {"setting", of.first}});
}

struct Memory {
    double all = 0, resident = 0;  // octets
};
Memory memory() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t all = 0, resident = 0;
    file >> all >> resident;
    const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    return file ? Memory{number(all) * page, number(resident) * page} : Memory{};
}

std::size_t open_descriptors() {
    std::error_code error;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
         !error && entry != end; entry.increment(error))
        ++count;
    return count == 0 ? 0 : count - 1;  // without that of the folder
}

void add_process(Page& page, const Status& status) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    page.process("cpu_seconds_total", "CPU time, user and system.", prometheus::MetricType::Counter,
                 seconds(usage.ru_utime) + seconds(usage.ru_stime));
    const Memory used = memory();
    page.process("resident_memory_bytes", "Resident memory.", prometheus::MetricType::Gauge,
                 used.resident);
    page.process("virtual_memory_bytes", "Virtual memory.", prometheus::MetricType::Gauge,
                 used.all);
    page.process("open_fds", "File descriptors that are open.", prometheus::MetricType::Gauge,
                 number(open_descriptors()));
    rlimit most{};
    ::getrlimit(RLIMIT_NOFILE, &most);
    page.process("max_fds", "File descriptors that may be open.", prometheus::MetricType::Gauge,
                 number(most.rlim_cur));
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
    add_credentials(page, status);
    add_api(page, status.api);
    add_process(page, status);
    return page.text();
}

}  // namespace bootstrapd
