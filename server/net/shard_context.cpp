#include "server/net/shard_context.h"

#include <algorithm>

namespace net {
namespace {

// A deadline that has passed already is not looked at again at once: nothing may make the loop
// spin.
constexpr wire::Duration shortest_wait = std::chrono::milliseconds(1);

}  // namespace

void ShardContext::settle(Peer& peer) {
    if (peer.gone) return;
    if (peer.conversation) {
        const coap::Counters& told = peer.conversation->counters();
        if (told.retransmissions != peer.retransmissions_told) {
            counters.retransmissions.add(told.retransmissions - peer.retransmissions_told);
            peer.retransmissions_told = told.retransmissions;
        }
        if (told.duplicates != peer.duplicates_told) {
            counters.duplicates.add(told.duplicates - peer.duplicates_told);
            peer.duplicates_told = told.duplicates;
        }
        if (peer.kind == Peer::Kind::established) peers.touch(peer, now);
        if (peer.conversation->is_idle())
            peers.set_idle(peer, now);
        else
            peers.set_busy(peer);
    }
    rearm(peer);
}

void ShardContext::rearm(Peer& peer) {
    if (peer.gone) return;
    wire::TimePoint wanted = wire::TimePoint::max();
    if (peer.kind == Peer::Kind::half_open) {
        if (const auto wait = peer.connection->next_timeout()) wanted = now + *wait;
    }
    if (peer.conversation) {
        if (const auto deadline = peer.conversation->next_deadline())
            wanted = std::min(wanted, *deadline);
    }
    if (peer.admission) wanted = std::min(wanted, peer.admission->ask_again);
    if (wanted == wire::TimePoint::max()) return;
    wanted = std::max(wanted, now + shortest_wait);
    if (wanted >= peer.armed) return;
    peer.armed = wanted;
    timers.arm(peer.id, wanted);
}

}  // namespace net
