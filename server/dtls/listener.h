#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "server/dtls/connection.h"
#include "server/dtls/context.h"
#include "server/wire/random.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

typedef struct evp_mac_ctx_st EVP_MAC_CTX;

namespace dtls {

// Answers ClientHellos without keeping anything per peer: a HelloVerifyRequest with a cookie bound
// to the two addresses (RFC 6347 §4.2.1), and a Connection once the cookie came back. The cookie
// key is shared by all shards (CookieKeys) and changes with time, the one before it being honoured
// too.
class CookieKeys {
  public:
    // A cookie is good in the period (of this length) it was made in and in the next one.
    static constexpr std::chrono::seconds lifetime{120};

    // Random 32 octets from which the keys of all periods are derived.
    // Throws when OpenSSL has no HMAC: nobody could be served.
    explicit CookieKeys(wire::Random&);
    // HMAC-SHA-256 cut to 32 octets or less over both addresses, for the period of `now`.
    wire::Bytes cookie(const wire::SocketAddress& local, const wire::SocketAddress& remote,
                       wire::TimePoint now) const;
    bool verify(wire::BytesView cookie, const wire::SocketAddress& local,
                const wire::SocketAddress& remote, wire::TimePoint now) const;

    ~CookieKeys();
    CookieKeys(const CookieKeys&) = delete;
    CookieKeys& operator=(const CookieKeys&) = delete;

  private:
    wire::Bytes cookie_of_period(const wire::SocketAddress& local,
                                 const wire::SocketAddress& remote, std::int64_t period) const;
    EVP_MAC_CTX* keyed_;  // never used itself, only copied: shards ask at the same time
};

class Listener {
  public:
    // The keys outlive it.
    Listener(std::shared_ptr<Context>, const CookieKeys&);
    ~Listener();

    struct Dropped {};  // not a hello that OpenSSL likes
    struct Challenged {
        wire::Bytes datagram;
    };               // a HelloVerifyRequest to send
    struct Proved {  // the address is proved; `out` has what follows
        std::unique_ptr<Connection> connection;
    };
    using Result = std::variant<Dropped, Challenged, Proved>;

    Result hello(wire::BytesView datagram, const wire::SocketAddress& local,
                 const wire::SocketAddress& remote, wire::TimePoint now, Output& out);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// What can be told of a datagram without any state.
struct HelloView {
    wire::BytesView random;  // 32 octets
    bool has_cookie = false;
    std::uint16_t message_seq = 0;
};
// Nothing unless the datagram begins with an epoch-0 record that holds a ClientHello (whole or the
// first fragment up to the cookie). Total: any octets.
std::optional<HelloView> peek_client_hello(wire::BytesView datagram);

}  // namespace dtls
