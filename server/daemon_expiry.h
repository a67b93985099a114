#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/asio.h"
#include "server/daemon_credentials.h"
#include "server/journal/journal.h"

namespace bootstrapd {

// What ends before `now` + `ahead` (seconds), or has ended; the soonest first.
std::vector<Expiring> ending(const std::vector<Expiring>&, std::int64_t now, std::int64_t ahead);
// Whole days, rounded down; below zero: it has ended.
std::int64_t days_left(const Expiring&, std::int64_t now);

// Tells the log in good time of what ends by itself: at once when it is set, then twice a day. On
// the control thread; io_context and Journal outlive it.
class ExpiryWatch {
  public:
    ExpiryWatch(boost::asio::io_context& context, journal::Journal& journal)
        : journal_(journal), timer_(context) {}

    void set(std::vector<Expiring> expiring, double ahead);
    const std::vector<Expiring>& all() const { return expiring_; }

  private:
    void look();

    journal::Journal& journal_;
    boost::asio::steady_timer timer_;
    std::vector<Expiring> expiring_;
    std::int64_t ahead_ = 0;
};

}  // namespace bootstrapd
