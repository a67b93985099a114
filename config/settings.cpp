#include "config/settings.h"

#include <array>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "config/section.h"

namespace config {
namespace {

using document::Node;

constexpr std::array<std::string_view, 5> log_levels = {"trace", "debug", "info", "warning",
                                                        "error"};
constexpr std::array<std::string_view, 2> log_formats = {"text", "json"};

// The rest of it is looked at where Server URIs are known.
void read_public_uri(const Section& section, std::string& uri) {
    const auto node = section.member("publicUri");
    if (!node || node->is_null()) return;
    const auto text = node->text();
    if (!text) return;
    if (text->starts_with("coaps://"))
        uri = *text;
    else
        node->problem("is no URI of a Bootstrap-Server that keys are used with",
                      "write one as in \"coaps://bs.example.com:5684\"");
}

void read_listen(const Node& root, Listen& listen) {
    const std::size_t before = root.problem_count();
    const Section section(root, "listen", {"coap", "coaps", "publicUri"});
    std::vector<Address> udp;
    listen.coap = addresses(section, "coap", udp);
    listen.coaps = addresses(section, "coaps", udp);
    read_public_uri(section, listen.public_uri);
    if (listen.coap.empty() && listen.coaps.empty() && root.problem_count() == before)
        root.problem_at("/listen", "there is nothing to listen on",
                        "name at least one address in \"coaps\" (DTLS) or in \"coap\" "
                        "(unsecured), as in {\"coaps\": [\"0.0.0.0:5684\"]}");
}

void read_shards(const Node& root, unsigned& shards) {
    const auto node = root.member("shards");
    if (!node) return;
    constexpr std::string_view remedy = "write \"auto\" or a whole number from 1 to 256";
    if (node->is_text() && node->json() == "auto")
        shards = 0;
    else if (node->is_text() || !node->json().is_number_integer())
        node->problem("is no number of shards", std::string(remedy));
    else if (const auto number = node->integer(1, 256))
        shards = static_cast<unsigned>(*number);
}

void read_session(const Node& root, Session& session) {
    const Section section(root, "session",
                          {"deadline", "attachWindow", "settle", "attachRetry", "separateAfter"});
    section.seconds("deadline", session.deadline, 1, 86400);
    section.seconds("attachWindow", session.attach_window, 1, 30 * 86400);
    section.seconds("settle", session.settle, 0, 3600);
    section.seconds("attachRetry", session.attach_retry, 0.1, 86400);
    section.seconds("separateAfter", session.separate_after, 0.01, 60);
}

// The upper ends keep every derived time (RFC 7252 §4.8.2) within what a clock counts.
void read_transmission(const Node& root, Transmission& transmission) {
    const Section section(root, "transmission",
                          {"ackTimeout", "ackRandomFactor", "maxRetransmit", "maxLatency"});
    section.seconds("ackTimeout", transmission.ack_timeout, 0.001, 600);
    section.seconds("ackRandomFactor", transmission.ack_random_factor, 1, 10);
    section.count("maxRetransmit", transmission.max_retransmit, 0, 10);
    section.seconds("maxLatency", transmission.max_latency, 0, 3600);
}

void read_limits(const Node& root, Limits& limits) {
    const Section section(
        root, "limits",
        {"sessions", "associations", "halfOpen", "associationsPerPrefix",
         "datagramsPerSecondPerPeer", "associationIdle", "unsecuredPeers", "pendingAttachments",
         "sessionRecords", "handOverQueue", "failedHandshakesPerAddress",
         "failedHandshakesPerPrefix", "failedHandshakeWindow", "traces"});
    constexpr std::int64_t most = 100'000'000;
    section.count("sessions", limits.sessions, 1, most);
    section.count("associations", limits.associations, 1, most);
    section.count("halfOpen", limits.half_open, 1, most);
    section.count("associationsPerPrefix", limits.associations_per_prefix, 0, most);
    section.count("datagramsPerSecondPerPeer", limits.datagrams_per_second_per_peer, 1, 1'000'000);
    section.seconds("associationIdle", limits.association_idle, 1, 30 * 86400);
    section.count("unsecuredPeers", limits.unsecured_peers, 1, most);
    section.count("pendingAttachments", limits.pending_attachments, 1, most);
    section.count("sessionRecords", limits.session_records, 1, most);
    section.count("handOverQueue", limits.hand_over_queue, 1, most);
    section.count("failedHandshakesPerAddress", limits.failed_handshakes_per_address, 0, 1'000'000);
    section.count("failedHandshakesPerPrefix", limits.failed_handshakes_per_prefix, 0, 1'000'000);
    section.seconds("failedHandshakeWindow", limits.failed_handshake_window, 1, 86400);
    section.count("traces", limits.traces, 0, 100);
}

void read_log(const Node& root, Log& log) {
    const Section section(root, "log", {"level", "format"});
    if (const auto node = section.member("level"))
        if (const auto index = node->choice(log_levels)) log.level = static_cast<LogLevel>(*index);
    if (const auto node = section.member("format"))
        if (const auto index = node->choice(log_formats))
            log.format = static_cast<LogFormat>(*index);
}

// What the environment says instead of the file; an empty text says nothing. False: it is wrong.
template <class Choice, std::size_t count>
bool from_environment(const char* name, const std::array<std::string_view, count>& choices,
                      Choice& value, document::Problems& problems) {
    const char* const text = std::getenv(name);  // set before any thread
    if (text == nullptr || *text == '\0') return true;
    std::string known;
    for (std::size_t i = 0; i < count; ++i) {
        if (choices[i] == text) {
            value = static_cast<Choice>(i);
            return true;
        }
        known.append(known.empty() ? "" : ", ").append(choices[i]);
    }
    problems.push_back(
        {"environment", name, "is not one of " + known, "set it to one, or unset it"});
    return false;
}

nlohmann::ordered_json text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return text;
}

nlohmann::ordered_json path_or_null(const std::filesystem::path& path) {
    if (path.empty()) return nullptr;
    return path.string();
}

}  // namespace

