#pragma once

#include <array>
#include <cstdint>

#include "server/bootstrap/directory.h"
#include "server/journal/journal.h"

namespace bootstrapd {

// Tells the log of sessions and counts their outcomes. Used on the control thread; the Journal
// outlives it.
class Chronicle {
  public:
    explicit Chronicle(journal::Journal& journal) : journal_(journal) {}

    void started(const bootstrap::SessionRecord&);
    void ended(const bootstrap::SessionRecord&);

    std::uint64_t count(bootstrap::Outcome) const;

  private:
    journal::Journal& journal_;
    std::array<std::uint64_t, bootstrap::all_outcomes.size()> counts_{};
};

}  // namespace bootstrapd
