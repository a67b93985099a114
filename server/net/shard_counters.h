#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "server/net/shards.h"

namespace net {

// A number that one thread writes and any may read.
class Tally {
  public:
    void add(std::uint64_t more) { set(get() + more); }
    void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
    Tally& operator++() {
        add(1);
        return *this;
    }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// Counters of one shard; what each means stands at Counters.
struct ShardCounters {
    Tally datagrams_received, datagrams_sent, handed_over;
    Tally dropped_rate, dropped_limit, dropped_malformed, dropped_unknown, dropped_queue;
    Tally send_failures;
    Tally handshakes_finished, handshakes_failed, lookups_failed, evicted;
    std::array<Tally, all_handshake_failures.size()> failed_by;
    Tally dropped_guessing;
    Tally retransmissions, duplicates;
    Tally lookups, associations, half_open, peers;
    Tally answered_ping;

    void add_to(Counters& sum) const;
};

}  // namespace net
