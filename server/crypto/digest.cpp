#include "server/crypto/digest.h"

#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace crypto {
namespace {

// These fail for want of memory or of the algorithm alone: nothing safe can follow.
template <class Out>
Out digest(const EVP_MD* kind, wire::BytesView octets) {
    Out out{};
    unsigned size = 0;
    if (EVP_Digest(octets.data(), octets.size(), out.data(), &size, kind, nullptr) != 1 ||
        size != out.size())
        std::abort();
    return out;
}

template <class Out>
Out hmac(const EVP_MD* kind, wire::BytesView key, wire::BytesView message) {
    Out out{};
    unsigned size = 0;
    // A null key would mean "the one of before".
    const std::uint8_t none = 0;
    if (HMAC(kind, key.empty() ? &none : key.data(), static_cast<int>(key.size()), message.data(),
             message.size(), out.data(), &size) == nullptr ||
        size != out.size())
        std::abort();
    return out;
}

}  // namespace

Sha256 sha256(wire::BytesView octets) {
    return digest<Sha256>(EVP_sha256(), octets);
}

Sha384 sha384(wire::BytesView octets) {
    return digest<Sha384>(EVP_sha384(), octets);
}

Sha512 sha512(wire::BytesView octets) {
    return digest<Sha512>(EVP_sha512(), octets);
}

Sha256 hmac_sha256(wire::BytesView key, wire::BytesView message) {
    return hmac<Sha256>(EVP_sha256(), key, message);
}

Md5 md5(wire::BytesView octets) {
    return digest<Md5>(EVP_md5(), octets);
}

Md5 hmac_md5(wire::BytesView key, wire::BytesView message) {
    return hmac<Md5>(EVP_md5(), key, message);
}

bool equal(wire::BytesView one, wire::BytesView other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace crypto
