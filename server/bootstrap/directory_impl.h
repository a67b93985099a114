#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "server/bootstrap/association_index.h"
#include "server/bootstrap/directory.h"
#include "server/bootstrap/ledger.h"
#include "server/bootstrap/live_sessions.h"
#include "server/bootstrap/start_queue.h"
#include "server/bootstrap/start_rate.h"
#include "server/bootstrap/trigger.h"

namespace bootstrap {

// What the Directory is made of. Sessions, from claim or attempt to their end, are in
// directory_sessions.cpp; what becomes of triggers in directory_triggers.cpp.
class Directory::Impl {
  public:
    Impl(const DirectorySettings& settings, wire::Random& random, Owner owner);

    // What every transition needs: when it is, and where its effects go.
    struct Turn {
        wire::TimePoint now;
        Wall wall;
        Output& out;

        Wall wall_of(wire::TimePoint then) const {
            return wall - std::chrono::duration_cast<Wall::duration>(now - then);
        }
    };

    AttachResult attach(const Attachment& attachment, const Turn& turn);
    void restore(Restored&& restored, const Turn& turn);
    std::optional<SessionId> withdraw(const std::string& endpoint,
                                      const std::optional<wire::IpAddress>& address,
                                      std::string reason, const Turn& turn);
    void refresh(const provisioning::Assignment& assignment,
                 const std::vector<provisioning::PskCredential>& to_dial);
    void withdraw_from(const std::string& origin, std::string reason, const Turn& turn);
    void asked(const SessionId& id, const std::optional<std::string>& failure, const Turn& turn);
    void on(AssociationOpened&& notice, const Turn& turn);
    void on(AssociationClosed&& notice, const Turn& turn);
    void on(Claim&& claim, const Turn& turn);
    void on(OperationAnswered&& notice, const Turn& turn);
    void on(Ended&& notice, const Turn& turn);
    void on(NotReached&& notice, const Turn& turn);
    void on(NotAdmitted&& notice, const Turn& turn);
    // These two are for whoever keeps the credentials.
    void on(DialFinished&&, const Turn&) {}
    void on(PreparationWanted&&, const Turn&) {}
    void on_timer(const Turn& turn);
    bool cancel(const SessionId& id, const Turn& turn);
    void drain(const Turn& turn);
    void interrupt(const Turn& turn);
    void reconfigure(const DirectorySettings& settings);
    // Turns for those who wait; to be called at the end of whatever may have made room.
    void serve(const Turn& turn);

    std::optional<wire::TimePoint> next_deadline() const;
    std::optional<SessionRecord> find(const SessionId& id) const;
    void forget(const SessionId& id) { ledger_.forget(id); }
    std::vector<SessionRecord> live(const std::optional<std::string>& endpoint,
                                    std::size_t limit) const;
    Gauges gauges() const;

  private:
    SessionId fresh_id();
    LiveSession& begin(SessionId id, const provisioning::Assignment& assignment, Wall started);
    // Claims.
    void grant(LiveSession& live, Claim&& claim, const Turn& turn);
    void deny(const Claim& claim, coap::Code code, std::string reason, const Turn& turn);
    // `profile` is empty where the device is not known.
    void record_refusal(NotAdmitted refusal, std::string profile, const Turn& turn);
    // Attempts.
    void stop(LiveSession& live, Session::Stop why, std::string reason, const Turn& turn);
    void attempt_over(LiveSession& live, SessionReport&& report, const Turn& turn);
    void goes_on_or_ends(LiveSession& live, const Turn& turn, bool window_closed, bool redirected,
                         std::optional<std::string> withdrawn);
    void hand_to_successor(LiveSession& live, const Turn& turn);
    // Ends.
    void end(LiveSession& live, Outcome outcome, std::string cause, const Turn& turn);
    void tell_end(SessionRecord record, const Turn& turn);
    void put_aside(LiveSession& live);
    // Triggers.
    bool is_at_no_shard(const LiveSession& live) const;
    AttachAccepted attach_to(LiveSession& live, const Attachment& attachment, const Turn& turn);
    void advance(LiveSession& live, const Turn& turn);
    void pause(LiveSession& live, const Trigger::Pause& pause);
    bool has_room() const;
    void start(LiveSession& live, const Trigger::Way& way, const Turn& turn);
    std::optional<SessionId> withdraw(LiveSession& live, const std::string& reason,
                                      const Turn& turn);
    void go_on_withdrawing(const Turn& turn);

    DirectorySettings settings_;
    wire::Random& random_;
    Owner owner_;
    bool draining_ = false;
    std::uint64_t refused_by_limit_ = 0;
    wire::TimePoint served_{};  // when serve() was called last

    LiveSessions live_;
    AssociationIndex associations_;
    StartQueue queue_;
    StartRate rate_;
    struct Withdrawal {
        LiveSessions::Told told;
        std::string reason;
    };
    std::deque<Withdrawal> withdrawals_;
    Ledger ledger_;
};

}  // namespace bootstrap
