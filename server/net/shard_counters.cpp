#include "server/net/shard_counters.h"

namespace net {

void ShardCounters::add_to(Counters& sum) const {
    sum.datagrams_received += datagrams_received.get();
    sum.datagrams_sent += datagrams_sent.get();
    sum.handed_over += handed_over.get();
    sum.dropped_rate += dropped_rate.get();
    sum.dropped_limit += dropped_limit.get();
    sum.dropped_malformed += dropped_malformed.get();
    sum.dropped_unknown += dropped_unknown.get();
    sum.dropped_queue += dropped_queue.get();
    sum.send_failures += send_failures.get();
    sum.handshakes_finished += handshakes_finished.get();
    sum.handshakes_failed += handshakes_failed.get();
    for (std::size_t i = 0; i < failed_by.size(); ++i) sum.failed_by[i] += failed_by[i].get();
    sum.dropped_guessing += dropped_guessing.get();
    sum.lookups_failed += lookups_failed.get();
    sum.evicted += evicted.get();
    sum.retransmissions += retransmissions.get();
    sum.duplicates += duplicates.get();
    sum.lookups += lookups.get();
    sum.associations += associations.get();
    sum.half_open += half_open.get();
    sum.peers += peers.get();
}

}  // namespace net
