#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/bootstrap/messages.h"
#include "server/bootstrap/record.h"
#include "server/wire/random.h"
#include "server/wire/time.h"

namespace bootstrap {

enum class SessionState {
    waiting,   // a trigger that waits for the device, for `settle` or for the next attempt
    reaching,  // the daemon speaks first and has heard nothing yet
    running,
    ended,
};
std::string_view to_string(SessionState);

// What the API shows of a session, running or past.
struct SessionRecord {
    SessionId id;
    std::string endpoint;
    std::string profile;
    Mode mode = Mode::client_initiated;
    SessionState state = SessionState::running;
    SessionReport report;
    std::string remote;  // where the device is, as last known
    bool secured = false;
    bool triggered = false;  // a network-attach trigger stands behind it
    unsigned attempts = 0;   // of reaching the device unasked
    SessionId trigger;       // of a superseded attempt: the session that inherited the trigger
    std::optional<std::uint16_t> preferred_format;
    std::vector<std::string> other_queries;
    std::chrono::system_clock::time_point started{};
    // What the operations' times count from: later than `started` where a trigger had to wait.
    std::chrono::system_clock::time_point operations_started{};
    std::optional<std::chrono::system_clock::time_point> ended;
};

struct DirectorySettings {
    wire::Duration attach_window = std::chrono::seconds(3600);
    wire::Duration settle = std::chrono::seconds(5);
    wire::Duration attach_retry = std::chrono::seconds(60);
    std::size_t max_sessions = 20000;
    std::size_t max_pending_attachments = 100000;
    std::size_t max_records = 10000;
    std::size_t max_not_admitted_records = 1000;
    bool serves_unsecured = false;  // listen.coap is set
    bool serves_secured = false;    // listen.coaps is set
};

// A device attached; the device was looked up already.
struct Attachment {
    provisioning::Assignment assignment;
    std::optional<wire::IpAddress> address;
    std::optional<std::uint16_t> port;
    std::string source;  // "api", "radius:…"
};
struct AttachAccepted {
    SessionId session;
    SessionState state;
};
struct AttachRefused {
    enum class Why {
        under_way,    // 409: an operation has been answered already
        unreachable,  // 422: the record rules out every way
        full,         // 503: limits, or the daemon drains
    } why;
    std::string reason;
};
using AttachResult = std::variant<AttachAccepted, AttachRefused>;

// What must be one for the whole daemon: endpoint → session, identity → association, pending
// triggers, and the records. Pure: notices and time in, commands out. Lives on the control thread.
class Directory {
  public:
    // Which shard owns a peer's address.
    using Owner = std::function<std::uint16_t(const wire::SocketAddress& remote)>;

    Directory(const DirectorySettings&, wire::Random&, Owner);
    ~Directory();

    struct Addressed {
        std::uint16_t shard;
        Command command;
    };
    // Commands to the shards and records of what has ended, in order.
    struct Output {
        std::vector<Addressed> commands;
        std::vector<SessionRecord> ended;  // for log, counters, webhooks
        std::vector<SessionRecord> started;
    };

    AttachResult attach(const Attachment&, wire::TimePoint now,
                        std::chrono::system_clock::time_point wall, Output&);
    void notice(Notice, wire::TimePoint now, std::chrono::system_clock::time_point wall, Output&);
    void on_timer(wire::TimePoint now, std::chrono::system_clock::time_point wall, Output&);
    std::optional<wire::TimePoint> next_deadline() const;

    // False when there is no such session, or it has ended.
    bool cancel(const SessionId&, wire::TimePoint now, std::chrono::system_clock::time_point wall,
                Output&);
    // No new sessions from now on; triggers that wait are refused and told as interrupted.
    void drain(wire::TimePoint now, std::chrono::system_clock::time_point wall, Output&);
    // Ends every running session as interrupted.
    void interrupt(wire::TimePoint now, std::chrono::system_clock::time_point wall, Output&);
    void reconfigure(const DirectorySettings&);

    std::optional<SessionRecord> find(const SessionId&) const;
    // Newest first.
    struct Filter {
        std::optional<std::string> endpoint;
        std::optional<Outcome> outcome;
        std::size_t limit = 100;
    };
    std::vector<SessionRecord> list(const Filter&) const;

    struct Gauges {
        std::size_t running = 0;
        std::size_t waiting = 0;
        std::size_t associations = 0;
        std::size_t records = 0;
        std::uint64_t refused_by_limit = 0;
    };
    Gauges gauges() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bootstrap
