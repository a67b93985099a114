// OneAsymmetricKey = SEQUENCE { version, algorithm, OCTET STRING privateKey,
//                               [0] attributes OPTIONAL, [1] publicKey OPTIONAL }   RFC 5958 §2
//                    version 0 without publicKey is what PKCS #8 (RFC 5208) calls PrivateKeyInfo
// ECPrivateKey     = SEQUENCE { 1, OCTET STRING privateKey, [0] parameters OPTIONAL,
//                               [1] publicKey OPTIONAL }                            RFC 5915 §3
// The two differ in what follows the version: a SEQUENCE, or an OCTET STRING.

#include "server/crypto/keys.h"

#include <array>
#include <cstdlib>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "server/crypto/openssl_objects.h"
#include "server/crypto/pem.h"

namespace crypto {
namespace {

using SecretResult = boost::system::result<model::Secret, std::string>;
using BytesResult = boost::system::result<wire::Bytes, std::string>;

using Pkcs8Pointer = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Release<PKCS8_PRIV_KEY_INFO_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Release<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Release<EVP_KDF_CTX_free>>;

constexpr std::size_t max_key = 16 * std::size_t{1024};

constexpr std::uint8_t tag_sequence = 0x30;
constexpr std::uint8_t tag_octets = 0x04;
constexpr std::uint8_t tag_public_key = 0x81;

// One element of DER: its tag, and where it and its content lie.
struct Element {
    std::uint8_t tag = 0;
    wire::BytesView whole, content;
};

std::optional<Element> next_element(wire::BytesView& in) {
    if (in.size() < 2) return std::nullopt;
    std::size_t header = 2;
    std::size_t size = in[1];
    if (size >= 0x80) {
        const std::size_t count = size & 0x7F;
        if (count < 1 || count > 2 || in.size() < 2 + count) return std::nullopt;
        size = 0;
        for (std::size_t i = 0; i < count; ++i) size = size << 8 | in[2 + i];
        header += count;
    }
    if (in.size() - header < size) return std::nullopt;
    const Element element{in[0], in.first(header + size), in.subspan(header, size)};
    in = in.subspan(header + size);
    return element;
}

struct PrivateKeyShape {
    bool is_sec1 = false;
    std::vector<Element> elements;
};

std::optional<PrivateKeyShape> shape_of(wire::BytesView der) {
    const auto outer = next_element(der);
    if (!outer || outer->tag != tag_sequence || !der.empty()) return std::nullopt;
    PrivateKeyShape shape;
    constexpr std::size_t most_elements = 5;
    for (wire::BytesView rest = outer->content; !rest.empty();) {
        const auto element = next_element(rest);
        if (!element || shape.elements.size() == most_elements) return std::nullopt;
        shape.elements.push_back(*element);
    }
    if (shape.elements.size() < 2) return std::nullopt;
    shape.is_sec1 = shape.elements[1].tag == tag_octets;
    return shape;
}

// Of version 1 what version 0 has. OpenSSL reads the later one from 3.5 on.
model::Secret first_version(const PrivateKeyShape& shape) {
    constexpr std::array<std::uint8_t, 3> version_0 = {0x02, 0x01, 0x00};
    std::size_t size = version_0.size();
    for (std::size_t i = 1; i < shape.elements.size(); ++i)
        if (shape.elements[i].tag != tag_public_key) size += shape.elements[i].whole.size();
    wire::Bytes der;
    der.reserve(size + 4);
    der.push_back(tag_sequence);
    der.push_back(0x82);
    der.push_back(static_cast<std::uint8_t>(size >> 8));
    der.push_back(static_cast<std::uint8_t>(size));
    der.insert(der.end(), version_0.begin(), version_0.end());
    for (std::size_t i = 1; i < shape.elements.size(); ++i)
        if (shape.elements[i].tag != tag_public_key)
            der.insert(der.end(), shape.elements[i].whole.begin(), shape.elements[i].whole.end());
    return model::Secret(std::move(der));
}

PkeyPointer decode_private(wire::BytesView der) {
    const auto shape = shape_of(der);
    if (!shape) return nullptr;
    if (shape->is_sec1) {
        const std::uint8_t* at = der.data();
        return PkeyPointer(
            d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(der.size())));
    }
    const model::Secret plain = first_version(*shape);
    const std::uint8_t* at = plain.reveal().data();
    const Pkcs8Pointer info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(plain.size())));
    return PkeyPointer(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
}

// Nothing: one that the protocols here can use.
std::optional<std::string> unusable(EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return std::nullopt;
    if (EVP_PKEY_is_a(key, "EC") != 1)
        return "is a key of a kind that is not used; P-256, P-384, P-521 and Ed25519 are";
    std::array<char, 32> name{};
    std::size_t size = 0;
    int is_explicit = 0;
    EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
    if (is_explicit != 0 || EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1)
        return "is on a curve that has no name";
    const std::string_view curve(name.data(), size);
    if (curve != SN_X9_62_prime256v1 && curve != SN_secp384r1 && curve != SN_secp521r1)
        return "is on the curve " + std::string(curve) + "; P-256, P-384 and P-521 are used";
    return std::nullopt;
}

