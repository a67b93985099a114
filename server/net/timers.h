#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "server/wire/time.h"

namespace net {

// When which peer wants to be looked at. Lazy: a peer is armed again only for an earlier time than
// before, and one whose time has moved back or which is gone is found out when it is due.
// Used by one thread.
class Timers {
  public:
    struct Due {
        wire::TimePoint when;
        std::uint64_t peer;
    };

    void arm(std::uint64_t peer, wire::TimePoint when);
    std::optional<wire::TimePoint> next() const;
    std::optional<Due> take_due(wire::TimePoint now);
    std::size_t size() const { return heap_.size(); }
    // Drops the entries that count no more, once they are many: the heap is bounded by the peers.
    void compact(std::size_t peers, const std::function<bool(const Due&)>& counts);

  private:
    std::vector<Due> heap_;
};

}  // namespace net
