#include "server/journal/throttle.h"

#include <algorithm>

namespace journal {
namespace {

std::int64_t count(Throttle::TimePoint now) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
}

}  // namespace

Throttle::Throttle(Pace pace)
    : interval_(std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max(1U, pace.per_second)),
      tolerance_(interval_ * (std::max(1U, pace.burst) - 1)) {}

bool Throttle::admits(TimePoint now) {
    if (due_.load(std::memory_order_relaxed) - count(now) <= tolerance_.count()) return true;
    withheld_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

std::optional<std::uint64_t> Throttle::take(TimePoint now) {
    std::int64_t due = due_.load(std::memory_order_relaxed);
    do {
        if (due - count(now) > tolerance_.count()) {
            withheld_.fetch_add(1, std::memory_order_relaxed);
            return std::nullopt;
        }
    } while (!due_.compare_exchange_weak(due, std::max(due, count(now)) + interval_.count(),
                                         std::memory_order_relaxed));
    return withheld_.exchange(0, std::memory_order_relaxed);
}

std::uint64_t Throttle::take_untold(TimePoint now) {
    constexpr std::int64_t quiet = 1'000'000'000;
    if (withheld_.load(std::memory_order_relaxed) == 0) return 0;
    if (due_.load(std::memory_order_relaxed) - tolerance_.count() + quiet > count(now)) return 0;
    return take_all_untold();
}

}  // namespace journal
