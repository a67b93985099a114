#include "server/attach/radius_sessions.h"

#include <chrono>
#include <utility>

namespace attach::radius {
namespace {

constexpr unsigned bit(Status status) {
    return 1U << static_cast<unsigned>(status);
}

// Two of a gateway's own events that lie closer are one, where it tells no Event-Timestamp:
// Acct-Delay-Time counts whole seconds.
constexpr auto same_moment = std::chrono::seconds(3);

}  // namespace

std::string Sessions::key_of(const Told& told) const {
    const auto gateway = gateways_.find(told.event.origin);
    const auto generation = gateway == gateways_.end() ? 0 : gateway->second.generation;
    return told.event.origin + '\n' + std::to_string(generation) + '\n' + told.session;
}

Sessions::Session& Sessions::session_of(const std::string& key, const Told& told,
                                        wire::TimePoint now) {
    const auto [found, is_new] = sessions_.try_emplace(key);
    Session& session = found->second;
    if (is_new) {
        session.order = order_.insert(order_.end(), found->first);
    } else {
        order_.splice(order_.end(), order_, session.order);
        const auto& said = told.event.imsi;
        const bool of_another = said && !session.subscriber.empty() && *said != session.subscriber;
        const bool long_over = session.stopped && now - *session.stopped > limits_.stopped_for;
        // The id is in use again, by a gateway that has restarted without saying so.
        if (of_another || long_over) {
            const auto order = session.order;
            session = Session{};
            session.order = order;
        }
    }
    if (told.event.imsi) session.subscriber = *told.event.imsi;
    while (sessions_.size() > limits_.sessions && order_.size() > 1) {
        const auto oldest = sessions_.find(std::string(order_.front()));
        order_.pop_front();
        sessions_.erase(oldest);
        ++evicted_;
    }
    return session;
}

Sessions::Decision Sessions::take(const Told& told, wire::TimePoint now) {
    Session& session = session_of(key_of(told), told, now);
    const auto& address = told.event.address;
    if (session.stopped) return Decision::known;
    if ((session.under_way & bit(told.status)) != 0) return Decision::under_way;
    switch (told.status) {
        case Status::start:
            if (session.started && (!address || address == session.address)) return Decision::known;
            if (address) session.address = address;
            break;
        case Status::interim_update: {
            const bool heard_of =
                session.started || session.address || (session.under_way & bit(Status::start)) != 0;
            if (!heard_of) session.address = address;
            if (!address || address == session.address) return Decision::known;
            break;
        }
        case Status::stop:
            break;
        case Status::accounting_on:
        case Status::accounting_off:
            return Decision::known;
    }
    session.under_way |= bit(told.status);
    return Decision::deliver;
}

void Sessions::settle(const Told& told, bool kept, wire::TimePoint now) {
    const std::string key = key_of(told);
    if (!sessions_.contains(key)) return;  // forgotten meanwhile
    Session& session = session_of(key, told, now);
    session.under_way &= ~bit(told.status);
    if (!kept) return;
    switch (told.status) {
        case Status::start:
            session.started = true;
            break;
        case Status::interim_update:
            session.address = told.event.address;
            break;
        case Status::stop:
            session.stopped = now;
            break;
        case Status::accounting_on:
        case Status::accounting_off:
            break;
    }
}

bool Sessions::restart(const Told& told, wire::TimePoint now) {
    const auto happened = now - std::chrono::seconds(told.delay);
    if (const auto known = gateways_.find(told.event.origin); known != gateways_.end()) {
        const Gateway& last = known->second;
        const bool same = told.timestamp || last.timestamp ? told.timestamp == last.timestamp
                                                           : happened - last.happened < same_moment;
        if (told.status == last.status && same) return false;
    } else if (gateways_.size() >= limits_.gateways) {
        gateways_.erase(gateways_.begin());
    }
    gateways_[told.event.origin] = {++generation_, told.status, told.timestamp, happened};
    return true;
}

}  // namespace attach::radius
