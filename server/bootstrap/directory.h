#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/bootstrap/messages.h"
#include "server/bootstrap/record.h"
#include "server/wire/random.h"
#include "server/wire/time.h"

namespace bootstrap {

enum class SessionState {
    waiting,   // a trigger that waits for the device, for its turn or for the next attempt
    reaching,  // the daemon speaks first, or has its LwM2M Server asked, and has heard nothing yet
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
    // Attempts at reaching devices unasked: so many a second, after a pause a second's worth at
    // once; and so many sessions of that kind at once.
    unsigned attach_rate = 500;
    std::size_t attach_concurrency = 2000;
    std::size_t max_sessions = 20000;
    std::size_t max_pending_attachments = 100000;
    std::size_t max_records = 10000;
    std::size_t max_not_admitted_records = 1000;
    bool serves_unsecured = false;  // listen.coap is set
    bool serves_secured = false;    // listen.coaps is set
    // Triggers are kept elsewhere and restored after the next start: drain() tells no end of those
    // whose device has not answered yet.
    bool triggers_outlive = false;
};

// A device attached; the device was looked up already.
struct Attachment {
    provisioning::Assignment assignment;
    std::optional<wire::IpAddress> address;
    std::optional<std::uint16_t> port;
    std::string source;    // "api", "radius:…"
    std::string origin{};  // the gateway that told it, for withdraw_from(); may be empty
    // As FoundDevice has them: what to dial the device with, the likeliest first (empty: the
    // record's own PSK), and whether it has no account with this server any more.
    std::vector<provisioning::PskCredential> to_dial{};
    bool account_expired = false;
};
struct AttachAccepted {
    SessionId session;
    SessionState state;
    std::chrono::system_clock::time_point expires{};  // when its window closes
};
struct AttachRefused {
    enum class Why {
        under_way,    // 409: an operation has been answered already
        unreachable,  // 422: the record rules out every way, or the device's account has expired
        full,         // 503: limits, or the daemon drains
    } why;
    std::string reason;
};
using AttachResult = std::variant<AttachAccepted, AttachRefused>;

// What must be one for the whole daemon: endpoint → session, endpoint → association, pending
// triggers, and the newest records. Pure: notices and time in, commands out. Lives on the control
// thread.
//
// A trigger that has a way to its device waits for its turn in one queue: first come, first
// served, a retry at the back. Turns are given by DirectorySettings::attach_rate and
// attach_concurrency; of limits.sessions a quarter at least is left to devices that ask.
class Directory {
  public:
    using Wall = std::chrono::system_clock::time_point;
    // Which shard owns a peer's address.
    using Owner = std::function<std::uint16_t(const wire::SocketAddress& remote)>;

    Directory(const DirectorySettings&, wire::Random&, Owner);
    ~Directory();

    struct Addressed {
        std::uint16_t shard;
        Command command;
    };
    // The device's LwM2M Server is to execute /1/x/9 there; answered by asked().
    struct Ask {
        SessionId session;
        std::string endpoint;
        std::string server;  // its name in the settings
        model::InstanceId server_instance = 0;
    };
    // Commands to the shards and records of what has ended, in order.
    struct Output {
        std::vector<Addressed> commands;
        std::vector<Ask> asks;
        std::vector<SessionRecord> ended;  // for log, counters, webhooks
        std::vector<SessionRecord> started;
    };

    AttachResult attach(const Attachment&, wire::TimePoint now, Wall, Output&);
    // A trigger of before a restart, under the id that its sender was told; in the order of
    // acceptance. Where its window has closed, or its device or profile is gone, it ends at once.
    struct Restored {
        SessionId session;
        Attachment attachment;
        Wall accepted;
        Wall expires;
        std::string endpoint{};  // for the record of one whose device is gone
    };
    void restore(Restored&&, wire::TimePoint now, Wall, Output&);
    // The device has left the network: its trigger, if it has heard nothing, ends as cancelled, and
    // its id is returned. A session under way goes on, and so does a trigger that knows of another
    // address: that was told later, by another gateway.
    std::optional<SessionId> withdraw(const std::string& endpoint,
                                      const std::optional<wire::IpAddress>& address,
                                      std::string reason, wire::TimePoint now, Wall, Output&);
    // The same for every trigger of an Attachment::origin that was told before, a bounded number
    // now and the rest by on_timer().
    void withdraw_from(const std::string& origin, std::string reason, wire::TimePoint now, Wall,
                       Output&);
    // The device's record, profile or keys are others by now: what waits for it goes by that.
    // `to_dial` as in Attachment.
    void refresh(const provisioning::Assignment&,
                 const std::vector<provisioning::PskCredential>& to_dial = {});
    // What became of an Ask: nothing, or why it failed.
    void asked(const SessionId&, std::optional<std::string> failure, wire::TimePoint now, Wall,
               Output&);
    void notice(Notice, wire::TimePoint now, Wall, Output&);
    // Does a bounded number of things; what is left is due at once.
    void on_timer(wire::TimePoint now, Wall, Output&);
    std::optional<wire::TimePoint> next_deadline() const;

    // False when there is no such session, or it has ended.
    bool cancel(const SessionId&, wire::TimePoint now, Wall, Output&);
    // No new sessions from now on; triggers that wait are refused and told as interrupted, unless
    // they outlive the daemon.
    void drain(wire::TimePoint now, Wall, Output&);
    // Ends every running session as interrupted.
    void interrupt(wire::TimePoint now, Wall, Output&);
    void reconfigure(const DirectorySettings&);

    // Also one that has ended, while it is among the newest and not forgotten.
    std::optional<SessionRecord> find(const SessionId&) const;
    // The record of the end is kept elsewhere.
    void forget(const SessionId&);
    // Those that run or wait, newest first.
    std::vector<SessionRecord> live(const std::optional<std::string>& endpoint,
                                    std::size_t limit) const;

    struct Gauges {
        std::size_t running = 0;   // reaching ones included
        std::size_t reaching = 0;  // unasked, nothing heard yet
        std::size_t waiting = 0;   // triggers
        std::size_t backlog = 0;   // of those: could start but for their turn
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