std::optional<Settings> parse_settings(std::string_view text, std::string_view file,
                                       const std::filesystem::path& folder,
                                       document::Problems& problems,
                                       const std::filesystem::path& state) {
    const std::size_t before = problems.size();
    const auto json = document::parse(text, file, problems);
    if (!json) return std::nullopt;
    const Node root(*json, file, "", problems);
    if (!root.object({"$schema", "listen", "http", "metrics", "provisioning", "store", "attach",
                      "webhooks", "lwm2mServers", "keyShares", "shards", "session", "transmission",
                      "dtls", "fleet", "rotation", "limits", "drain", "log"}))
        return std::nullopt;

    Settings settings;
    settings.provisioning.profiles = (folder / "profiles.d").lexically_normal();
    settings.provisioning.devices = (folder / "devices.d").lexically_normal();
    settings.store.sqlite =
        ((state.empty() ? folder : state) / "lwm2m-bootstrapd.db").lexically_normal();

    read_listen(root, settings.listen);
    read_http(root, folder, settings.http);
    read_metrics(root, settings.http, settings.metrics);
    const Section provisioning(root, "provisioning", {"profiles", "devices", "objects"});
    provisioning.path("profiles", settings.provisioning.profiles, folder);
    provisioning.path("devices", settings.provisioning.devices, folder);
    provisioning.optional_path("objects", settings.provisioning.objects, folder);
    read_store(root, folder, settings.store);
    read_attach(root, folder, settings.attach);
    read_outbound(root, folder, settings.outbound);
    read_shards(root, settings.shards);
    read_session(root, settings.session);
    read_transmission(root, settings.transmission);
    read_dtls(root, folder, settings.listen.coaps, settings.dtls);
    read_fleet(root, folder, !settings.dtls.clients.authorities.empty(), settings.fleet);
    Section(root, "rotation", {"rate"}).count("rate", settings.rotation.rate, 1, 10'000);
    read_limits(root, settings.limits);
    Section(root, "drain", {"timeout"}).seconds("timeout", settings.drain.timeout, 0, 3600);
    read_log(root, settings.log);

    if (problems.size() != before) return std::nullopt;
    return settings;
}

std::optional<Settings> load_settings(const std::filesystem::path& file,
                                      document::Problems& problems) {
    const auto text = document::read_text(file, problems);
    if (!text) return std::nullopt;
    const char* const state = std::getenv("STATE_DIRECTORY");  // set before any thread
    std::string_view folders = state == nullptr ? std::string_view() : state;
    folders = folders.substr(0, folders.find(':'));
    auto settings = parse_settings(*text, file.string(), file.parent_path(), problems, folders);
    Log log = settings ? settings->log : Log();
    const bool level =
        from_environment("LWM2M_BOOTSTRAPD_LOG_LEVEL", log_levels, log.level, problems);
    const bool format =
        from_environment("LWM2M_BOOTSTRAPD_LOG_FORMAT", log_formats, log.format, problems);
    if (!settings || !level || !format) return std::nullopt;
    settings->log = log;
    return settings;
}

std::string print_settings(const Settings& settings) {
    const Limits& limits = settings.limits;
    nlohmann::ordered_json json;
    json["listen"] = {{"coap", settings.listen.coap},
                      {"coaps", settings.listen.coaps},
                      {"publicUri", text_or_null(settings.listen.public_uri)}};
    json["http"] = http_json(settings.http);
    json["metrics"] = metrics_json(settings.metrics);
    json["provisioning"] = {{"profiles", settings.provisioning.profiles.string()},
                            {"devices", settings.provisioning.devices.string()},
                            {"objects", path_or_null(settings.provisioning.objects)}};
    json["store"] = store_json(settings.store);
    json["attach"] = attach_json(settings.attach);
    print_outbound(settings.outbound, json);
    if (settings.shards == 0)
        json["shards"] = "auto";
    else
        json["shards"] = settings.shards;
    json["session"] = {{"deadline", settings.session.deadline},
                       {"attachWindow", settings.session.attach_window},
                       {"settle", settings.session.settle},
                       {"attachRetry", settings.session.attach_retry},
                       {"separateAfter", settings.session.separate_after}};
    json["transmission"] = {{"ackTimeout", settings.transmission.ack_timeout},
                            {"ackRandomFactor", settings.transmission.ack_random_factor},
                            {"maxRetransmit", settings.transmission.max_retransmit},
                            {"maxLatency", settings.transmission.max_latency}};
    json["dtls"] = dtls_json(settings.dtls);
    json["fleet"] = fleet_json(settings.fleet);
    json["rotation"] = {{"rate", settings.rotation.rate}};
    json["limits"] = {{"sessions", limits.sessions},
                      {"associations", limits.associations},
                      {"halfOpen", limits.half_open},
                      {"associationsPerPrefix", limits.associations_per_prefix},
                      {"datagramsPerSecondPerPeer", limits.datagrams_per_second_per_peer},
                      {"associationIdle", limits.association_idle},
                      {"unsecuredPeers", limits.unsecured_peers},
                      {"pendingAttachments", limits.pending_attachments},
                      {"sessionRecords", limits.session_records},
                      {"handOverQueue", limits.hand_over_queue},
                      {"failedHandshakesPerAddress", limits.failed_handshakes_per_address},
                      {"failedHandshakesPerPrefix", limits.failed_handshakes_per_prefix},
                      {"failedHandshakeWindow", limits.failed_handshake_window},
                      {"traces", limits.traces}};
    json["drain"] = {{"timeout", settings.drain.timeout}};
    json["log"] = {{"level", log_levels[static_cast<std::size_t>(settings.log.level)]},
                   {"format", log_formats[static_cast<std::size_t>(settings.log.format)]}};
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::vector<std::string> needs_restart(const Settings& running, const Settings& wanted) {
    std::vector<std::string> changed;
    const auto compare = [&](std::string_view pointer, const auto& from, const auto& to) {
        if (from != to) changed.emplace_back(pointer);
    };
    compare("/listen/coap", running.listen.coap, wanted.listen.coap);
    compare("/listen/coaps", running.listen.coaps, wanted.listen.coaps);
    http_needs_restart(running.http, wanted.http, changed);
    compare("/metrics/listen", running.metrics.listen, wanted.metrics.listen);
    compare("/store/sqlite", running.store.sqlite, wanted.store.sqlite);
    compare("/store/masterKey", running.store.master_key, wanted.store.master_key);
    compare("/store/oldMasterKeys", running.store.old_master_keys, wanted.store.old_master_keys);
    compare("/store/retention", running.store.retention, wanted.store.retention);
    for (std::string& pointer : attach_needs_restart(running.attach, wanted.attach))
        changed.push_back(std::move(pointer));
    compare("/shards", running.shards, wanted.shards);
    compare("/session/deadline", running.session.deadline, wanted.session.deadline);
    compare("/session/separateAfter", running.session.separate_after,
            wanted.session.separate_after);
    compare("/transmission/ackTimeout", running.transmission.ack_timeout,
            wanted.transmission.ack_timeout);
    compare("/transmission/ackRandomFactor", running.transmission.ack_random_factor,
            wanted.transmission.ack_random_factor);
    compare("/transmission/maxRetransmit", running.transmission.max_retransmit,
            wanted.transmission.max_retransmit);
    compare("/transmission/maxLatency", running.transmission.max_latency,
            wanted.transmission.max_latency);
    dtls_needs_restart(running.dtls, wanted.dtls, changed);
    return changed;
}

}  // namespace config
