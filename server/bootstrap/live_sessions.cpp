#include "server/bootstrap/live_sessions.h"

namespace bootstrap {

LiveSession& LiveSessions::add(SessionRecord record) {
    const std::string endpoint = record.endpoint;
    LiveSession& live = by_endpoint_[endpoint];
    live.record = std::move(record);
    live.record.state = SessionState::ended;
    live.sequence_ = next_sequence_++;
    endpoint_of_.emplace(live.record.id, endpoint);
    by_sequence_.emplace(live.sequence_, endpoint);
    return live;
}

SessionRecord LiveSessions::erase(LiveSession& live) {
    wake_at(live, std::nullopt);
    set_state(live, SessionState::ended);
    if (live.trigger) {
        const auto waiting = endpoints_of_identity_.find(live.trigger->identity());
        if (waiting != endpoints_of_identity_.end()) {
            waiting->second.erase(live.record.endpoint);
            if (waiting->second.empty()) endpoints_of_identity_.erase(waiting);
        }
    }
    endpoint_of_.erase(live.record.id);
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
    const auto endpoint = endpoint_of_.find(id);
    return endpoint == endpoint_of_.end() ? nullptr : &by_endpoint_.at(endpoint->second);
}

const LiveSession* LiveSessions::by_endpoint(const std::string& endpoint) const {
    const auto found = by_endpoint_.find(endpoint);
    return found == by_endpoint_.end() ? nullptr : &found->second;
}

const LiveSession* LiveSessions::by_id(const SessionId& id) const {
    const auto endpoint = endpoint_of_.find(id);
    return endpoint == endpoint_of_.end() ? nullptr : &by_endpoint_.at(endpoint->second);
}

std::vector<LiveSession*> LiveSessions::all() {
    std::vector<LiveSession*> lives;
    lives.reserve(by_endpoint_.size());
    for (auto& [endpoint, live] : by_endpoint_) lives.push_back(&live);
    return lives;
}

std::vector<SessionRecord> LiveSessions::newest(std::size_t limit) const {
    std::vector<SessionRecord> records;
    for (auto it = by_sequence_.rbegin(); it != by_sequence_.rend() && records.size() < limit; ++it)
        records.push_back(by_endpoint_.at(it->second).record);
    return records;
}

std::size_t* LiveSessions::count_of(SessionState state) {
    switch (state) {
        case SessionState::waiting:
            return &waiting_;
        case SessionState::reaching:
        case SessionState::running:
            return &running_;
        case SessionState::ended:
            return nullptr;
    }
    return nullptr;
}

void LiveSessions::set_state(LiveSession& live, SessionState state) {
    if (auto* before = count_of(live.record.state)) --*before;
    if (auto* after = count_of(state)) ++*after;
    live.record.state = state;
}

void LiveSessions::set_trigger(LiveSession& live, Trigger trigger) {
    live.trigger.emplace(std::move(trigger));
    if (auto identity = live.trigger->identity(); !identity.empty())
        endpoints_of_identity_[std::move(identity)].insert(live.record.endpoint);
}

std::vector<LiveSession*> LiveSessions::waiting_for(const std::string& identity) {
    std::vector<LiveSession*> lives;
    const auto endpoints = endpoints_of_identity_.find(identity);
    if (endpoints == endpoints_of_identity_.end()) return lives;
    for (const std::string& endpoint : endpoints->second) {
        LiveSession& live = by_endpoint_.at(endpoint);
        if (live.record.state == SessionState::waiting) lives.push_back(&live);
    }
    return lives;
}

void LiveSessions::wake_at(LiveSession& live, std::optional<wire::TimePoint> when) {
    if (live.wake_ == when) return;
    if (live.wake_) wakes_.erase({*live.wake_, live.record.endpoint});
    if (when) wakes_.emplace(*when, live.record.endpoint);
    live.wake_ = when;
}

std::optional<wire::TimePoint> LiveSessions::next_wake() const {
    if (wakes_.empty()) return std::nullopt;
    return wakes_.begin()->first;
}

LiveSession* LiveSessions::take_due(wire::TimePoint now) {
    if (wakes_.empty() || wakes_.begin()->first > now) return nullptr;
    LiveSession& live = by_endpoint_.at(wakes_.begin()->second);
    wake_at(live, std::nullopt);
    return &live;
}

}  // namespace bootstrap
