#include "server/net/rate_limiter.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace net {
namespace {

std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
    // The high half of a 64 by 64 bit product folded into the low one: every bit of either
    // factor reaches every bit of the result.
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(state ^ 0x9E3779B97F4A7C15ULL) *
                         (word ^ 0xD6E8FEB86659FD93ULL ^ state << 1);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

bool TokenBucket::take(unsigned per_second, wire::TimePoint now) {
    if (per_second == 0) return true;
    const float rate = static_cast<float>(per_second);
    const std::chrono::duration<float> elapsed = now - last_;
    last_ = now;
    spent_ = std::max(0.0F, spent_ - elapsed.count() * rate);
    if (spent_ + 1 > 2 * rate) return false;
    spent_ += 1;
    return true;
}

RateLimiter::RateLimiter(unsigned per_second, wire::Random& random)
    : per_second_(per_second),
      key_(static_cast<std::uint64_t>(random.next_u32()) << 32 | random.next_u32()),
      table_(buckets) {}

bool RateLimiter::take(const wire::SocketAddress& remote, wire::TimePoint now) {
    if (per_second_ == 0) return true;
    return table_[keyed_hash(remote, key_) % buckets].take(per_second_, now);
}

std::uint64_t keyed_hash(const wire::SocketAddress& address, std::uint64_t key) {
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), address.ip.octets().data(), sizeof words);
    const std::uint64_t state = mix(mix(key, words[0]), words[1]);
    return mix(state, static_cast<std::uint64_t>(address.ip.scope()) << 32 |
                          static_cast<std::uint64_t>(address.ip.family()) << 16 | address.port);
}

}  // namespace net
