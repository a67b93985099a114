#pragma once

#include <chrono>

namespace wire {

// Protocol logic is told the time and never asks for it; only the shell calls Clock::now().
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace wire
