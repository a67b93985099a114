#pragma once

#include <array>
#include <cstdint>

#include "server/bootstrap/directory.h"
#include "server/journal/journal.h"
#include "server/net/log_limit.h"

namespace bootstrapd {

// Tells the log of sessions and counts their outcomes. Used on the control thread; the Journal
// outlives it.
class Chronicle {
  public:
    explicit Chronicle(journal::Journal& journal) : journal_(journal) {}

    void started(const bootstrap::SessionRecord&);
    void ended(const bootstrap::SessionRecord&, wire::TimePoint now);

    std::uint64_t count(bootstrap::Outcome) const;

  private:
    journal::Journal& journal_;
    // Requests without any right cost their sender nothing: so many lines a second, no more. The
    // shards tell of each refusal too, with its code (request_refused).
    net::LogLimit refusals_{50};
    std::array<std::uint64_t, bootstrap::all_outcomes.size()> counts_{};
};

}  // namespace bootstrapd
