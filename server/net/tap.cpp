#include "server/net/tap.h"

#include <optional>
#include <utility>

#include "server/coap/message.h"
#include "server/net/peer.h"

namespace net {
namespace {

// "ep" of a request, LwM2M Core §6.1.7.1; nothing: it says none.
std::optional<std::string_view> claim_in(wire::BytesView datagram) {
    const auto message = coap::decode(datagram);
    if (!message || !coap::is_request(message->code)) return std::nullopt;
    for (const coap::Option& option : message->options) {
        if (option.number != coap::OptionNumber::uri_query) continue;
        const std::string_view query = wire::as_text(option.value);
        if (query.starts_with("ep=")) return query.substr(3);
    }
    return std::nullopt;
}

}  // namespace

void Tap::set(std::shared_ptr<const TracedEndpoints> traced) {
    if (traced && traced->empty()) traced.reset();
    // What was not looked at in between may have been said by somebody else.
    if (!traced_ && traced) ++epoch_;
    traced_ = std::move(traced);
}

void Tap::know(Peer& peer, const std::string& endpoint) {
    peer.endpoint = endpoint;
    peer.claim.reset();
}

void Tap::received(Peer& peer, const bootstrap::PeerRef& ref, wire::BytesView message) {
    hear_claim(peer, message);
    pass(peer, ref, trace::Direction::inbound, message);
}

void Tap::sent(Peer& peer, const bootstrap::PeerRef& ref, wire::BytesView message) {
    pass(peer, ref, trace::Direction::outbound, message);
}

void Tap::hear_claim(Peer& peer, wire::BytesView message) const {
    const auto claimed = claim_in(message);
    if (!claimed) return;
    peer.claim.reset();
    if (traced_->contains(*claimed))
        peer.claim = std::make_unique<EndpointClaim>(EndpointClaim{std::string(*claimed), epoch_});
    // An address without a session may be another device by now.
    const bool may_change = peer.kind == Peer::Kind::unsecured && !peer.conversation->has_session();
    if (may_change && peer.endpoint != *claimed) peer.endpoint.clear();
}

void Tap::pass(const Peer& peer, const bootstrap::PeerRef& ref, trace::Direction direction,
               wire::BytesView message) const {
    std::vector<std::string> endpoints;
    if (traced_->contains(peer.endpoint)) endpoints.push_back(peer.endpoint);
    const EndpointClaim* const claim = peer.claim.get();
    if (claim != nullptr && claim->epoch == epoch_ && claim->endpoint != peer.endpoint &&
        traced_->contains(claim->endpoint))
        endpoints.push_back(claim->endpoint);
    if (endpoints.empty()) return;
    handler_({{ref, direction, std::chrono::system_clock::now(), peer.key.local, peer.key.remote,
               wire::Bytes(message.begin(), message.end())},
              std::move(endpoints)});
}

}  // namespace net
