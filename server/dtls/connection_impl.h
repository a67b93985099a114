#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/dtls/accepted.h"
#include "server/dtls/connection.h"
#include "server/dtls/errors.h"
#include "server/dtls/handshake_guard.h"
#include "server/dtls/look_ahead.h"
#include "server/dtls/ssl_handle.h"

typedef struct ssl_cipher_st SSL_CIPHER;

namespace dtls {

// What a Connection is made of: connection_impl.cpp is the association, connection_handshake.cpp
// what is special until it is established.
class Connection::Impl {
  public:
    explicit Impl(Accepted&&);
    Impl(std::shared_ptr<Context>, Psk);
    Impl(std::shared_ptr<Context>, ExpectedPeer);
    void receive(wire::BytesView datagram, Output&);
    void provide(model::Secret key, Output&);
    void trust(Trust, Output&);
    void deny(Output&);
    void send(wire::BytesView plaintext, Output&);
    void close(Output&);
    std::optional<wire::Duration> next_timeout() const;
    void on_timeout(Output&);
    void release_buffers();
    std::string cipher_suite() const;
    void start(Output&);
    bool established() const { return established_; }
    bool ended() const { return ended_; }
    bool is_server() const { return is_server_; }
    const wire::Bytes& identity() const { return identity_; }
    const std::optional<PublicKeyClaim>& claim() const { return claim_; }
    bool proof_failed() const { return unproved_ || (!established_ && bad_finished_ > 0); }
    wire::BytesView client_random() const { return client_random_; }
    std::size_t max_plaintext() const { return max_plaintext_; }
    std::uint64_t dropped() const { return dropped_; }

  private:
    SSL* ssl() const { return handle_.ssl(); }
    DatagramPipe& pipe() { return handle_.state().pipe; }

    static std::uint16_t next_message(const Accepted&);
    // Why no handshake can begin; null: it can.
    const char* unusable() const;
    void begin() { deadline_ = wire::Clock::now() + context_->settings().handshake_timeout; }

    void hold(wire::BytesView datagram);
    void go_on(Output&);
    bool keys_known() const;
    std::size_t least_protected() const;
    static std::size_t least_protected(const SSL_CIPHER*);
    // What OpenSSL is to make of the claim, X509_V_….
    void answer_claim(int result, Output&);
    std::string denial() const;
    // Whether it has to wait for what we think of the client.
    bool wants_identity(wire::BytesView datagram);
    void feed_handshake(wire::BytesView datagram, Output&);
    void check_finished(wire::BytesView datagram, Output&);
    void feed(wire::BytesView datagram, Output&);
    void run(Output&);
    void conclude(Output&);
    void refused(const OpenSslError&, Output&);
    void establish(Output&);
    bool prepare(Output&);
    void settle();
    void forget_keys();
    void end(Output&, Ending ending, std::string reason, bool unproved = false);

    const std::shared_ptr<Context> context_;
    SslHandle handle_;
    const bool is_server_;
    wire::Bytes client_random_;
    wire::Bytes identity_;
    std::optional<PublicKeyClaim> claim_;
    std::optional<LookAhead> look_ahead_;  // server, until the handshake is over
    HandshakeGuard guard_;
    wire::TimePoint deadline_{};
    std::vector<wire::Bytes> held_;
    std::size_t held_octets_ = 0;
    std::size_t max_plaintext_ = 0;
    std::size_t least_protected_ = 0;  // once established
    std::uint64_t dropped_ = 0;
    unsigned bad_finished_ = 0;
    bool awaiting_answer_ = false;
    bool claimed_ = false;  // the client said who it is
    bool denied_ = false;
    bool unproved_ = false;
    bool established_ = false;
    bool ended_ = false;
    bool released_ = false;
};

}  // namespace dtls
