#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/dtls/context.h"
#include "server/dtls/dtls.h"

namespace dtls {

// One DTLS association in either role. No socket: datagrams in, Output out. The handshake's
// retransmission timer runs on OpenSSL's own clock; next_timeout() says how long from now.
//
// As a server it reads the PSK identity from the ClientKeyExchange, or the client's Certificate,
// before OpenSSL sees it and stops at identity_wanted, holding a few datagrams, its timer standing,
// until provide(), trust() or deny(). OpenSSL's callback fails when what it sees is another.
//
// Not established within Settings::handshake_timeout it ends, a look-up under way included.
// A record that does not verify is dropped and the association lives on. In an Output, established
// comes before its plaintexts, and both before ended.
// Used by one thread; it keeps its Context.
class Connection {
  public:
    // The handshake as a client towards a device that listens, LwM2M 1.0 §7.1.6; the first flight
    // is in the Output.
    static std::unique_ptr<Connection> dial(std::shared_ptr<Context>, Psk, Output&);
    // With our certificate of the settings, or our raw public key; no SNI.
    static std::unique_ptr<Connection> dial(std::shared_ptr<Context>, ExpectedPeer, Output&);
    // The server role, by Listener alone: start() answers the hello that it accepted.
    struct Accepted;
    explicit Connection(Accepted&&);
    void start(Output&);
    ~Connection();

    void receive(wire::BytesView datagram, Output&);
    // The answer to identity_wanted: the key of a PSK identity; what is known of a claim; nobody.
    void provide(model::Secret key, Output&);
    void trust(Trust, Output&);
    void deny(Output&);

    // One CoAP message as one record; dropped unless established and within max_plaintext().
    void send(wire::BytesView plaintext, Output&);
    // close_notify; ended follows.
    void close(Output&);

    // How long until on_timeout() is due; nothing while no timer runs.
    std::optional<wire::Duration> next_timeout() const;
    void on_timeout(Output&);

    // The largest message that send() takes: by the settings, or less where the peer asked for
    // smaller records (RFC 6066 §4). Known once established.
    std::size_t max_plaintext() const;
    // Datagrams dropped because too many waited for provide() or deny(), and messages that send()
    // dropped.
    std::uint64_t dropped() const;

    bool is_established() const;
    bool is_ended() const;
    bool is_server() const;
    // What the peer says it is (server role: from the look-ahead; proved once established).
    const wire::Bytes& identity() const;
    // A public key instead of a PSK identity; as a client what the device showed.
    const std::optional<PublicKeyClaim>& claim() const;
    // Whether the peer failed at proving what it claims, before the end too: a Finished did not
    // verify. Ended::unproved says so of what ends by itself; who gives a handshake up asks here.
    bool proof_failed() const;
    // The random of the ClientHello that began it (server role): tells a repeated hello from a new
    // one of a rebooted device.
    wire::BytesView client_random() const;
    std::string cipher_suite() const;

    // Gives OpenSSL's buffers back until the next use. Cheap to call again.
    void release_buffers();

  private:
    class Impl;
    explicit Connection(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dtls
