#include "server/net/unsecured.h"

#include "server/coap/types.h"

namespace net {
namespace {

// RFC 7252 §3: version (2 bits) | type (2) | token length (4) | code (8) | Message ID (16)
bool is_request(wire::BytesView message) {
    if (message.size() < 4 || message[0] >> 6 != 1) return false;
    const unsigned type = message[0] >> 4 & 3U;
    const bool asks = type == static_cast<unsigned>(coap::Type::confirmable) ||
                      type == static_cast<unsigned>(coap::Type::non_confirmable);
    return asks && (message[0] & 0x0F) <= 8 && coap::is_request(coap::Code{message[1]});
}

}  // namespace

void Unsecured::receive(std::size_t socket, const Incoming& incoming) {
    const PeerKey key{incoming.local, incoming.remote};
    Peer* peer = context_.peers.current(key);
    if (!context_.within_rate(peer, incoming.remote)) return;
    if (peer == nullptr) {
        if (!is_request(incoming.payload)) {
            ++context_.counters.dropped_unknown;
            return;
        }
        peer = add(socket, key);
        if (peer == nullptr) return;
    }
    conversations_.receive(*peer, incoming.payload);
}

void Unsecured::reach(std::size_t socket, const PeerKey& key, const bootstrap::Reach& reach) {
    Peer* peer = context_.peers.current(key);
    if (peer == nullptr) peer = add(socket, key);
    if (peer == nullptr) {
        conversations_.not_reached(reach.session, "the limit of unsecured peers is reached");
        return;
    }
    if (peer->conversation->has_session() || peer->conversation->has_pending_request()) {
        conversations_.not_reached(reach.session, "the address is busy with a request or session");
        return;
    }
    conversations_.start_reached(*peer, reach.assignment, reach.session);
}

Peer* Unsecured::add(std::size_t socket, const PeerKey& key) {
    while (context_.peers.unsecured() >= context_.limits.unsecured_peers) {
        Peer* const oldest = context_.peers.oldest_idle(Peer::Kind::unsecured);
        if (oldest == nullptr) {
            ++context_.counters.dropped_limit;
            return nullptr;
        }
        ++context_.counters.evicted;
        forget(*oldest);
    }
    Peer& peer = context_.peers.add(key, socket, Peer::Kind::unsecured);
    peer.conversation = std::make_unique<bootstrap::Peer>(context_.settings.peer, context_.random,
                                                          bootstrap::Transport{});
    return &peer;
}

void Unsecured::forget(Peer& peer) {
    conversations_.transport_lost(peer, "forgotten");
    conversations_.forget_reached(peer);
    context_.peers.remove(peer);
}

wire::Duration Unsecured::lifetime() const {
    return context_.settings.peer.session.transmission.exchange_lifetime();
}

}  // namespace net
