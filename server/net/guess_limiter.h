#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/wire/random.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

namespace net {

// Counts within a window that begins with the first of them, by a hash. A fixed table of small
// sets: whoever is counted last takes the place of the least in its set, so that nothing grows. Two
// keys share a count only where 32 bits beside the set's are the same. Used by one thread.
class WindowedCounts {
  public:
    static constexpr std::size_t ways = 4;

    explicit WindowedCounts(std::size_t sets) : table_(sets) {}

    unsigned add(std::uint64_t hash, wire::TimePoint now, wire::Duration window);
    unsigned get(std::uint64_t hash, wire::TimePoint now, wire::Duration window) const;
    void forget(std::uint64_t hash);

  private:
    struct Count {
        wire::TimePoint since{};
        std::uint32_t tag = 0;
        unsigned count = 0;  // 0: free
        bool is_over(wire::TimePoint now, wire::Duration window) const {
            return count == 0 || now - since >= window;
        }
    };
    using Set = std::array<Count, ways>;

    Set& set_of(std::uint64_t hash) { return table_[hash % table_.size()]; }
    const Set& set_of(std::uint64_t hash) const { return table_[hash % table_.size()]; }

    std::vector<Set> table_;
};

// Who has shown too often what it could not prove: an identity that nobody has, a wrong key, a
// certificate that is not taken. Counted are handshakes of addresses that the cookie has proved, by
// address and by prefix (/24, /48), as an attacker has more than one. Above a limit their hellos
// are dropped once proved, until the window is over; each costs no more than its cookie. The hash
// is keyed anew at every start, so that nobody can choose whose place he takes.
// Used by one thread.
class GuessLimiter {
  public:
    static constexpr std::size_t address_sets = 4096;
    static constexpr std::size_t prefix_sets = 1024;

    struct Settings {
        unsigned per_address = 0;  // failed handshakes in a window; 0: any number
        unsigned per_prefix = 0;
        wire::Duration window = std::chrono::seconds(60);
    };
    GuessLimiter(const Settings&, wire::Random&);
    void set(const Settings& settings) { settings_ = settings; }

    // A handshake with the address ended without a proof. True when that was one too many, for the
    // address or for its prefix: once a window, for the log.
    bool failed(const wire::IpAddress& remote, wire::TimePoint now);
    // The address has proved what it claims: what it did before was a mistake. Its prefix is not
    // forgiven, an attacker may well own one device there.
    void proved(const wire::IpAddress& remote);

    bool holds_off(const wire::IpAddress& remote, wire::TimePoint now) const;

  private:
    std::uint64_t address_hash(const wire::IpAddress& remote) const;
    std::uint64_t prefix_hash(const wire::IpAddress& remote) const;

    Settings settings_;
    std::uint64_t key_;
    WindowedCounts by_address_{address_sets};
    WindowedCounts by_prefix_{prefix_sets};
};

}  // namespace net
