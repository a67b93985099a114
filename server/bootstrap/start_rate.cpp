#include "server/bootstrap/start_rate.h"

#include <algorithm>

namespace bootstrap {
namespace {

constexpr wire::Duration burst = std::chrono::seconds(1);
constexpr wire::Duration worth_waking_for = std::chrono::milliseconds(10);

}  // namespace

void StartRate::set(unsigned per_second) {
    interval_ = burst / std::max(1U, per_second);
}

bool StartRate::take(wire::TimePoint now) {
    used_up_to_ = std::max(used_up_to_, now);
    if (used_up_to_ + interval_ > now + burst) return false;
    used_up_to_ += interval_;
    return true;
}

wire::TimePoint StartRate::next() const {
    return used_up_to_ - burst + std::max(interval_, worth_waking_for);
}

}  // namespace bootstrap
