#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace journal {

// How often one message may be written: so many at once, then so many a second. Without a limit
// where nobody but the operator or the daemon itself causes it.
struct Pace {
    unsigned burst = 0;  // 0: no limit
    unsigned per_second = 0;
    constexpr bool is_limited() const { return burst > 0; }
};

// The pace of one message, kept: a virtual scheduler (GCRA). Any thread; time is an argument. What
// it withholds is counted until somebody tells it.
class Throttle {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    explicit Throttle(Pace);

    // False: not now, and that is counted. True takes nothing, take() does.
    bool admits(TimePoint now);
    // How many were withheld since the last one that was let through; nothing: this one is, too.
    std::optional<std::uint64_t> take(TimePoint now);
    // How many wait to be told once the flood is over: a message has been let through again, or
    // could be, for a whole second. Otherwise 0.
    std::uint64_t take_untold(TimePoint now);
    // The same, however short ago it was.
    std::uint64_t take_all_untold() { return withheld_.exchange(0, std::memory_order_relaxed); }

  private:
    std::chrono::nanoseconds interval_, tolerance_;
    // When the next one is due if they come at the pace; of the clock's epoch.
    std::atomic<std::int64_t> due_{0};
    std::atomic<std::uint64_t> withheld_{0};
};

}  // namespace journal
