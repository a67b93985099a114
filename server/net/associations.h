#pragma once

#include <memory>
#include <string>

#include "server/dtls/context.h"
#include "server/dtls/listener.h"
#include "server/net/conversations.h"
#include "server/net/handshake_failure.h"
#include "server/net/shard_context.h"

namespace net {

// The DTLS associations of one shard. One (local, remote) pair of addresses has one association,
// and while a rebooted device shakes hands anew its successor:
//   ClientHello, epoch 0   → the listener; once its cookie proved the address, a new association.
//                            A repetition of a hello that began one goes to that one.
//   other records, epoch 0 → the successor if there is one
//   epoch ≥ 1              → the successor once it received more than its hello, else the old one
// The old association stays until the new handshake has finished.
class Associations {
  public:
    // All outlive it.
    Associations(ShardContext&, Conversations&, std::shared_ptr<dtls::Context>,
                 const dtls::CookieKeys&);

    // What there is keeps its context, handshakes under way too.
    void reconfigure(std::shared_ptr<dtls::Context>);

    void receive(std::size_t socket, const Incoming&);
    void on_timer(Peer&);
    // Who has the identity or public key that a handshake waits for; a peer that is gone is none of
    // its concern.
    void answer(const LookedUpDevice&);
    // A handshake as a client; then the session that Reach asks for.
    void dial(std::size_t socket, const PeerKey&, const bootstrap::Reach&);
    // Stop of a session whose dial is under way; false when there is none.
    bool stop_dial(const bootstrap::Stop&);
    // close_notify.
    void close(Peer&, const std::string& why);

  private:
    void hello(std::size_t socket, const Incoming&, const dtls::HelloView&);
    void accept(std::size_t socket, const PeerKey&, std::unique_ptr<dtls::Connection>);
    // False when the limits leave none for one more association with that address.
    bool make_room_for(const wire::SocketAddress& remote);
    void make_half_open_room();
    void clear_output();
    void feed(Peer&, wire::BytesView datagram);
    // Everything that a connection's input led to, which stands in out_.
    void absorb(Peer&);
    void look_up(Peer&);
    void established(Peer&);
    void ended(Peer&, const dtls::Ended&);
    void handshake_failed(Peer&, const dtls::Ended&);
    void count_failure(HandshakeFailure);
    void count_guess(Peer&);
    void log_failure(const Peer&, HandshakeFailure, const std::string& reason);
    void remove(Peer&, const std::string& why);

    ShardContext& context_;
    Conversations& conversations_;
    const dtls::CookieKeys& cookies_;
    std::shared_ptr<dtls::Context> dtls_;
    std::unique_ptr<dtls::Listener> listener_;
    dtls::Output out_;  // reused from input to input
};

}  // namespace net
