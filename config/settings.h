#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/attach_settings.h"
#include "config/document/document.h"
#include "config/dtls_settings.h"
#include "config/fleet_settings.h"
#include "config/http_settings.h"
#include "config/metrics_settings.h"
#include "config/outbound_settings.h"
#include "config/store_settings.h"

// The daemon's settings: plain values with defaults, one struct a section of the file. Layer
// neutral: addresses are texts that were checked, times are seconds.
namespace config {

enum class LogLevel { trace, debug, info, warning, error };
enum class LogFormat { text, json };

struct Listen {
    std::vector<std::string> coap;   // "address:port", unsecured; none: no unsecured service
    std::vector<std::string> coaps;  // "address:port", DTLS
    // What devices know this server by, for a new account with it; empty: no account is written.
    std::string public_uri;
};
struct Provisioning {
    std::filesystem::path profiles;
    std::filesystem::path devices;
    std::filesystem::path objects;  // the operator's Object definitions; empty: none
};
struct Session {
    double deadline = 600;
    double attach_window = 3600;
    double settle = 5;
    double attach_retry = 60;   // first pause between attempts to reach a device; doubles
    double separate_after = 1;  // a slower answer to a request is preceded by an empty ACK
};
struct Transmission {
    double ack_timeout = 2.0;
    double ack_random_factor = 1.5;
    unsigned max_retransmit = 4;
    double max_latency = 100;
};
struct Limits {
    std::size_t sessions = 20000;
    std::size_t associations = 20000;
    std::size_t half_open = 2000;
    std::size_t associations_per_prefix = 0;  // per IPv4 /24 or IPv6 /48; 0: no cap
    unsigned datagrams_per_second_per_peer = 50;
    double association_idle = 300;
    std::size_t unsecured_peers = 20000;
    std::size_t pending_attachments = 100000;
    std::size_t session_records = 10000;
    std::size_t hand_over_queue = 4096;
    // Handshakes that proved nothing: above so many of an address, or of its IPv4 /24 or IPv6 /48,
    // within the window, it is heard no more until the window is over. 0: no limit.
    unsigned failed_handshakes_per_address = 20;
    unsigned failed_handshakes_per_prefix = 200;
    double failed_handshake_window = 60;
    unsigned traces = 4;  // taken at once
};
// Of a rotation of many devices' keys.
struct Rotation {
    unsigned rate = 10;  // devices a second
};
struct Drain {
    double timeout = 60;
};
struct Log {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;
};

struct Settings {
    Listen listen;
    Http http;
    Metrics metrics;
    Provisioning provisioning;
    Store store;
    Attach attach;
    Outbound outbound;    // "webhooks", "lwm2mServers" and "keyShares"
    unsigned shards = 0;  // 0: "auto", one per core
    Session session;
    Transmission transmission;
    Dtls dtls;
    Fleet fleet;
    Rotation rotation;
    Limits limits;
    Drain drain;
    Log log;
};

// Relative paths are taken from the file's folder; where the settings name no database it is in the
// service manager's state folder ($STATE_DIRECTORY, systemd.exec(5)), else in that folder too.
// Nothing is returned when there is a problem; all problems are told. In the environment
// LWM2M_BOOTSTRAPD_LOG_LEVEL and LWM2M_BOOTSTRAPD_LOG_FORMAT, where they are not empty, count
// before the file's "log".
std::optional<Settings> load_settings(const std::filesystem::path& file,
                                      document::Problems& problems);
// The same from a text, `folder` being where relative paths start, `state` the state folder; an
// empty one is none.
std::optional<Settings> parse_settings(std::string_view text, std::string_view file,
                                       const std::filesystem::path& folder,
                                       document::Problems& problems,
                                       const std::filesystem::path& state = {});

// The settings in force as JSON text, every key with its value: --print-config.
std::string print_settings(const Settings&);

// Which of the changes from one to the other need a restart ("/listen/coap", …).
std::vector<std::string> needs_restart(const Settings& running, const Settings& wanted);

}  // namespace config
