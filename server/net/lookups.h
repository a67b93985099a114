#pragma once

#include <cstddef>
#include <cstdint>

#include "server/net/inbox.h"
#include "server/net/shard_counters.h"
#include "server/net/shards.h"

namespace net {

// The devices that one shard has asked for and not been told of yet: so many at once and no more.
// Used by the shard's thread; answers come through its Inbox. Handlers, Inbox and counters outlive
// it.
class Lookups {
  public:
    Lookups(const Handlers& handlers, std::shared_ptr<Inbox> inbox, ShardCounters& counters)
        : handlers_(handlers), inbox_(std::move(inbox)), counters_(counters) {}

    // Of a peer whose handshake waits for the key.
    static constexpr std::uint64_t handshake = 0;
    // For a request that awaits admission: the newest one's number is never used twice.
    std::uint64_t next_number() { return ++last_number_; }

    // LookedUpDevice follows as mail. Above the limit it says Unavailable.
    void ask(std::uint64_t peer, std::uint64_t number, const bootstrap::DeviceQuery&,
             std::size_t limit);
    // To be called for every LookedUpDevice.
    void answered(const LookedUpDevice&);

  private:
    const Handlers& handlers_;
    std::shared_ptr<Inbox> inbox_;
    ShardCounters& counters_;
    std::uint64_t last_number_ = handshake;
    std::size_t under_way_ = 0;
};

}  // namespace net
