#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/wire/random.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

namespace net {

// A token bucket: `per_second` datagrams a second, twice that in one go. 0: no limit.
class TokenBucket {
  public:
    bool take(unsigned per_second, wire::TimePoint now);
    // One more may pass: something was asked of the peer, its answer is not to be held against it.
    void give() { spent_ = spent_ > 0 ? spent_ - 1 : 0; }

  private:
    wire::TimePoint last_{};
    float spent_ = 0;
};

// The limit for addresses that proved nothing yet: a fixed table of buckets, chosen by a keyed
// hash, so that spoofed addresses neither grow it nor pick whose bucket they empty.
class RateLimiter {
  public:
    static constexpr std::size_t buckets = 8192;

    RateLimiter(unsigned per_second, wire::Random&);
    bool take(const wire::SocketAddress& remote, wire::TimePoint now);
    void set(unsigned per_second) { per_second_ = per_second; }
    unsigned per_second() const { return per_second_; }

  private:
    unsigned per_second_;
    std::uint64_t key_;
    std::vector<TokenBucket> table_;
};

// Mixes an address with a secret key.
std::uint64_t keyed_hash(const wire::SocketAddress& address, std::uint64_t key);

}  // namespace net
