#pragma once

#include <string>
#include <unordered_map>

#include "server/net/shard_context.h"

namespace net {

// The CoAP conversations of one shard and the sessions over them: what comes out of a
// bootstrap::Peer leaves as datagrams and notices. A peer is settled when these return.
class Conversations {
  public:
    explicit Conversations(ShardContext& context) : context_(context) {}

    // A message of the peer, deciphered.
    void receive(Peer&, wire::BytesView message);
    void on_timer(Peer&);
    void refused_by_network(Peer&);
    // The device behind a request; one that is not the peer's newest any more is passed over.
    void answer(const LookedUpDevice&);
    // Once more for the device that nobody could tell, when it is time.
    void ask_again(Peer&);
    // The association is gone, or another one has taken its place.
    void transport_lost(Peer&, std::string reason);

    void grant(const bootstrap::Grant&);
    void deny(const bootstrap::Deny&);
    void stop(const bootstrap::Stop&);
    void start(const bootstrap::Start&);
    void prepared(const bootstrap::Prepared&);
    // Begin over a peer that was opened for it.
    void start_reached(Peer&, const provisioning::Assignment&, const bootstrap::SessionId&);

    // So that Stop finds a session that Reach began: the Directory does not know its peer.
    void remember_reached(Peer&, const bootstrap::SessionId&);
    void forget_reached(Peer&);
    Peer* find_reached(const bootstrap::SessionId&) const;

    void not_reached(const bootstrap::SessionId&, std::string cause,
                     std::optional<bootstrap::Outcome> final_outcome = std::nullopt);
    // Where it `falls_back` the device asks in another way next: nothing to be alarmed at.
    void log_refusal(const Peer&, coap::Code, const std::string& reason, bool falls_back = false);

  private:
    void absorb(Peer&);
    void decide(Peer&, const bootstrap::BootstrapRequest&, const bootstrap::LookedUp&);
    void refuse(Peer&, const bootstrap::BootstrapRequest&, bootstrap::Refused&&);
    void on(Peer&, bootstrap::Peer::AdmissionWanted&&);
    void on(Peer&, bootstrap::Peer::Progress&&);
    void on(Peer&, bootstrap::Peer::SessionEnded&&);
    void on(Peer&, bootstrap::Peer::RequestRefused&&);
    void on(Peer&, bootstrap::Peer::PreparationWanted&&);
    void send(Peer&, wire::Bytes&& message);

    ShardContext& context_;
    std::unordered_map<bootstrap::SessionId, std::uint64_t> reached_;  // bounded by the peers
    // Reused from input to input.
    bootstrap::Peer::Output out_;
    dtls::Output records_;
};

}  // namespace net
