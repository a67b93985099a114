#pragma once

#include <memory>
#include <optional>

#include "server/dtls/context.h"
#include "server/dtls/datagram_bio.h"
#include "server/dtls/dtls.h"
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

// What OpenSSL's callbacks find at an SSL.
struct CallbackState {
    DatagramPipe pipe;
    wire::Duration first_timeout{};
    // Listening: null outside of DTLSv1_listen().
    const CookieQuestion* cookie = nullptr;
    bool address_proved = false;
    // Server: the answer for the identity that was looked up; without one every identity is
    // unknown.
    std::optional<Psk> looked_up;
    bool psk_asked = false;  // OpenSSL has reached the key exchange
    // Client.
    std::optional<Psk> own;
};

// An SSL with its BIO and what its callbacks need.
class SslHandle {
  public:
    enum class Role { server, client };

    // Its ssl() is null when OpenSSL had no memory.
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
void set_callbacks(SSL_CTX* server, SSL_CTX* client);

}  // namespace dtls
