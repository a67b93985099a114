#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "server/bootstrap/messages.h"

namespace bootstrapd {

// Notices of the shards on their way to the control thread, which is woken once for as many as
// there are by then.
//
// Refused requests are what strangers can cause without end: above the limit they are dropped and
// counted. All other notices stand for an association or a session, which have limits of their
// own, and losing one would leave the Directory wrong.
class Inbox {
  public:
    // `wake` is called on a shard's thread when the inbox was empty before.
    Inbox(std::size_t most_refusals, std::function<void()> wake)
        : most_refusals_(most_refusals), wake_(std::move(wake)) {}

    void put(std::vector<bootstrap::Notice> notices);
    std::vector<bootstrap::Notice> take();
    std::uint64_t dropped() const;

  private:
    const std::size_t most_refusals_;
    const std::function<void()> wake_;
    mutable std::mutex mutex_;
    std::vector<bootstrap::Notice> waiting_;
    std::size_t refusals_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace bootstrapd
