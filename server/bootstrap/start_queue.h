#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "server/bootstrap/live_sessions.h"

namespace bootstrap {

// Triggers that have a way to their device and wait for their turn: first come, first served. Its
// size is bounded by the limit on pending triggers. A session leaves before it is erased. Used by
// one thread.
class StartQueue {
  public:
    // At the place that it has already, else at the back.
    void join(LiveSession& live);
    // Stands outside for a while and keeps its place.
    void step_aside(LiveSession& live);
    void leave(LiveSession& live);

    // Null: nobody waits.
    LiveSession* front() const { return waiting_.empty() ? nullptr : waiting_.begin()->second; }
    std::size_t size() const { return waiting_.size(); }

  private:
    std::uint64_t place_of(LiveSession& live);

    std::map<std::uint64_t, LiveSession*> waiting_;
    std::uint64_t next_place_ = 0;
};

}  // namespace bootstrap
