#pragma once

#include <memory>
#include <optional>

#include "server/dtls/context.h"
#include "server/dtls/dtls.h"

typedef struct ssl_st SSL;

namespace dtls {

// One DTLS association in either role. No socket: datagrams in, Output out. The handshake's
// retransmission timer runs on OpenSSL's own clock; next_timeout() says how long from now.
//
// As a server it reads the PSK identity from the ClientKeyExchange before OpenSSL sees it and
// stops at identity_wanted, holding a few datagrams, its timer standing, until provide() or deny().
// OpenSSL's callback fails when the identity it sees is another.
// Used by one thread; the Context outlives it.
class Connection {
  public:
    // The handshake as a client towards a device that listens, LwM2M 1.0 §7.1.6; the first flight
    // is in the Output.
    static std::unique_ptr<Connection> dial(Context&, Psk, Output&);
    // The server role, by Listener alone.
    struct Accepted;
    explicit Connection(Accepted&&);
    ~Connection();

    void receive(wire::BytesView datagram, Output&);
    // The answer to identity_wanted.
    void provide(model::Secret key, Output&);
    void deny(Output&);

    // One CoAP message as one record; dropped unless established.
    void send(wire::BytesView plaintext, Output&);
    // close_notify; ended follows.
    void close(Output&);

    // How long until on_timeout() is due; nothing while no timer runs.
    std::optional<wire::Duration> next_timeout() const;
    void on_timeout(Output&);

    bool is_established() const;
    bool is_ended() const;
    bool is_server() const;
    // What the peer says it is (server role: from the look-ahead; proved once established).
    const wire::Bytes& identity() const;
    // The random of the ClientHello that began it (server role): tells a repeated hello from a new
    // one of a rebooted device.
    wire::BytesView client_random() const;
    std::string cipher_suite() const;

    // Gives OpenSSL's buffers back until the next use. Cheap to call again.
    void release_buffers();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dtls
