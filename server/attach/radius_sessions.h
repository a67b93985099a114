#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/attach/radius_event.h"
#include "server/wire/time.h"

namespace attach::radius {

// What gateways told of their sessions, so that one event is one trigger, however often it is sent:
// a retransmission with another Acct-Delay-Time is another packet (RFC 2866 §5.2). Bounded: the
// session that was longest not heard of goes first. Used by one thread.
class Sessions {
  public:
    struct Limits {
        std::size_t sessions = 250'000;
        std::size_t gateways = 10'000;
        // How long a late Start is taken for one of the session that a Stop has ended.
        wire::Duration stopped_for = std::chrono::minutes(10);
    };
    explicit Sessions(const Limits& limits) : limits_(limits) {}

    enum class Decision {
        deliver,    // news
        known,      // told before, or nothing that matters
        under_way,  // told before, and not settled yet
    };
    // Of a Start, Stop or Interim-Update. After `deliver` comes settle().
    //
    // An Interim-Update is news when its address is another than the session's last one. That of a
    // session never heard of is remembered only: after a restart of the daemon all devices of the
    // network would seem to attach.
    Decision take(const Told& told, wire::TimePoint now);
    // Whether it is kept; if not, its retransmission is news again.
    void settle(const Told& told, bool kept, wire::TimePoint now);
    // Of an Accounting-On or -Off: whether it is news. All sessions of the gateway are forgotten
    // then.
    bool restart(const Told& told, wire::TimePoint now);

    std::size_t size() const { return sessions_.size(); }
    std::uint64_t evicted() const { return evicted_; }

  private:
    struct Session {
        std::string subscriber;
        std::optional<wire::IpAddress> address;
        bool started = false;
        std::optional<wire::TimePoint> stopped;
        unsigned under_way = 0;  // a bit a Status
        std::list<std::string_view>::iterator order;
    };
    struct Gateway {
        std::uint64_t generation = 0;  // of its sessions
        Status status = Status::accounting_on;
        std::optional<std::uint32_t> timestamp;
        wire::TimePoint happened{};
    };

    std::string key_of(const Told& told) const;
    Session& session_of(const std::string& key, const Told& told, wire::TimePoint now);

    Limits limits_;
    std::unordered_map<std::string, Session> sessions_;
    std::list<std::string_view> order_;  // keys of sessions_, the longest not heard of first
    std::unordered_map<std::string, Gateway> gateways_;
    std::uint64_t generation_ = 0;
    std::uint64_t evicted_ = 0;
};

}  // namespace attach::radius