// The public half that an ECPrivateKey may hold is somebody's word.
bool halves_match(EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "EC") != 1) return true;
    const PkeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    return context && EVP_PKEY_check(context.get()) == 1;
}

SecretResult encode_private(EVP_PKEY* key) {
    // One that came without its public half leaves so otherwise; some devices need it.
    if (EVP_PKEY_is_a(key, "EC") == 1)
        EVP_PKEY_set_int_param(key, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 1);
    const Pkcs8Pointer info(EVP_PKEY2PKCS8(key));
    if (!info) return "cannot be converted";
    wire::Bytes der = encoded(i2d_PKCS8_PRIV_KEY_INFO, info.get());
    if (der.empty()) return "cannot be converted";
    return model::Secret(std::move(der));
}

SecretResult private_key_of(wire::BytesView der) {
    const PkeyPointer key = decode_private(der);
    if (!key)
        return "is no private key as PKCS #8 (RFC 5958) or SEC1 (RFC 5915, with the curve) have it";
    if (auto why = unusable(key.get())) return std::move(*why);
    if (!halves_match(key.get())) return "has a public half that is not its private half's";
    return encode_private(key.get());
}

BytesResult public_key_of_der(wire::BytesView der) {
    const std::uint8_t* at = der.data();
    const PkeyPointer key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    if (!key || at != der.data() + der.size())
        return "is no public key (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7)";
    if (auto why = unusable(key.get())) return std::move(*why);
    return encoded(i2d_PUBKEY, key.get());
}

}  // namespace

SecretResult private_key(wire::BytesView in) {
    const QuietErrors quiet;
    if (in.size() > max_key) return "is longer than a private key is";
    if (!looks_like_pem(in)) return private_key_of(in);
    for (const PemBlock& block : read_pem(in)) {
        const bool is_key = block.name == "PRIVATE KEY" || block.name == "EC PRIVATE KEY";
        if (block.name == "ENCRYPTED PRIVATE KEY" || (is_key && block.is_encrypted))
            return "is encrypted with a passphrase, which nobody could enter";
        if (is_key) return private_key_of(block.octets.reveal());
    }
    return "is a PEM without a private key";
}

BytesResult public_key(wire::BytesView in) {
    const QuietErrors quiet;
    if (in.size() > max_key) return "is longer than a public key is";
    if (!looks_like_pem(in)) return public_key_of_der(in);
    for (const PemBlock& block : read_pem(in))
        if (block.name == "PUBLIC KEY") return public_key_of_der(block.octets.reveal());
    return "is a PEM without a public key";
}

BytesResult public_key_of(const model::Secret& key) {
    const QuietErrors quiet;
    if (key.size() > max_key) return "is longer than a private key is";
    const PkeyPointer decoded = decode_private(key.reveal());
    if (!decoded) return "is no private key";
    wire::Bytes der = encoded(i2d_PUBKEY, decoded.get());
    if (der.empty()) return "has no public half";
    return der;
}

boost::system::result<KeyPair, std::string> make_key_pair() {
    const QuietErrors quiet;
    const PkeyPointer key(EVP_EC_gen(SN_X9_62_prime256v1));
    if (!key) return "no key pair can be made";
    auto private_half = encode_private(key.get());
    if (!private_half) return private_half.error();
    wire::Bytes public_half = encoded(i2d_PUBKEY, key.get());
    if (public_half.empty()) return "no key pair can be made";
    return KeyPair{std::move(*private_half), std::move(public_half)};
}

model::Secret hkdf_sha256(const model::Secret& key, wire::BytesView info, std::size_t octets) {
    const Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
    const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    std::string digest = "SHA256";
    // OpenSSL takes no null for an empty one.
    std::uint8_t none = 0;
    const auto parameter = [&](const char* name, wire::BytesView value) {
        // It is read only; the interface knows no const.
        void* const data = value.empty() ? &none : const_cast<std::uint8_t*>(value.data());
        return OSSL_PARAM_construct_octet_string(name, data, value.size());
    };
    const std::array<OSSL_PARAM, 4> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
        parameter(OSSL_KDF_PARAM_KEY, key.reveal()), parameter(OSSL_KDF_PARAM_INFO, info),
        OSSL_PARAM_construct_end()};
    wire::Bytes out(octets);
    // Fails for want of memory or of the algorithm, or when too much is asked for: nothing safe
    // can follow.
    if (!context || EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) != 1)
        std::abort();
    return model::Secret(std::move(out));
}

}  // namespace crypto
