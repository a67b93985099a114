#include "server/bootstrap/directory.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/bootstrap/association_index.h"
#include "server/bootstrap/ledger.h"
#include "server/bootstrap/live_sessions.h"
#include "server/bootstrap/trigger.h"

namespace bootstrap {

std::string_view to_string(SessionState state) {
    switch (state) {
        case SessionState::waiting:
            return "waiting";
        case SessionState::reaching:
            return "reaching";
        case SessionState::running:
            return "running";
        case SessionState::ended:
            return "ended";
    }
    return "ended";
}

namespace {

using Wall = std::chrono::system_clock::time_point;

}  // namespace

class Directory::Impl {
  public:
    Impl(const DirectorySettings& settings, wire::Random& random, Owner owner)
        : settings_(settings),
          random_(random),
          owner_(std::move(owner)),
          ledger_(settings.max_records, settings.max_not_admitted_records) {}

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
    void on(AssociationOpened&& notice, const Turn& turn);
    void on(AssociationClosed&& notice, const Turn& turn);
    void on(Claim&& claim, const Turn& turn);
    void on(OperationAnswered&& notice, const Turn& turn);
    void on(Ended&& notice, const Turn& turn);
    void on(NotReached&& notice, const Turn& turn);
    void on(NotAdmitted&& notice, const Turn& turn);
    void on_timer(const Turn& turn);
    bool cancel(const SessionId& id, const Turn& turn);
    void drain(const Turn& turn);
    void interrupt(const Turn& turn);
    void reconfigure(const DirectorySettings& settings);

    std::optional<wire::TimePoint> next_deadline() const;
    std::optional<SessionRecord> find(const SessionId& id) const;
    std::vector<SessionRecord> list(const Filter& filter) const;
    Gauges gauges() const;

  private:
    LiveSession& begin(const provisioning::Assignment& assignment, const Turn& turn);
    void grant(LiveSession& live, Claim&& claim, const Turn& turn);
    void deny(const Claim& claim, coap::Code code, std::string reason, const Turn& turn);
    // `profile` is empty where the device is not known.
    void record_refusal(NotAdmitted refusal, std::string profile, const Turn& turn);
    void advance(LiveSession& live, const Turn& turn);
    void stop(LiveSession& live, Session::Stop why, std::string reason, const Turn& turn);
    void end(LiveSession& live, Outcome outcome, std::string cause, const Turn& turn);
    void attempt_over(LiveSession& live, SessionReport&& report, const Turn& turn);
    void hand_to_successor(LiveSession& live, const Turn& turn);
    SessionId fresh_id();

    DirectorySettings settings_;
    wire::Random& random_;
    Owner owner_;
    bool draining_ = false;

    std::uint64_t refused_by_limit_ = 0;

