#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace journal {

// Records that strangers can provoke: so many a second, the rest are counted. Used by one thread.
// For lines of the log there is Pace, of which each message has its own.
class LogLimit {
  public:
    explicit LogLimit(unsigned per_second) : per_second_(per_second) {}

    // How many were left out since the last line; nothing when this one is left out too.
    std::optional<std::uint64_t> take(std::chrono::steady_clock::time_point now) {
        if (now - since_ >= std::chrono::seconds(1)) {
            since_ = now;
            written_ = 0;
        }
        if (written_ >= per_second_) {
            ++suppressed_;
            return std::nullopt;
        }
        ++written_;
        const std::uint64_t left_out = suppressed_;
        suppressed_ = 0;
        return left_out;
    }

  private:
    unsigned per_second_;
    std::chrono::steady_clock::time_point since_{};
    unsigned written_ = 0;
    std::uint64_t suppressed_ = 0;
};

}  // namespace journal
