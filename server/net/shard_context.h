#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/bootstrap/messages.h"
#include "server/net/datagram_batch.h"
#include "server/net/guess_limiter.h"
#include "server/net/inbox.h"
#include "server/net/lookups.h"
#include "server/net/peer_table.h"
#include "server/net/rate_limiter.h"
#include "server/net/shard_counters.h"
#include "server/net/shards.h"
#include "server/net/tap.h"
#include "server/net/timers.h"
#include "server/wire/random.h"

namespace net {

// One of the addresses that is listened on; the same index at every shard.
struct Listening {
    wire::SocketAddress bound;
    bool secured = false;
};

inline GuessLimiter::Settings guess_limits(const Limits& limits) {
    return {limits.failed_handshakes_per_address, limits.failed_handshakes_per_prefix,
            limits.failed_handshake_window};
}

// What the parts of one shard share: its peers, what is to leave at the end of a turn, and the
// time, which is taken once a turn. Outlives them; used by the shard's thread alone, but for
// `inbox` and `counters`.
struct ShardContext {
    std::uint16_t number = 0;
    const Settings& settings;
    Limits limits;  // the share of this shard
    const Handlers& handlers;
    journal::Journal& journal;
    wire::Random& random;
    std::vector<Listening> listening;
    std::shared_ptr<Inbox> inbox;

    PeerTable peers;
    Timers timers{};
    RateLimiter rate;
    GuessLimiter guesses;
    ShardCounters counters{};
    Lookups lookups{handlers, inbox, counters};
    Tap tap{handlers.tapped};
    std::vector<std::vector<Outgoing>> outbox{};  // by socket
    std::vector<bootstrap::Notice> notices{};
    wire::TimePoint now{};

    bootstrap::PeerRef ref(const Peer& peer) const { return {number, peer.id}; }
    void send(const Peer& peer, wire::Bytes datagram) {
        outbox[peer.socket].push_back({peer.key.local, peer.key.remote, std::move(datagram)});
    }
    // A datagram from this address may be worked on; by the peer's own bucket once there is one.
    bool within_rate(Peer* peer, const wire::SocketAddress& remote) {
        const bool passes =
            peer != nullptr ? peer->bucket.take(rate.per_second(), now) : rate.take(remote, now);
        if (!passes) ++counters.dropped_rate;
        return passes;
    }
    // To be called whenever something was done to a peer: its place in the lists, its timer.
    void settle(Peer& peer);
    // Its timer alone, when time passed and nothing else happened.
    void rearm(Peer& peer);
};

}  // namespace net
