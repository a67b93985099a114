#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>

#include "server/bootstrap/directory.h"

namespace bootstrap {

// The records of past sessions until they are kept elsewhere: the newest `max_records`, and apart
// from them the newest refused requests, so that a flood of those pushes no session out. Used by
// one thread.
class Ledger {
  public:
    Ledger(std::size_t max_records, std::size_t max_not_admitted);

    void add(SessionRecord record);
    void resize(std::size_t max_records, std::size_t max_not_admitted);

    const SessionRecord* find(const SessionId& id) const;
    void forget(const SessionId& id);
    std::size_t size() const { return by_id_.size(); }

  private:
    using Order = std::map<std::uint64_t, SessionId>;
    struct Entry {
        std::uint64_t number = 0;
        SessionRecord record;
    };
    void trim(Order& order, std::size_t limit);

    std::size_t max_records_;
    std::size_t max_not_admitted_;
    std::uint64_t next_ = 0;
    Order sessions_;
    Order refused_;
    std::unordered_map<SessionId, Entry> by_id_;
};

}  // namespace bootstrap
