#include "server/net/guess_limiter.h"

#include <limits>

#include "server/net/prefix.h"
#include "server/net/rate_limiter.h"

namespace net {
namespace {

std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

unsigned WindowedCounts::add(std::uint64_t hash, wire::TimePoint now, wire::Duration window) {
    Set& set = set_of(hash);
    Count* least = &set.front();
    for (Count& one : set) {
        if (one.is_over(now, window)) one.count = 0;
        if (one.count > 0 && one.tag == tag_of(hash)) {
            if (one.count < std::numeric_limits<unsigned>::max()) ++one.count;
            return one.count;
        }
        if (one.count < least->count) least = &one;
    }
    *least = {now, tag_of(hash), 1};
    return 1;
}

unsigned WindowedCounts::get(std::uint64_t hash, wire::TimePoint now, wire::Duration window) const {
    for (const Count& one : set_of(hash)) {
        if (one.tag == tag_of(hash) && !one.is_over(now, window)) return one.count;
    }
    return 0;
}

void WindowedCounts::forget(std::uint64_t hash) {
    for (Count& one : set_of(hash)) {
        if (one.tag == tag_of(hash)) one.count = 0;
    }
}

GuessLimiter::GuessLimiter(const Settings& settings, wire::Random& random)
    : settings_(settings),
      key_(static_cast<std::uint64_t>(random.next_u32()) << 32 | random.next_u32()) {}

// Without the port, which costs an attacker nothing.
std::uint64_t GuessLimiter::address_hash(const wire::IpAddress& remote) const {
    return keyed_hash({remote, 0}, key_);
}

std::uint64_t GuessLimiter::prefix_hash(const wire::IpAddress& remote) const {
    std::array<std::uint8_t, 16> octets{};
    std::uint64_t prefix = prefix_of(remote);
    for (std::size_t i = 0; i < sizeof prefix; ++i, prefix >>= 8)
        octets[i] = static_cast<std::uint8_t>(prefix);
    return keyed_hash({wire::IpAddress::v6(octets), 0}, key_);
}

bool GuessLimiter::failed(const wire::IpAddress& remote, wire::TimePoint now) {
    const auto& [per_address, per_prefix, window] = settings_;
    bool reached = false;
    if (per_address != 0)
        reached = by_address_.add(address_hash(remote), now, window) == per_address;
    if (per_prefix != 0)
        reached = by_prefix_.add(prefix_hash(remote), now, window) == per_prefix || reached;
    return reached;
}

void GuessLimiter::proved(const wire::IpAddress& remote) {
    by_address_.forget(address_hash(remote));
}

bool GuessLimiter::holds_off(const wire::IpAddress& remote, wire::TimePoint now) const {
    const auto& [per_address, per_prefix, window] = settings_;
    if (per_address != 0 && by_address_.get(address_hash(remote), now, window) >= per_address)
        return true;
    return per_prefix != 0 && by_prefix_.get(prefix_hash(remote), now, window) >= per_prefix;
}

}  // namespace net
