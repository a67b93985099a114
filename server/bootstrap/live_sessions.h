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

// One endpoint's live session, from its claim or trigger to its end.
struct LiveSession {
    SessionRecord record;
    std::optional<Trigger> trigger;
    std::optional<PeerRef> peer;            // where it runs, while it does
    std::optional<std::uint16_t> shard;     // a Reach is under way there, the peer not yet known
    std::optional<Claim> successor;         // the newest claim, waiting for this one to stop
    std::optional<Session::Stop> stopping;  // asked for, not yet confirmed
    bool asking = false;         // its LwM2M Server is being asked: no shard has anything of it
    bool window_closed = false;  // the stop is the trigger's expiry
    bool redirected = false;     // the stop makes way for another address
    std::optional<std::string> withdrawn;         // … or the device has left, and this is why
    std::optional<std::uint64_t> place_in_queue;  // StartQueue's

  private:
    friend class LiveSessions;
    std::uint64_t sequence_ = 0;
    std::uint64_t told_ = 0;
    std::optional<wire::TimePoint> wake_;
};

// All live sessions, found by endpoint, by id, by the gateway that told a trigger, and by the time
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
    // Oldest first.
    std::vector<LiveSession*> all();
    // Newest first, `limit` at most.
    std::vector<SessionRecord> newest(std::size_t limit) const;

    void set_state(LiveSession& live, SessionState state, Mode mode);
    void set_state(LiveSession& live, SessionState state) {
        set_state(live, state, live.record.mode);
    }
    std::size_t running() const { return counts_.running; }  // reaching ones included
    std::size_t reaching() const { return counts_.reaching; }
    std::size_t waiting() const { return counts_.waiting; }
    // Of those that run or reach: the daemon began them.
    std::size_t unasked() const { return counts_.unasked; }

    void set_trigger(LiveSession& live, Trigger trigger);
    void clear_trigger(LiveSession& live);
    // The trigger was told once more; while it waits it takes over what is known of the device.
    void told(LiveSession& live, const Attachment& attachment);
    // Of one that has a trigger.
    void set_assignment(LiveSession& live, const provisioning::Assignment& assignment,
                        const std::vector<provisioning::PskCredential>& to_dial);

    // What a gateway has told until now, to be gone through in parts.
    class Told {
      public:
        bool empty() const { return sequences_.empty(); }

      private:
        friend class LiveSessions;
        std::set<std::uint64_t> sequences_;
        std::uint64_t until_ = 0;
    };
    Told take_told_by(const std::string& origin);
    // The oldest of them, taken out; null where it is over or was told again since.
    LiveSession* take(Told& told);

    void wake_at(LiveSession& live, std::optional<wire::TimePoint> when);
    std::optional<wire::TimePoint> next_wake() const;
    // One whose time has come, its wake taken back; null: none.
    LiveSession* take_due(wire::TimePoint now);

  private:
    struct Counts {
        std::size_t running = 0, reaching = 0, waiting = 0, unasked = 0;
    };
    struct InCounts {
        bool running, reaching, waiting, unasked;
    };
    static InCounts in_counts(const SessionRecord& record);
    void index(LiveSession& live);
    void forget_index(const LiveSession& live);

    std::unordered_map<std::string, LiveSession> by_endpoint_;
    std::unordered_map<SessionId, LiveSession*> by_id_;
    std::map<std::uint64_t, LiveSession*> by_sequence_;
    std::unordered_map<std::string, std::set<std::uint64_t>> by_origin_;
    std::set<std::pair<wire::TimePoint, std::uint64_t>> wakes_;
    std::uint64_t next_sequence_ = 0;
    std::uint64_t told_ = 0;  // how often a trigger was told
    Counts counts_;
};

}  // namespace bootstrap
