#pragma once

#include <memory>
#include <optional>

#include "server/dtls/context.h"
#include "server/dtls/datagram_bio.h"
#include "server/dtls/dtls.h"
#include "server/dtls/peer_verifier.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

typedef struct ssl_st SSL;

namespace dtls {

class CookieKeys;

// Whose cookie DTLSv1_listen() is about to make or to check.
struct CookieQuestion {
    const CookieKeys& keys;
    const wire::SocketAddress& local;
    const wire::SocketAddress& remote;
    wire::TimePoint now;
};

// What OpenSSL is to make of what the peer shows, if that is what was looked at.
struct Verdict {
    Prints shown;
    int result = X509_V_OK;  // X509_V_…
};

// What OpenSSL's callbacks find at an SSL.
struct CallbackState {
    const Context* context = nullptr;
    DatagramPipe pipe;
    wire::Duration first_timeout{};
    // Listening: null outside of DTLSv1_listen().
    const CookieQuestion* cookie = nullptr;
    bool address_proved = false;
    // Server: the answer for the identity that was looked up; without one every identity is
    // unknown.
    std::optional<Psk> looked_up;
    std::optional<Verdict> verdict;
    std::optional<wire::SocketAddress> local;  // where the client came to
    // Client: what it is by, and what the peer showed.
    std::optional<Psk> own;
    std::optional<ExpectedPeer> expected;
    std::optional<Judgement> judged;
    // Why the peer's certificate or key was refused, X509_V_….
    int refusal = X509_V_OK;
};

// An SSL with its BIO and what its callbacks need.
class SslHandle {
  public:
    enum class Role { server, psk_client, certificate_client };

    // Its ssl() is null when OpenSSL had no memory, or the settings have no suite for the role. The
    // Context outlives it.
    SslHandle(Context&, Role);
    SslHandle(SslHandle&&) noexcept = default;
    SslHandle& operator=(SslHandle&&) = delete;  // the SSL must go before its state
    ~SslHandle();

    SSL* ssl() const { return ssl_.get(); }
    CallbackState& state() const { return *state_; }

  private:
    struct Free {
        void operator()(SSL*) const;
    };
    std::unique_ptr<CallbackState> state_;
    std::unique_ptr<SSL, Free> ssl_;
};

// Registers the callbacks that look for a CallbackState.
void set_server_callbacks(SSL_CTX*);
void set_psk_client_callbacks(SSL_CTX*);
void set_certificate_client_callbacks(SSL_CTX*);

}  // namespace dtls
