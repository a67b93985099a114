#pragma once

#include <optional>
#include <string_view>

namespace bootstrapd {

// The cores that this process may use, at least one: those it is bound to, and no more than its
// control group's quota pays for, which in a container is less than what the machine has.
unsigned cores();

// Of the text of cpu.max (cgroup v2): "QUOTA PERIOD" in microseconds, rounded up; "max" and what is
// no such text: nothing.
std::optional<unsigned> cores_of_quota(std::string_view cpu_max);

}  // namespace bootstrapd
