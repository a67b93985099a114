#pragma once

#include <atomic>
#include <cstdint>

namespace store {

// What Store::Statistics tells, where several threads count it.
struct SqliteCounters {
    using Count = std::atomic<std::uint64_t>;
    Count reads = 0, writes = 0, transactions = 0, failures = 0, rejected = 0, dropped = 0;
    Count wrapped_by_old_keys = 0, pending_attaches = 0, pending_deliveries = 0;
};

}  // namespace store
