#include <algorithm>
#include <utility>

#include "server/bootstrap/directory_impl.h"

namespace bootstrap {
namespace {

// Of what may have piled up: so much at once, before the control thread sees to others.
constexpr std::size_t most_a_turn = 1000;

// An attempt has so long to be answered, also where the window closes meanwhile: in a storm those
// whose turn comes have waited for most of it.
constexpr wire::Duration least_attempt = std::chrono::seconds(5);

constexpr const char* window_closed_unheard = "the attach window closed before the device answered";

}  // namespace

// ---- events of the network ----

AttachResult Directory::Impl::attach(const Attachment& attachment, const Turn& turn) {
    using Why = AttachRefused::Why;
    if (draining_) return AttachRefused{Why::full, "the daemon stops"};
    if (LiveSession* live = live_.by_endpoint(attachment.assignment.device->endpoint.text())) {
        if (live->record.report.device_answered && live->record.state == SessionState::running)
            return AttachRefused{Why::under_way, "session " + live->record.id + " is under way"};
        return attach_to(*live, attachment, turn);
    }
    if (attachment.account_expired)
        return AttachRefused{
            Why::unreachable,
            "the device's account with this server has expired by now "
            "(bootstrapAccount.keys is expire): it has nothing to prove itself by"};
    if (const auto why = Trigger::unreachable(attachment, settings_))
        return AttachRefused{Why::unreachable, *why};
    if (live_.waiting() >= settings_.max_pending_attachments) {
        ++refused_by_limit_;
        return AttachRefused{Why::full, "limits.pendingAttachments is reached"};
    }
    LiveSession& live = begin(fresh_id(), attachment.assignment, turn.wall);
    live.record.triggered = true;
    live_.set_trigger(live, Trigger(attachment, settings_, turn.now + settings_.attach_window));
    live_.set_state(live, SessionState::waiting, Mode::server_initiated);
    AttachAccepted accepted{live.record.id, SessionState::waiting,
                            turn.wall_of(live.trigger->window_ends())};
    advance(live, turn);
    serve(turn);
    if (const LiveSession* now = live_.by_id(accepted.session)) accepted.state = now->record.state;
    return accepted;
}

// The endpoint has a session already, which has not been heard yet.
AttachAccepted Directory::Impl::attach_to(LiveSession& live, const Attachment& attachment,
                                          const Turn& turn) {
    live.record.triggered = true;
    if (!live.trigger) {
        live_.set_trigger(live, Trigger(attachment, settings_, turn.now + settings_.attach_window));
        return {live.record.id, live.record.state, turn.wall_of(live.trigger->window_ends())};
    }
    AttachAccepted same{live.record.id, live.record.state,
                        turn.wall_of(live.trigger->window_ends())};
    live_.told(live, attachment);
    // It had left and is back before that took effect.
    if (std::exchange(live.withdrawn, std::nullopt)) live.redirected = true;
    if (!live.trigger->redirect(attachment)) return same;
    if (live.record.state == SessionState::waiting) {
        advance(live, turn);
        serve(turn);
    } else if (live.record.state == SessionState::reaching && !live.asking) {
        live.redirected = true;
        stop(live, Session::Stop::superseded, "the device has another address", turn);
    }
    return same;
}

void Directory::Impl::restore(Restored&& restored, const Turn& turn) {
    const provisioning::Assignment& assignment = restored.attachment.assignment;
    const auto end_at_once = [&](Outcome outcome, std::string cause, SessionId heir) {
        SessionRecord record;
        record.id = std::move(restored.session);
        record.endpoint =
            assignment.device ? assignment.device->endpoint.text() : restored.endpoint;
        if (assignment.profile) record.profile = assignment.profile->name;
        record.mode = Mode::server_initiated;
        record.triggered = true;
        record.trigger = std::move(heir);
        record.started = restored.accepted;
        record.report.outcome = outcome;
        record.report.cause = std::move(cause);
        tell_end(std::move(record), turn);
    };
    if (restored.expires <= turn.wall)
        return end_at_once(Outcome::expired, window_closed_unheard, {});
    if (!assignment.device || !assignment.profile)
        return end_at_once(Outcome::cancelled,
                           assignment.device ? "the device has no profile any more"
                                             : "the device has no record any more",
                           {});
    if (const LiveSession* live = live_.by_endpoint(assignment.device->endpoint.text()))
        return end_at_once(Outcome::superseded, "the device has a session already",
                           live->record.id);
    LiveSession& live = begin(std::move(restored.session), assignment, restored.accepted);
    live.record.triggered = true;
    const auto left = std::chrono::duration_cast<wire::Duration>(restored.expires - turn.wall);
    live_.set_trigger(live, Trigger(restored.attachment, settings_, turn.now + left));
    live_.set_state(live, SessionState::waiting, Mode::server_initiated);
    advance(live, turn);
}

void Directory::Impl::refresh(const provisioning::Assignment& assignment,
                              const std::vector<provisioning::PskCredential>& to_dial) {
    LiveSession* live = live_.by_endpoint(assignment.device->endpoint.text());
    if (live != nullptr && live->trigger && is_at_no_shard(*live) && assignment.profile)
        live_.set_assignment(*live, assignment, to_dial);
}

std::optional<SessionId> Directory::Impl::withdraw(const std::string& endpoint,
                                                   const std::optional<wire::IpAddress>& address,
                                                   std::string reason, const Turn& turn) {
    LiveSession* live = live_.by_endpoint(endpoint);
    if (live == nullptr || !live->trigger) return std::nullopt;
    if (address && !live->trigger->may_be_at(*address)) return std::nullopt;
    return withdraw(*live, reason, turn);
}

std::optional<SessionId> Directory::Impl::withdraw(LiveSession& live, const std::string& reason,
                                                   const Turn& turn) {
    if (!live.trigger) return std::nullopt;
    SessionId id = live.record.id;
    if (is_at_no_shard(live)) {
        end(live, Outcome::cancelled, reason, turn);
        return id;
    }
    if (live.record.state == SessionState::running || live.successor) {
        // It was heard, whatever the network says. Should it fall silent, nothing waits for it.
        if (!live.successor) live_.clear_trigger(live);
        return std::nullopt;
    }
    live.withdrawn = reason;
    live.redirected = false;
    stop(live, Session::Stop::cancelled, reason, turn);
    return id;
}

void Directory::Impl::withdraw_from(const std::string& origin, std::string reason,
                                    const Turn& turn) {
    auto told = live_.take_told_by(origin);
    if (!told.empty()) withdrawals_.push_back({std::move(told), std::move(reason)});
    go_on_withdrawing(turn);
}

void Directory::Impl::go_on_withdrawing(const Turn& turn) {
    for (std::size_t i = 0; i < most_a_turn && !withdrawals_.empty(); ++i) {
        Withdrawal& oldest = withdrawals_.front();
        if (LiveSession* live = live_.take(oldest.told)) withdraw(*live, oldest.reason, turn);
        if (oldest.told.empty()) withdrawals_.pop_front();
    }
}

void Directory::Impl::on(AssociationOpened&& notice, const Turn& turn) {
    associations_.opened(notice, turn.now);
    LiveSession* live = live_.by_endpoint(notice.endpoint);
    if (live != nullptr && live->trigger && live->record.state == SessionState::waiting)
        advance(*live, turn);
}

void Directory::Impl::on(AssociationClosed&& notice, const Turn&) {
    associations_.closed(notice.peer);
}

// ---- reaching devices ----

// A waiting trigger stands in the queue while it has a way, or waits for one.
void Directory::Impl::advance(LiveSession& live, const Turn& turn) {
    if (live.trigger->window_ends() <= turn.now) {
        end(live, Outcome::expired, window_closed_unheard, turn);
        return;
    }
    const Trigger::Way way = live.trigger->next_way(associations_, settings_, turn.now);
    if (const auto* until = std::get_if<Trigger::Pause>(&way)) {
        pause(live, *until);
        return;
    }
    queue_.join(live);
    live_.wake_at(live, live.trigger->window_ends());
}

void Directory::Impl::pause(LiveSession& live, const Trigger::Pause& pause) {
    if (pause.settling)
        queue_.step_aside(live);
    else
        queue_.leave(live);
    live_.wake_at(live, std::min(pause.until, live.trigger->window_ends()));
}

// A quarter of the sessions is left to devices that ask.
bool Directory::Impl::has_room() const {
    const std::size_t share =
        std::min(settings_.attach_concurrency, settings_.max_sessions - settings_.max_sessions / 4);
    return !draining_ && live_.unasked() < std::max<std::size_t>(share, 1) &&
           live_.running() < settings_.max_sessions;
}

void Directory::Impl::serve(const Turn& turn) {
    served_ = turn.now;
    while (LiveSession* live = queue_.front()) {
        if (!has_room()) return;
        // Associations may have come and gone since it joined.
        const Trigger::Way way = live->trigger->next_way(associations_, settings_, turn.now);
        if (const auto* until = std::get_if<Trigger::Pause>(&way)) {
            pause(*live, *until);
            continue;
        }
        if (!rate_.take(turn.now)) return;
        queue_.leave(*live);
        start(*live, way, turn);
    }
}

void Directory::Impl::start(LiveSession& live, const Trigger::Way& way, const Turn& turn) {
    live.trigger->tried(way);
    ++live.record.attempts;
    live.record.report = {};
    live_.set_state(live, SessionState::reaching, Mode::server_initiated);
    live_.wake_at(live, std::max(live.trigger->window_ends(), turn.now + least_attempt));
    const auto& assignment = live.trigger->assignment();
    if (const auto* open = std::get_if<Trigger::OverAssociation>(&way)) {
        live.peer = open->peer;
        live.record.remote = open->remote.to_string();
        live.record.secured = true;
        turn.out.commands.push_back(
            {open->peer.shard, Start{open->peer, assignment, live.record.id}});
    } else if (std::holds_alternative<Trigger::ThroughServer>(way)) {
        live.asking = true;
        const provisioning::Through& through = *assignment.profile->through;
        turn.out.asks.push_back(
            {live.record.id, live.record.endpoint, through.server, through.server_instance});
    } else if (const auto* to = std::get_if<Trigger::ToAddress>(&way)) {
        live.shard = owner_(to->remote);
        live.record.remote = to->remote.to_string();
        live.record.secured = to->dial;
        turn.out.commands.push_back(
            {*live.shard, Reach{to->remote, assignment.device->reach.source, to->dial, assignment,
                                live.record.id, to->dial_with, to->dial && !to->dial_with}});
    }
    turn.out.started.push_back(live.record);
}

void Directory::Impl::asked(const SessionId& id, const std::optional<std::string>& failure,
                            const Turn& turn) {
    LiveSession* live = live_.by_id(id);
    if (live == nullptr || !live->asking) return;  // the device was quicker
    live->asking = false;
    const std::string& server = live->trigger->assignment().profile->through->server;
    live->record.report.notes.push_back(
        failure ? "the LwM2M Server " + server + " could not be asked: " + *failure
                : "the LwM2M Server " + server + " was asked to send the device here");
    live->trigger->asked(!failure, settings_, turn.now);
    live_.set_state(*live, SessionState::waiting);
    advance(*live, turn);
}

// ---- time ----

void Directory::Impl::on_timer(const Turn& turn) {
    go_on_withdrawing(turn);
    for (std::size_t i = 0; i < most_a_turn; ++i) {
        LiveSession* const due = live_.take_due(turn.now);
        if (due == nullptr) return;
        if (due->record.state == SessionState::waiting) {
            advance(*due, turn);
        } else if (due->asking) {
            end(*due, Outcome::expired, window_closed_unheard, turn);
        } else if (due->record.state == SessionState::reaching && !due->stopping) {
            due->window_closed = true;
            stop(*due, Session::Stop::cancelled, "the attach window closed", turn);
        }
    }
}

std::optional<wire::TimePoint> Directory::Impl::next_deadline() const {
    std::optional<wire::TimePoint> earliest = live_.next_wake();
    const auto consider = [&](wire::TimePoint time) {
        if (!earliest || time < *earliest) earliest = time;
    };
    if (queue_.front() != nullptr && has_room()) consider(rate_.next());
    if (!withdrawals_.empty()) consider(served_);
    return earliest;
}

}  // namespace bootstrap
