#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/bootstrap/directory.h"
#include "server/bootstrap/trigger.h"

namespace bootstrap {

// One endpoint's live session, from its claim or trigger to its record in the ledger.
struct LiveSession {
    SessionRecord record;
    std::optional<Trigger> trigger;
    std::optional<PeerRef> peer;            // where it runs, while it does
    std::optional<std::uint16_t> shard;     // a Reach is under way there, the peer not yet known
    std::optional<Claim> successor;         // the newest claim, waiting for this one to stop
    std::optional<Session::Stop> stopping;  // asked for, not yet confirmed
    bool window_closed = false;             // the stop is the trigger's expiry
    bool redirected = false;                // the stop makes way for another address

  private:
    friend class LiveSessions;
    std::uint64_t sequence_ = 0;
    std::optional<wire::TimePoint> wake_;
};

// All live sessions, found by endpoint, by id, by the identity a trigger waits for and by the time
// they want to be looked at. References stay valid until erase(). Its size is bounded by the
// Directory's limits on sessions and pending triggers. Used by one thread.
class LiveSessions {
  public:
    // A new one, in the state `ended` until set_state() counts it in.
    LiveSession& add(SessionRecord record);
    // The record of one that is over.
    SessionRecord erase(LiveSession& live);

    LiveSession* by_endpoint(const std::string& endpoint);
    LiveSession* by_id(const SessionId& id);
    const LiveSession* by_endpoint(const std::string& endpoint) const;
    const LiveSession* by_id(const SessionId& id) const;
    std::vector<LiveSession*> all();
    // Newest first, `limit` at most.
    std::vector<SessionRecord> newest(std::size_t limit) const;

    void set_state(LiveSession& live, SessionState state);
    std::size_t running() const { return running_; }
    std::size_t waiting() const { return waiting_; }

    void set_trigger(LiveSession& live, Trigger trigger);
    // Those that wait, having a trigger for a device of this identity.
    std::vector<LiveSession*> waiting_for(const std::string& identity);

    void wake_at(LiveSession& live, std::optional<wire::TimePoint> when);
    std::optional<wire::TimePoint> next_wake() const;
    // One whose time has come, its wake taken back; null: none.
    LiveSession* take_due(wire::TimePoint now);

  private:
    std::size_t* count_of(SessionState state);

    std::unordered_map<std::string, LiveSession> by_endpoint_;
    std::unordered_map<SessionId, std::string> endpoint_of_;
    std::map<std::uint64_t, std::string> by_sequence_;
    std::unordered_map<std::string, std::set<std::string>> endpoints_of_identity_;
    std::set<std::pair<wire::TimePoint, std::string>> wakes_;
    std::uint64_t next_sequence_ = 0;
    std::size_t running_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace bootstrap
