// wrapped key = key id (8) nonce (12) data key, encrypted (32) tag (16)
// octets      = nonce (12) plain, encrypted tag (16)
//
// Nonces are random. A data key encrypts once. A master key may wrap 2^32 times (NIST SP 800-38D
// §8.3): a million devices, each of them changed four thousand times.

#include "server/crypto/sealing.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>

#include <openssl/evp.h>

#include "server/crypto/digest.h"

namespace crypto {
namespace {

constexpr std::size_t key_octets = MasterKey::key_size;
constexpr std::size_t id_octets = sizeof(MasterKey::Id);
constexpr std::size_t nonce_octets = 12;
constexpr std::size_t tag_octets = 16;
constexpr std::size_t wrapped_octets = id_octets + nonce_octets + key_octets + tag_octets;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// These fail for want of memory or of the algorithm alone: nothing safe can follow.
void demand(bool well) {
    if (!well) std::abort();
}

Context context_for(wire::BytesView key, wire::BytesView nonce, bool encrypts) {
    demand(key.size() == key_octets && nonce.size() == nonce_octets);
    Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    demand(context && EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(),
                                        nonce.data(), encrypts ? 1 : 0) == 1);
    return context;
}

// OpenSSL takes an update without octets for the end.
void feed(const Context& context, wire::BytesView in, std::uint8_t* out) {
    int size = 0;
    if (!in.empty())
        demand(EVP_CipherUpdate(context.get(), out, &size, in.data(),
                                static_cast<int>(in.size())) == 1);
}

// Appends the encrypted octets and the tag.
void encrypt(wire::BytesView plain, wire::BytesView with, wire::BytesView key,
             wire::BytesView nonce, wire::Bytes& out) {
    const Context context = context_for(key, nonce, true);
    feed(context, with, nullptr);
    const std::size_t start = out.size();
    out.resize(start + plain.size() + tag_octets);
    feed(context, plain, out.data() + start);
    std::uint8_t* const tag = out.data() + start + plain.size();
    int size = 0;
    demand(EVP_CipherFinal_ex(context.get(), tag, &size) == 1 &&
           EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_octets, tag) == 1);
}

// `in` is the encrypted octets and the tag.
std::optional<model::Secret> decrypt(wire::BytesView in, wire::BytesView with, wire::BytesView key,
                                     wire::BytesView nonce) {
    if (in.size() < tag_octets) return std::nullopt;
    const Context context = context_for(key, nonce, false);
    feed(context, with, nullptr);
    const std::size_t size = in.size() - tag_octets;
    wire::Bytes plain(size);
    feed(context, in.first(size), plain.data());
    wire::Bytes tag(in.begin() + static_cast<std::ptrdiff_t>(size), in.end());
    demand(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_octets, tag.data()) == 1);
    int left = 0;
    std::uint8_t none = 0;
    const bool authentic = EVP_CipherFinal_ex(context.get(), &none, &left) == 1;
    model::Secret secret(std::move(plain));
    if (!authentic) return std::nullopt;
    return secret;
}

wire::Bytes wrap(wire::BytesView data_key, wire::BytesView context, const MasterKey& key,
                 wire::Random& random) {
    std::array<std::uint8_t, nonce_octets> nonce{};
    random.fill(nonce);
    wire::Bytes wrapped;
    wrapped.reserve(wrapped_octets);
    wrapped.insert(wrapped.end(), key.id().begin(), key.id().end());
    wrapped.insert(wrapped.end(), nonce.begin(), nonce.end());
    encrypt(data_key, context, key.octets().reveal(), nonce, wrapped);
    return wrapped;
}

std::optional<model::Secret> unwrap(wire::BytesView wrapped, wire::BytesView context,
                                    const MasterKey& key) {
    if (wrapped.size() != wrapped_octets ||
        !std::equal(key.id().begin(), key.id().end(), wrapped.begin()))
        return std::nullopt;
    return decrypt(wrapped.subspan(id_octets + nonce_octets), context, key.octets().reveal(),
                   wrapped.subspan(id_octets, nonce_octets));
}

}  // namespace

MasterKey::MasterKey(model::Secret octets) : octets_(std::move(octets)) {
    const Sha256 digest = sha256(octets_.reveal());
    std::copy_n(digest.begin(), id_.size(), id_.begin());
}

std::optional<MasterKey> MasterKey::from(model::Secret octets) {
    if (octets.size() != key_size) return std::nullopt;
    return MasterKey(std::move(octets));
}

Sealed seal(wire::BytesView plain, wire::BytesView context, const MasterKey& key,
            wire::Random& random) {
    std::array<std::uint8_t, key_octets> data_key{};
    std::array<std::uint8_t, nonce_octets> nonce{};
    random.fill(data_key);
    random.fill(nonce);
    Sealed sealed;
    sealed.octets.reserve(nonce_octets + plain.size() + tag_octets);
    sealed.octets.assign(nonce.begin(), nonce.end());
    encrypt(plain, context, data_key, nonce, sealed.octets);
    sealed.wrapped_key = wrap(data_key, context, key, random);
    model::wipe(data_key.data(), data_key.size());
    return sealed;
}

std::optional<model::Secret> open(const Sealed& sealed, wire::BytesView context,
                                  const MasterKey& key) {
    const auto data_key = unwrap(sealed.wrapped_key, context, key);
    if (!data_key || sealed.octets.size() < nonce_octets) return std::nullopt;
    const wire::BytesView octets = sealed.octets;
    return decrypt(octets.subspan(nonce_octets), context, data_key->reveal(),
                   octets.first(nonce_octets));
}

std::optional<MasterKey::Id> wrapped_by(const Sealed& sealed) {
    MasterKey::Id id{};
    if (sealed.wrapped_key.size() < id.size()) return std::nullopt;
    std::copy_n(sealed.wrapped_key.begin(), id.size(), id.begin());
    return id;
}

std::optional<wire::Bytes> rewrap(const wire::Bytes& wrapped_key, wire::BytesView context,
                                  const MasterKey& from, const MasterKey& to,
                                  wire::Random& random) {
    const auto data_key = unwrap(wrapped_key, context, from);
    if (!data_key) return std::nullopt;
    return wrap(data_key->reveal(), context, to, random);
}

}  // namespace crypto
