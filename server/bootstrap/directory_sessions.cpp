#include <algorithm>
#include <array>
#include <utility>

#include "server/bootstrap/directory_impl.h"

namespace bootstrap {

Directory::Impl::Impl(const DirectorySettings& settings, wire::Random& random, Owner owner)
    : settings_(settings),
      random_(random),
      owner_(std::move(owner)),
      rate_(settings.attach_rate),
      ledger_(settings.max_records, settings.max_not_admitted_records) {}

SessionId Directory::Impl::fresh_id() {
    std::array<std::uint8_t, 16> octets{};
    random_.fill(octets);
    return wire::to_hex(octets);
}

LiveSession& Directory::Impl::begin(SessionId id, const provisioning::Assignment& assignment,
                                    Wall started) {
    SessionRecord record;
    record.id = std::move(id);
    record.endpoint = assignment.device->endpoint.text();
    record.profile = assignment.profile->name;
    record.started = started;
    return live_.add(std::move(record));
}

// ---- claims ----

void Directory::Impl::grant(LiveSession& live, Claim&& claim, const Turn& turn) {
    queue_.leave(live);
    live_.set_state(live, SessionState::running, Mode::client_initiated);
    live_.wake_at(live, std::nullopt);
    live.asking = false;
    live.peer = claim.peer;
    live.shard.reset();
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
    if (live != nullptr && live->asking) {
        // It may well be quicker than the server's answer.
        grant(*live, std::move(claim), turn);
        return;
    }
    if (live == nullptr || live->record.state == SessionState::waiting) {
        if (live_.running() >= settings_.max_sessions) {
            ++refused_by_limit_;
            deny(claim, coap::Code::service_unavailable, "limits.sessions is reached", turn);
            return;
        }
        LiveSession& its = live != nullptr ? *live : begin(fresh_id(), claim.assignment, turn.wall);
        grant(its, std::move(claim), turn);
        return;
    }
    if (live->successor && live->successor->peer != claim.peer)
        deny(*live->successor, coap::Code::bad_request, "superseded by a newer request", turn);
    live->successor = std::move(claim);
    stop(*live, Session::Stop::superseded, "the device asked again", turn);
}

void Directory::Impl::on(NotAdmitted&& notice, const Turn& turn) {
    record_refusal(std::move(notice), {}, turn);
}

void Directory::Impl::record_refusal(NotAdmitted refusal, std::string profile, const Turn& turn) {
    SessionRecord record;
    record.id = fresh_id();
    record.endpoint = std::move(refusal.endpoint);
    record.profile = std::move(profile);
    record.remote = refusal.remote.to_string();
    record.secured = refusal.secured;
    record.started = turn.wall;
    record.report.outcome = Outcome::not_admitted;
    record.report.cause = std::move(refusal.reason);
    tell_end(std::move(record), turn);
}

// ---- attempts ----

// Asks the shard that has it; what becomes of the session is decided when Ended arrives.
void Directory::Impl::stop(LiveSession& live, Session::Stop why, std::string reason,
                           const Turn& turn) {
    if (live.stopping) return;
    live.stopping = why;
    const std::uint16_t shard = live.peer ? live.peer->shard : live.shard.value_or(0);
    turn.out.commands.push_back({shard, Stop{live.peer.value_or(PeerRef{shard, 0}), live.record.id,
                                             why, std::move(reason)}});
}

// A trigger that waits, or whose LwM2M Server is being asked: there is nothing to be stopped.
bool Directory::Impl::is_at_no_shard(const LiveSession& live) const {
    return live.record.state == SessionState::waiting || live.asking;
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
    if (live == nullptr || is_at_no_shard(*live)) return;
    // Without an outcome it answers a Stop that came too late: the end was told before it.
    if (!notice.report.outcome) return;
    if (live->peer && *live->peer != notice.peer) return;  // an earlier holder of the session
    attempt_over(*live, std::move(notice.report), turn);
}

void Directory::Impl::on(NotReached&& notice, const Turn& turn) {
    LiveSession* live = live_.by_id(notice.session);
    if (live == nullptr || is_at_no_shard(*live)) return;
    SessionReport report = std::move(notice.report);
    report.outcome = notice.final_outcome.value_or(Outcome::device_silent);
    if (live->trigger) {
        if (!notice.final_outcome)
            live->trigger->not_heard();
        else if (notice.final_outcome == Outcome::handshake_failed && live->trigger->dial_refused())
            report.outcome = Outcome::device_silent;  // to another of our credentials it may answer
    }
    report.cause = std::move(notice.cause);
    attempt_over(*live, std::move(report), turn);
}

// A shard has let go of the session.
void Directory::Impl::attempt_over(LiveSession& live, SessionReport&& report, const Turn& turn) {
    live.stopping.reset();
    const bool window_closed = std::exchange(live.window_closed, false);
    const bool redirected = std::exchange(live.redirected, false);
    auto withdrawn = std::exchange(live.withdrawn, std::nullopt);
    live.peer.reset();
    live.shard.reset();
    live.record.report = std::move(report);
    live.record.operations_started = turn.wall_of(live.record.report.started);
    goes_on_or_ends(live, turn, window_closed, redirected, std::move(withdrawn));
}

// The one place that decides it.
void Directory::Impl::goes_on_or_ends(LiveSession& live, const Turn& turn, bool window_closed,
                                      bool redirected, std::optional<std::string> withdrawn) {
    SessionReport& now_known = live.record.report;
    const Outcome outcome = *now_known.outcome;
    const bool unheard = live.trigger && !now_known.device_answered;
    const bool superseded = outcome == Outcome::superseded;
    const bool cancelled = outcome == Outcome::cancelled;
    const bool silent = unheard && outcome == Outcome::device_silent;

    if (live.successor && (superseded || silent)) {
        hand_to_successor(live, turn);
        return;
    }
    const bool made_way = unheard && redirected && (superseded || cancelled);
    if (unheard && withdrawn && (superseded || cancelled || silent)) {
        end(live, Outcome::cancelled, std::move(*withdrawn), turn);
    } else if (unheard && window_closed && cancelled) {
        end(live, Outcome::expired, "the attach window closed before the device answered", turn);
    } else if ((silent || made_way) && !draining_) {
        live_.set_state(live, SessionState::waiting);
        now_known.outcome.reset();
        advance(live, turn);
    } else if (unheard && draining_ && settings_.triggers_outlive &&
               (silent || made_way || outcome == Outcome::interrupted)) {
        put_aside(live);
    } else {
        auto successor = std::exchange(live.successor, std::nullopt);
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
    attempt.report.outcome = Outcome::superseded;
    tell_end(std::move(attempt), turn);
    grant(live, std::move(claim), turn);
}

bool Directory::Impl::cancel(const SessionId& id, const Turn& turn) {
    LiveSession* live = live_.by_id(id);
    if (live == nullptr) return false;
    if (is_at_no_shard(*live)) {
        end(*live, Outcome::cancelled, "cancelled by the operator", turn);
    } else {
        live->window_closed = false;
        live->redirected = false;
        stop(*live, Session::Stop::cancelled, "cancelled by the operator", turn);
    }
    return true;
}

// ---- ends ----

void Directory::Impl::end(LiveSession& live, Outcome outcome, std::string cause, const Turn& turn) {
    queue_.leave(live);
    SessionRecord record = live_.erase(live);
    record.report.outcome = outcome;
    record.report.cause = std::move(cause);
    tell_end(std::move(record), turn);
}

void Directory::Impl::tell_end(SessionRecord record, const Turn& turn) {
    record.state = SessionState::ended;
    record.ended = turn.wall;
    turn.out.ended.push_back(record);
    ledger_.add(std::move(record));
}

// Its trigger is restored after the next start.
void Directory::Impl::put_aside(LiveSession& live) {
    queue_.leave(live);
    live_.erase(live);
}

void Directory::Impl::drain(const Turn& turn) {
    draining_ = true;
    for (LiveSession* live : live_.all()) {
        if (!is_at_no_shard(*live)) continue;
        if (settings_.triggers_outlive)
            put_aside(*live);
        else
            end(*live, Outcome::interrupted, "the daemon stops", turn);
    }
}

void Directory::Impl::interrupt(const Turn& turn) {
    drain(turn);
    for (LiveSession* live : live_.all()) {
        live->window_closed = false;
        live->redirected = false;
        stop(*live, Session::Stop::interrupted, "the daemon stops", turn);
    }
}

// ---- what there is ----

std::optional<SessionRecord> Directory::Impl::find(const SessionId& id) const {
    if (const LiveSession* live = live_.by_id(id)) return live->record;
    if (const SessionRecord* past = ledger_.find(id)) return *past;
    return std::nullopt;
}

std::vector<SessionRecord> Directory::Impl::live(const std::optional<std::string>& endpoint,
                                                 std::size_t limit) const {
    if (!endpoint) return live_.newest(limit);
    const LiveSession* live = live_.by_endpoint(*endpoint);
    if (live == nullptr || limit == 0) return {};
    return {live->record};
}

Directory::Gauges Directory::Impl::gauges() const {
    return {live_.running(),      live_.reaching(), live_.waiting(),  queue_.size(),
            associations_.size(), ledger_.size(),   refused_by_limit_};
}

void Directory::Impl::reconfigure(const DirectorySettings& settings) {
    settings_ = settings;
    rate_.set(settings.attach_rate);
    ledger_.resize(settings.max_records, settings.max_not_admitted_records);
}

}  // namespace bootstrap
