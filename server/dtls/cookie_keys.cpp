// The cookie of a HelloVerifyRequest, RFC 6347 §4.2.1: HMAC-SHA-256 cut to 16 octets, over
//
//   | period (8) | local: family (1) address (16) scope (4) port (2) | remote: the same |

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "server/dtls/errors.h"
#include "server/dtls/listener.h"
#include "server/wire/writer.h"

namespace dtls {
namespace {

constexpr std::size_t master_octets = 32;
constexpr std::size_t cookie_octets = 16;  // some constrained clients have room for no more

std::int64_t period_of(wire::TimePoint now) {
    return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()) / CookieKeys::lifetime;
}

void write_address(wire::Writer& out, const wire::SocketAddress& address) {
    out.u8(static_cast<std::uint8_t>(address.ip.family()));
    out.bytes(address.ip.octets());
    out.u32(address.ip.scope());
    out.u16(address.port);
}

// An HMAC-SHA-256 with its key in it; null when OpenSSL gives none. To begin from the key each
// time doubles the cost of a cookie.
EVP_MAC_CTX* keyed_hmac(wire::BytesView key) {
    EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    EVP_MAC_CTX* context = EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);  // the context holds its own reference
    std::string digest = OSSL_DIGEST_NAME_SHA2_256;
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    if (context != nullptr &&
        EVP_MAC_init(context, key.data(), key.size(), parameters.data()) != 1) {
        EVP_MAC_CTX_free(context);
        context = nullptr;
    }
    forget_errors();
    return context;
}

}  // namespace

CookieKeys::CookieKeys(wire::Random& random) {
    std::array<std::uint8_t, master_octets> master{};
    random.fill(master);
    keyed_ = keyed_hmac(master);
    model::wipe(master.data(), master.size());
    if (keyed_ == nullptr) throw std::runtime_error("OpenSSL gives no HMAC-SHA-256");
}

CookieKeys::~CookieKeys() {
    EVP_MAC_CTX_free(keyed_);
}

wire::Bytes CookieKeys::cookie_of_period(const wire::SocketAddress& local,
                                         const wire::SocketAddress& remote,
                                         std::int64_t period) const {
    wire::Bytes message;
    message.reserve(64);
    wire::Writer writer(message);
    writer.number(static_cast<std::uint64_t>(period), 8);
    write_address(writer, local);
    write_address(writer, remote);

    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    std::size_t size = 0;
    EVP_MAC_CTX* context = EVP_MAC_CTX_dup(keyed_);
    const bool done = context != nullptr &&
                      EVP_MAC_update(context, message.data(), message.size()) == 1 &&
                      EVP_MAC_final(context, code.data(), &size, code.size()) == 1;
    EVP_MAC_CTX_free(context);
    if (!done || size < cookie_octets) return {};
    return {code.begin(), code.begin() + cookie_octets};
}

wire::Bytes CookieKeys::cookie(const wire::SocketAddress& local, const wire::SocketAddress& remote,
                               wire::TimePoint now) const {
    return cookie_of_period(local, remote, period_of(now));
}

bool CookieKeys::verify(wire::BytesView cookie, const wire::SocketAddress& local,
                        const wire::SocketAddress& remote, wire::TimePoint now) const {
    if (cookie.size() != cookie_octets) return false;
    const std::int64_t current = period_of(now);
    for (const std::int64_t period : {current, current - 1}) {
        const wire::Bytes expected = cookie_of_period(local, remote, period);
        if (expected.size() == cookie_octets &&
            CRYPTO_memcmp(expected.data(), cookie.data(), cookie_octets) == 0)
            return true;
    }
    return false;
}

}  // namespace dtls
