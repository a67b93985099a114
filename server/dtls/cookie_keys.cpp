// The cookie of a HelloVerifyRequest, RFC 6347 §4.2.1: HMAC-SHA-256 cut to 16 octets, over
//
//   | period (8) | local: family (1) address (16) scope (4) port (2) | remote: the same |

#include <array>
#include <chrono>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

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

model::Secret random_master(wire::Random& random) {
    wire::Bytes octets(master_octets);
    random.fill(octets);
    return model::Secret(std::move(octets));
}

}  // namespace

CookieKeys::CookieKeys(wire::Random& random) : master_(random_master(random)) {}

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
    unsigned int size = 0;
    const wire::BytesView key = master_.reveal();
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
             code.data(), &size) == nullptr ||
        size < cookie_octets)
        return {};
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
