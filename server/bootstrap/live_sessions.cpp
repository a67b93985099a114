#include "server/bootstrap/live_sessions.h"

#include <utility>

namespace bootstrap {

LiveSession& LiveSessions::add(SessionRecord record) {
    LiveSession& live = by_endpoint_[record.endpoint];
    live.record = std::move(record);
    live.record.state = SessionState::ended;
    live.sequence_ = next_sequence_++;
    by_id_.emplace(live.record.id, &live);
    by_sequence_.emplace(live.sequence_, &live);
    return live;
}

SessionRecord LiveSessions::erase(LiveSession& live) {
    wake_at(live, std::nullopt);
    set_state(live, SessionState::ended);
    clear_trigger(live);
    by_id_.erase(live.record.id);
    by_sequence_.erase(live.sequence_);
    SessionRecord record = std::move(live.record);
    by_endpoint_.erase(record.endpoint);
    return record;
}

LiveSession* LiveSessions::by_endpoint(const std::string& endpoint) {
    const auto found = by_endpoint_.find(endpoint);
    return found == by_endpoint_.end() ? nullptr : &found->second;
}

LiveSession* LiveSessions::by_id(const SessionId& id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const LiveSession* LiveSessions::by_endpoint(const std::string& endpoint) const {
    const auto found = by_endpoint_.find(endpoint);
    return found == by_endpoint_.end() ? nullptr : &found->second;
}

const LiveSession* LiveSessions::by_id(const SessionId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

std::vector<LiveSession*> LiveSessions::all() {
    std::vector<LiveSession*> lives;
    lives.reserve(by_sequence_.size());
    for (const auto& [sequence, live] : by_sequence_) lives.push_back(live);
    return lives;
}

std::vector<SessionRecord> LiveSessions::newest(std::size_t limit) const {
    std::vector<SessionRecord> records;
    for (auto it = by_sequence_.rbegin(); it != by_sequence_.rend() && records.size() < limit; ++it)
        records.push_back(it->second->record);
    return records;
}

// ---- states ----

LiveSessions::InCounts LiveSessions::in_counts(const SessionRecord& record) {
    switch (record.state) {
        case SessionState::waiting:
            return {false, false, true, false};
        case SessionState::reaching:
            return {true, true, false, true};
        case SessionState::running:
            return {true, false, false, record.mode == Mode::server_initiated};
        case SessionState::ended:
            return {};
    }
    return {};
}

void LiveSessions::set_state(LiveSession& live, SessionState state, Mode mode) {
    const InCounts before = in_counts(live.record);
    live.record.state = state;
    live.record.mode = mode;
    const InCounts after = in_counts(live.record);
    const auto recount = [](std::size_t& count, bool was, bool is) {
        if (was) --count;
        if (is) ++count;
    };
    recount(counts_.running, before.running, after.running);
    recount(counts_.reaching, before.reaching, after.reaching);
    recount(counts_.waiting, before.waiting, after.waiting);
    recount(counts_.unasked, before.unasked, after.unasked);
}

// ---- triggers ----

void LiveSessions::set_trigger(LiveSession& live, Trigger trigger) {
    clear_trigger(live);
    live.trigger.emplace(std::move(trigger));
    index(live);
}

void LiveSessions::clear_trigger(LiveSession& live) {
    if (!live.trigger) return;
    forget_index(live);
    live.trigger.reset();
}

void LiveSessions::told(LiveSession& live, const Attachment& attachment) {
    forget_index(live);
    live.trigger->set_origin(attachment.origin);
    index(live);
    if (live.record.state == SessionState::waiting && attachment.assignment.profile)
        set_assignment(live, attachment.assignment, attachment.to_dial);
}

void LiveSessions::set_assignment(LiveSession& live, const provisioning::Assignment& assignment,
                                  const std::vector<provisioning::PskCredential>& to_dial) {
    live.trigger->set_assignment(assignment, to_dial);
    live.record.profile = assignment.profile->name;
}

void LiveSessions::index(LiveSession& live) {
    live.told_ = ++told_;
    if (const std::string& origin = live.trigger->origin(); !origin.empty())
        by_origin_[origin].insert(live.sequence_);
}

void LiveSessions::forget_index(const LiveSession& live) {
    const auto of_origin = by_origin_.find(live.trigger->origin());
    if (of_origin == by_origin_.end()) return;
    of_origin->second.erase(live.sequence_);
    if (of_origin->second.empty()) by_origin_.erase(of_origin);
}

LiveSessions::Told LiveSessions::take_told_by(const std::string& origin) {
    Told told;
    told.until_ = told_;
    if (auto node = by_origin_.extract(origin)) told.sequences_ = std::move(node.mapped());
    return told;
}

LiveSession* LiveSessions::take(Told& told) {
    const auto oldest = told.sequences_.begin();
    const auto found = by_sequence_.find(*oldest);
    told.sequences_.erase(oldest);
    if (found == by_sequence_.end() || found->second->told_ > told.until_) return nullptr;
    return found->second;
}

// ---- time ----

void LiveSessions::wake_at(LiveSession& live, std::optional<wire::TimePoint> when) {
    if (live.wake_ == when) return;
    if (live.wake_) wakes_.erase({*live.wake_, live.sequence_});
    if (when) wakes_.emplace(*when, live.sequence_);
    live.wake_ = when;
}

std::optional<wire::TimePoint> LiveSessions::next_wake() const {
    if (wakes_.empty()) return std::nullopt;
    return wakes_.begin()->first;
}

LiveSession* LiveSessions::take_due(wire::TimePoint now) {
    if (wakes_.empty() || wakes_.begin()->first > now) return nullptr;
    LiveSession& live = *by_sequence_.at(wakes_.begin()->second);
    wake_at(live, std::nullopt);
    return &live;
}

}  // namespace bootstrap
