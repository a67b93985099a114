#pragma once

#include <algorithm>
#include <cstddef>

#include "server/wire/time.h"

namespace http {

// How long a peer may take over a long body: it earns time by sending, a second for every
// slowest_pace octets, and never has more than the whole allowance.
class Pace {
  public:
    static constexpr std::size_t slowest_pace = 1024;

    explicit Pace(wire::Duration allowance) : allowance_(allowance), left_(allowance) {}

    wire::Duration left() const { return left_; }
    void took(wire::Duration waited, std::size_t octets) {
        const auto earned = std::chrono::duration_cast<wire::Duration>(
            std::chrono::duration<double>(static_cast<double>(octets) / slowest_pace));
        left_ = std::clamp(left_ - waited + earned, wire::Duration::zero(), allowance_);
    }

  private:
    wire::Duration allowance_;
    wire::Duration left_;
};

}  // namespace http
