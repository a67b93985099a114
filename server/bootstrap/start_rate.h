#pragma once

#include "server/wire/time.h"

namespace bootstrap {

// So many a second, and a second's worth at once where there were fewer before. Used by one thread.
class StartRate {
  public:
    explicit StartRate(unsigned per_second) { set(per_second); }

    void set(unsigned per_second);
    bool take(wire::TimePoint now);
    // When there is something to take again; a little later where it comes often, so that nobody
    // is woken for each.
    wire::TimePoint next() const;

  private:
    wire::Duration interval_{};
    wire::TimePoint used_up_to_{};  // what was taken, laid end to end
};

}  // namespace bootstrap
