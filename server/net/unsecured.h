#pragma once

#include "server/net/conversations.h"
#include "server/net/shard_context.h"

namespace net {

// The peers without DTLS: an address becomes one when it sends a CoAP request or when the daemon
// speaks to it first, and is forgotten once it has been idle for EXCHANGE_LIFETIME (RFC 7252
// §4.8.2), for so long its requests have to be told from their repetitions.
class Unsecured {
  public:
    // Both outlive it.
    Unsecured(ShardContext& context, Conversations& conversations)
        : context_(context), conversations_(conversations) {}

    void receive(std::size_t socket, const Incoming&);
    void reach(std::size_t socket, const PeerKey&, const bootstrap::Reach&);
    void forget(Peer&);
    wire::Duration lifetime() const;

  private:
    Peer* add(std::size_t socket, const PeerKey&);

    ShardContext& context_;
    Conversations& conversations_;
};

}  // namespace net
