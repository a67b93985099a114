#include "server/net/timers.h"

#include <algorithm>

namespace net {
namespace {

constexpr std::size_t entries_per_peer = 4;
constexpr std::size_t slack = 1024;

bool later(const Timers::Due& a, const Timers::Due& b) {
    return a.when > b.when;
}

}  // namespace

void Timers::arm(std::uint64_t peer, wire::TimePoint when) {
    heap_.push_back({when, peer});
    std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<wire::TimePoint> Timers::next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().when;
}

std::optional<Timers::Due> Timers::take_due(wire::TimePoint now) {
    if (heap_.empty() || heap_.front().when > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Due due = heap_.back();
    heap_.pop_back();
    return due;
}

void Timers::compact(std::size_t peers, const std::function<bool(const Due&)>& counts) {
    if (heap_.size() <= peers * entries_per_peer + slack) return;
    std::erase_if(heap_, [&](const Due& due) { return !counts(due); });
    std::make_heap(heap_.begin(), heap_.end(), later);
}

}  // namespace net
