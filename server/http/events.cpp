// id = boot "-" sequence

#include "server/http/events.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace http {

Events::Events(std::string boot, std::size_t capacity, std::size_t most_listeners)
    : boot_(std::move(boot)),
      capacity_(std::max<std::size_t>(capacity, 1)),
      most_listeners_(most_listeners) {}

void Events::publish(std::string kind, std::string endpoint, std::string data) {
    ++counters_.published;
    if (ring_.size() == capacity_) ring_.pop_front();
    ring_.push_back({next_++, std::move(kind), std::move(endpoint), std::move(data)});
    // A listener may leave, and take others along, while it is told.
    std::vector<std::uint64_t> told;
    told.reserve(listeners_.size());
    for (const auto& [number, listener] : listeners_) told.push_back(number);
    for (const std::uint64_t number : told) {
        const auto found = listeners_.find(number);
        if (found == listeners_.end()) continue;
        const Listener listener = found->second;
        listener(ring_.back());
    }
}

std::string Events::id_of(std::uint64_t sequence) const {
    return boot_ + '-' + std::to_string(sequence);
}

std::optional<std::uint64_t> Events::sequence_of(std::string_view id) const {
    if (!id.starts_with(boot_)) return std::nullopt;
    id.remove_prefix(boot_.size());
    if (!id.starts_with('-')) return std::nullopt;
    id.remove_prefix(1);
    std::uint64_t sequence = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), sequence);
    if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
    return sequence;
}

const Events::Event* Events::after(std::uint64_t sequence) const {
    if (sequence >= newest()) return nullptr;
    const std::uint64_t skipped = std::max(sequence, forgotten()) - forgotten();
    return &ring_[static_cast<std::size_t>(skipped)];
}

Events::Missed Events::since(std::string_view last_event_id) const {
    Missed missed;
    const auto known = sequence_of(last_event_id);
    std::uint64_t sequence = known.value_or(0);
    missed.reset = !known || sequence < forgotten() || sequence > newest();
    if (missed.reset) sequence = forgotten();
    while (const Event* event = after(sequence)) {
        missed.events.push_back(*event);
        sequence = event->sequence;
    }
    return missed;
}

std::uint64_t Events::listen(Listener listener) {
    if (listeners_.size() >= most_listeners_) {
        ++counters_.turned_away;
        return 0;
    }
    listeners_.emplace(next_listener_, std::move(listener));
    return next_listener_++;
}

void Events::unlisten(std::uint64_t number) {
    listeners_.erase(number);
}

}  // namespace http