    LiveSessions live_;
    AssociationIndex associations_;
    Ledger ledger_;
};

SessionId Directory::Impl::fresh_id() {
    std::array<std::uint8_t, 16> octets{};
    random_.fill(octets);
    return wire::to_hex(octets);
}

LiveSession& Directory::Impl::begin(const provisioning::Assignment& assignment, const Turn& turn) {
    SessionRecord record;
    record.id = fresh_id();
    record.endpoint = assignment.device->endpoint.text();
    record.profile = assignment.profile->name;
    record.started = turn.wall;
    return live_.add(std::move(record));
}

void Directory::Impl::grant(LiveSession& live, Claim&& claim, const Turn& turn) {
    live_.set_state(live, SessionState::running);
    live_.wake_at(live, std::nullopt);
    live.peer = claim.peer;
    live.shard.reset();
    live.record.mode = Mode::client_initiated;
    live.record.report = {};
    live.record.remote = claim.remote.to_string();
    live.record.secured = claim.secured;
    live.record.preferred_format = claim.preferred_format;
    live.record.other_queries = std::move(claim.other_queries);
    turn.out.started.push_back(live.record);
    turn.out.commands.push_back(
        {claim.peer.shard, Grant{claim.peer, std::move(claim.assignment), live.record.id}});
}

void Directory::Impl::deny(const Claim& claim, coap::Code code, std::string reason,
                           const Turn& turn) {
    record_refusal({claim.assignment.device->endpoint.text(), claim.remote, claim.secured, reason},
                   claim.assignment.profile->name, turn);
    turn.out.commands.push_back({claim.peer.shard, Deny{claim.peer, code, std::move(reason)}});
}

void Directory::Impl::on(Claim&& claim, const Turn& turn) {
    if (draining_) {
        deny(claim, coap::Code::service_unavailable, "the daemon stops", turn);
        return;
    }
    LiveSession* live = live_.by_endpoint(claim.assignment.device->endpoint.text());
    if (live == nullptr || live->record.state == SessionState::waiting) {
        if (live_.running() >= settings_.max_sessions) {
            ++refused_by_limit_;
            deny(claim, coap::Code::service_unavailable, "limits.sessions is reached", turn);
            return;
        }
        grant(live == nullptr ? begin(claim.assignment, turn) : *live, std::move(claim), turn);
        return;
    }
    if (live->successor && live->successor->peer != claim.peer)
        deny(*live->successor, coap::Code::bad_request, "superseded by a newer request", turn);
    live->successor = std::move(claim);
    stop(*live, Session::Stop::superseded, "the device asked again", turn);
}

// Asks the shard that has it; what becomes of the session is decided when Ended arrives.
void Directory::Impl::stop(LiveSession& live, Session::Stop why, std::string reason,
                           const Turn& turn) {
    if (live.stopping) return;
    live.stopping = why;
    const std::uint16_t shard = live.peer ? live.peer->shard : live.shard.value_or(0);
    turn.out.commands.push_back({shard, Stop{live.peer.value_or(PeerRef{shard, 0}), live.record.id,
                                             why, std::move(reason)}});
}

void Directory::Impl::on(OperationAnswered&& notice, const Turn& turn) {
    LiveSession* live = live_.by_id(notice.session);
    if (live == nullptr) return;
    SessionReport& report = live->record.report;
    report.operations.push_back(std::move(notice.operation));
    live->record.operations_started = turn.wall_of(notice.started);
    report.device_answered = report.device_answered || notice.first_answer;
    if (live->record.state == SessionState::reaching && report.device_answered) {
        live_.set_state(*live, SessionState::running);
        live_.wake_at(*live, std::nullopt);
    }
}

void Directory::Impl::on(Ended&& notice, const Turn& turn) {
    LiveSession* live = live_.by_id(notice.session);
    if (live == nullptr || live->record.state == SessionState::waiting) return;
    // Without an outcome it answers a Stop that came too late: the end was told before it.
    if (!notice.report.outcome) return;
    if (live->peer && *live->peer != notice.peer) return;  // an earlier holder of the session
    attempt_over(*live, std::move(notice.report), turn);
}

void Directory::Impl::on(NotReached&& notice, const Turn& turn) {
    LiveSession* live = live_.by_id(notice.session);
    if (live == nullptr || live->record.state == SessionState::waiting) return;
    SessionReport report = std::move(notice.report);
    report.outcome = notice.final_outcome.value_or(Outcome::device_silent);
    report.cause = std::move(notice.cause);
    attempt_over(*live, std::move(report), turn);
}

// A shard has let go of the session: the one place that decides how it goes on.
void Directory::Impl::attempt_over(LiveSession& live, SessionReport&& report, const Turn& turn) {
    live.stopping.reset();
    const bool window_closed = std::exchange(live.window_closed, false);
    const bool redirected = std::exchange(live.redirected, false);
    live.peer.reset();
    live.shard.reset();
    live.record.report = std::move(report);
    live.record.operations_started = turn.wall_of(live.record.report.started);
    SessionReport& now_known = live.record.report;
    const bool unheard = live.trigger && !now_known.device_answered;
    const bool superseded = now_known.outcome == Outcome::superseded;
    const bool silent = unheard && now_known.outcome == Outcome::device_silent;

    if (live.successor && (superseded || silent)) {
        hand_to_successor(live, turn);
        return;
    }
    const bool waits_again = silent || (unheard && superseded && redirected);
    if (unheard && window_closed && now_known.outcome == Outcome::cancelled) {
        end(live, Outcome::expired, "the attach window closed before the device answered", turn);
    } else if (waits_again && !draining_) {
        live_.set_state(live, SessionState::waiting);
        now_known.outcome.reset();
        advance(live, turn);
    } else {
        auto successor = std::exchange(live.successor, std::nullopt);
        const Outcome outcome = *now_known.outcome;
        std::string cause = now_known.cause;
        end(live, outcome, std::move(cause), turn);
        if (successor) on(std::move(*successor), turn);
    }
}

// The device's own request takes over. A trigger goes with it, and with the trigger the session's
// id, which its sender was told; the attempt so far gets a record of its own.
void Directory::Impl::hand_to_successor(LiveSession& live, const Turn& turn) {
    Claim claim = std::move(*live.successor);
    live.successor.reset();
    if (!live.trigger) {
        std::string cause = live.record.report.cause;
        end(live, Outcome::superseded, std::move(cause), turn);
        on(std::move(claim), turn);
        return;
    }
    SessionRecord attempt = live.record;
    attempt.id = fresh_id();
    attempt.trigger = live.record.id;
    attempt.state = SessionState::ended;
    attempt.ended = turn.wall;
    attempt.report.outcome = Outcome::superseded;
    turn.out.ended.push_back(attempt);
    ledger_.add(std::move(attempt));
    grant(live, std::move(claim), turn);
}

void Directory::Impl::end(LiveSession& live, Outcome outcome, std::string cause, const Turn& turn) {
    live.record.ended = turn.wall;
    live.record.report.outcome = outcome;
    live.record.report.cause = std::move(cause);
    SessionRecord record = live_.erase(live);
    turn.out.ended.push_back(record);
    ledger_.add(std::move(record));
}

// A waiting trigger tries its next way, or waits.
void Directory::Impl::advance(LiveSession& live, const Turn& turn) {
    if (live.trigger->window_ends() <= turn.now) {
        end(live, Outcome::expired, "the attach window closed before the device answered", turn);
        return;
    }
    if (live_.running() >= settings_.max_sessions) {
        ++refused_by_limit_;
        live_.wake_at(live,
                      std::min(turn.now + std::chrono::seconds(1), live.trigger->window_ends()));
        return;
    }
    const Trigger::Way way = live.trigger->next_way(associations_, settings_, turn.now);
    if (const auto* pause = std::get_if<Trigger::Pause>(&way)) {
        live_.wake_at(live, std::min(pause->until, live.trigger->window_ends()));
        return;
    }
    ++live.record.attempts;
    live.record.mode = Mode::server_initiated;
    live.record.report = {};
    live_.set_state(live, SessionState::reaching);
    live_.wake_at(live, live.trigger->window_ends());
    const auto& assignment = live.trigger->assignment();
    if (const auto* open = std::get_if<Trigger::OverAssociation>(&way)) {
        live.peer = open->peer;
        live.record.remote = open->remote.to_string();
        live.record.secured = true;
        turn.out.commands.push_back(
            {open->peer.shard, Start{open->peer, assignment, live.record.id}});
    } else if (const auto* to = std::get_if<Trigger::ToAddress>(&way)) {
        live.shard = owner_(to->remote);
        live.record.remote = to->remote.to_string();
        live.record.secured = to->dial;
        turn.out.commands.push_back({*live.shard, Reach{to->remote, assignment.device->reach.source,
                                                        to->dial, assignment, live.record.id}});
    }
    turn.out.started.push_back(live.record);
}

AttachResult Directory::Impl::attach(const Attachment& attachment, const Turn& turn) {
    using Why = AttachRefused::Why;
    if (draining_) return AttachRefused{Why::full, "the daemon stops"};
    if (LiveSession* found = live_.by_endpoint(attachment.assignment.device->endpoint.text())) {
        LiveSession& live = *found;
        if (live.record.report.device_answered && live.record.state == SessionState::running)
            return AttachRefused{Why::under_way, "session " + live.record.id + " is under way"};
        const AttachAccepted same{live.record.id, live.record.state};
        live.record.triggered = true;
        if (!live.trigger) {
            live_.set_trigger(live, Trigger(attachment, settings_, turn.now));
        } else if (live.trigger->redirect(attachment)) {
            if (live.record.state == SessionState::waiting) {
                advance(live, turn);
            } else if (live.record.mode == Mode::server_initiated) {
                live.redirected = true;
                stop(live, Session::Stop::superseded, "the device has another address", turn);
            }
        }
        return same;
    }
    if (const auto why = Trigger::unreachable(attachment, settings_))
        return AttachRefused{Why::unreachable, *why};
    if (live_.waiting() >= settings_.max_pending_attachments) {
        ++refused_by_limit_;
        return AttachRefused{Why::full, "limits.pendingAttachments is reached"};
    }
    LiveSession& live = begin(attachment.assignment, turn);
    live.record.mode = Mode::server_initiated;
    live.record.triggered = true;
    live_.set_trigger(live, Trigger(attachment, settings_, turn.now));
    live_.set_state(live, SessionState::waiting);
    AttachAccepted accepted{live.record.id, SessionState::waiting};
    advance(live, turn);
    if (const LiveSession* now = live_.by_id(accepted.session)) accepted.state = now->record.state;
    return accepted;
}

void Directory::Impl::on(AssociationOpened&& notice, const Turn& turn) {
    associations_.opened(notice, turn.now);
    const std::string identity(wire::as_text(notice.psk_identity));
    for (LiveSession* live : live_.waiting_for(identity)) advance(*live, turn);
}

void Directory::Impl::on(AssociationClosed&& notice, const Turn&) {
    associations_.closed(notice.peer);
}

void Directory::Impl::on(NotAdmitted&& notice, const Turn& turn) {
    record_refusal(std::move(notice), {}, turn);
}

void Directory::Impl::record_refusal(NotAdmitted refusal, std::string profile, const Turn& turn) {
    SessionRecord record;
    record.id = fresh_id();
    record.endpoint = std::move(refusal.endpoint);
    record.profile = std::move(profile);
    record.state = SessionState::ended;
    record.remote = refusal.remote.to_string();
    record.secured = refusal.secured;
    record.started = turn.wall;
    record.ended = turn.wall;
    record.report.outcome = Outcome::not_admitted;
    record.report.cause = std::move(refusal.reason);
    turn.out.ended.push_back(record);
    ledger_.add(std::move(record));
}

void Directory::Impl::on_timer(const Turn& turn) {
    while (LiveSession* due = live_.take_due(turn.now)) {
        LiveSession& live = *due;
        if (live.record.state == SessionState::waiting) {
            advance(live, turn);
        } else if (live.record.state == SessionState::reaching && !live.stopping) {
            live.window_closed = true;
            stop(live, Session::Stop::cancelled, "the attach window closed", turn);
        }
    }
}

bool Directory::Impl::cancel(const SessionId& id, const Turn& turn) {
    LiveSession* live = live_.by_id(id);
    if (live == nullptr) return false;
    if (live->record.state == SessionState::waiting) {
        end(*live, Outcome::cancelled, "cancelled by the operator", turn);
    } else {
        live->window_closed = false;
        live->redirected = false;
        stop(*live, Session::Stop::cancelled, "cancelled by the operator", turn);
    }
    return true;
}

void Directory::Impl::drain(const Turn& turn) {
    draining_ = true;
    for (LiveSession* live : live_.all())
        if (live->record.state == SessionState::waiting)
            end(*live, Outcome::interrupted, "the daemon stops", turn);
}

void Directory::Impl::interrupt(const Turn& turn) {
    drain(turn);
    for (LiveSession* live : live_.all()) {
        live->window_closed = false;
        live->redirected = false;
        stop(*live, Session::Stop::interrupted, "the daemon stops", turn);
    }
}

void Directory::Impl::reconfigure(const DirectorySettings& settings) {
    settings_ = settings;
    ledger_.resize(settings.max_records, settings.max_not_admitted_records);
}

std::optional<wire::TimePoint> Directory::Impl::next_deadline() const {
    return live_.next_wake();
}

std::optional<SessionRecord> Directory::Impl::find(const SessionId& id) const {
    if (const LiveSession* live = live_.by_id(id)) return live->record;
    if (const SessionRecord* past = ledger_.find(id)) return *past;
    return std::nullopt;
}

std::vector<SessionRecord> Directory::Impl::list(const Filter& filter) const {
    std::vector<SessionRecord> found;
    if (filter.endpoint) {
        const LiveSession* live = live_.by_endpoint(*filter.endpoint);
        if (live != nullptr && !filter.outcome && filter.limit > 0) found.push_back(live->record);
    } else if (!filter.outcome) {
        found = live_.newest(filter.limit);
    }
    ledger_.list(filter, found);
    return found;
}

Directory::Gauges Directory::Impl::gauges() const {
    return {live_.running(), live_.waiting(), associations_.size(), ledger_.size(),
            refused_by_limit_};
}

// ---- the public face ----

Directory::Directory(const DirectorySettings& settings, wire::Random& random, Owner owner)
    : impl_(std::make_unique<Impl>(settings, random, std::move(owner))) {}
Directory::~Directory() = default;

AttachResult Directory::attach(const Attachment& attachment, wire::TimePoint now, Wall wall,
                               Output& out) {
    return impl_->attach(attachment, {now, wall, out});
}

void Directory::notice(Notice notice, wire::TimePoint now, Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    std::visit([&](auto&& what) { impl_->on(std::forward<decltype(what)>(what), turn); },
               std::move(notice));
}

void Directory::on_timer(wire::TimePoint now, Wall wall, Output& out) {
    impl_->on_timer({now, wall, out});
}

std::optional<wire::TimePoint> Directory::next_deadline() const {
    return impl_->next_deadline();
}

bool Directory::cancel(const SessionId& id, wire::TimePoint now, Wall wall, Output& out) {
    return impl_->cancel(id, {now, wall, out});
}

void Directory::drain(wire::TimePoint now, Wall wall, Output& out) {
    impl_->drain({now, wall, out});
}

void Directory::interrupt(wire::TimePoint now, Wall wall, Output& out) {
    impl_->interrupt({now, wall, out});
}

void Directory::reconfigure(const DirectorySettings& settings) {
    impl_->reconfigure(settings);
}

std::optional<SessionRecord> Directory::find(const SessionId& id) const {
    return impl_->find(id);
}

std::vector<SessionRecord> Directory::list(const Filter& filter) const {
    return impl_->list(filter);
}

Directory::Gauges Directory::gauges() const {
    return impl_->gauges();
}

}  // namespace bootstrap
