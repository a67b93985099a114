#include "tests/support/pki.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

namespace support {
namespace {

struct Free {
    void operator()(X509* one) const { X509_free(one); }
    void operator()(X509_CRL* one) const { X509_CRL_free(one); }
    void operator()(X509_REVOKED* one) const { X509_REVOKED_free(one); }
    void operator()(X509_EXTENSION* one) const { X509_EXTENSION_free(one); }
    void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
    void operator()(PKCS8_PRIV_KEY_INFO* one) const { PKCS8_PRIV_KEY_INFO_free(one); }
    void operator()(ASN1_TIME* one) const { ASN1_TIME_free(one); }
    void operator()(BIGNUM* one) const { BN_free(one); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL fails");
}

template <class T>
Owned<T> own(T* one) {
    check(one != nullptr);
    return Owned<T>(one);
}

// What an i2d function writes.
template <class T, class Function>
wire::Bytes der(T* one, Function write) {
    unsigned char* octets = nullptr;
    const int size = write(one, &octets);
    check(size > 0);
    wire::Bytes out(octets, octets + size);
    OPENSSL_free(octets);
    return out;
}

template <class Function>
auto parsed(wire::BytesView octets, Function read) {
    const unsigned char* at = octets.data();
    return own(read(nullptr, &at, static_cast<long>(octets.size())));
}

Owned<EVP_PKEY> make_key(KeyKind kind) {
    switch (kind) {
        case KeyKind::p256:
            return own(EVP_EC_gen("P-256"));
        case KeyKind::p384:
            return own(EVP_EC_gen("P-384"));
        case KeyKind::secp256k1:
            return own(EVP_EC_gen("secp256k1"));
        case KeyKind::ed25519:
            return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        case KeyKind::rsa:
            return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    }
    throw std::logic_error("no such kind of key");
}

Owned<EVP_PKEY> key_of(const Holder& holder) {
    const auto info = parsed(holder.key.reveal(), d2i_PKCS8_PRIV_KEY_INFO);
    return own(EVP_PKCS82PKEY(info.get()));
}

const EVP_MD* digest_for(const EVP_PKEY* key, bool sha1) {
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) return nullptr;
    if (sha1) return EVP_sha1();
    return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

void extend(X509* certificate, X509* issuer, int which, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const auto extension = own(X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str()));
    check(X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_alternative_names(X509* certificate, const Wanted& wanted) {
    GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
    const auto add = [names](int type, const std::string& text) {
        ASN1_IA5STRING* value = ASN1_IA5STRING_new();
        check(ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) == 1);
        GENERAL_NAME* name = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(name, type, value);
        check(sk_GENERAL_NAME_push(names, name) > 0);
    };
    for (const std::string& text : wanted.dns_names) add(GEN_DNS, text);
    for (const std::string& text : wanted.uris) add(GEN_URI, text);
    const int done = sk_GENERAL_NAME_num(names) == 0
                         ? 1
                         : X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
    check(done == 1);
}

// Unlike those of other keys, and the same for the same key and time.
void set_serial(X509* certificate, const wire::Bytes& public_key, const Wanted& wanted) {
    wire::Bytes input = public_key;
    for (std::int64_t rest = wanted.valid_to.count(); rest > 0; rest /= 256)
        input.push_back(static_cast<std::uint8_t>(rest % 256));
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256(input.data(), input.size(), hash);
    hash[0] &= 0x7F;
    const auto number = own(BN_bin2bn(hash, 16, nullptr));
    check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

Holder make(EVP_PKEY* key, const Holder* issuer, const Wanted& wanted) {
    Holder out;
    out.public_key = der(key, i2d_PUBKEY);
    const auto certificate = own(X509_new());
    X509* const made = certificate.get();
    check(X509_set_version(made, X509_VERSION_3) == 1);
    set_serial(made, out.public_key, wanted);
    X509_gmtime_adj(X509_getm_notBefore(made), static_cast<long>(wanted.valid_from.count()));
    X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(wanted.valid_to.count()));
    check(X509_set_pubkey(made, key) == 1);
    X509_NAME* const subject = X509_get_subject_name(made);
    for (const std::string& name : wanted.common_names)
        check(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                         reinterpret_cast<const unsigned char*>(name.data()),
                                         static_cast<int>(name.size()), -1, 0) == 1);

    const Owned<X509> above = issuer != nullptr ? parsed(issuer->certificate, d2i_X509) : nullptr;
    X509* const signer = above ? above.get() : made;
    check(X509_set_issuer_name(made, X509_get_subject_name(signer)) == 1);
    if (wanted.authority) {
        extend(made, signer, NID_basic_constraints, "critical,CA:TRUE");
        extend(made, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    if (!wanted.key_purposes.empty()) extend(made, signer, NID_ext_key_usage, wanted.key_purposes);
    add_alternative_names(made, wanted);

    const Owned<EVP_PKEY> signing = issuer != nullptr ? key_of(*issuer) : nullptr;
    EVP_PKEY* const signature = signing ? signing.get() : key;
    check(X509_sign(made, signature, digest_for(signature, wanted.by_sha1)) > 0);

    out.certificate = der(made, i2d_X509);
    out.chain = {out.certificate};
    // A root signed itself: it is not sent.
    if (issuer != nullptr &&
        X509_NAME_cmp(X509_get_subject_name(signer), X509_get_issuer_name(signer)) != 0)
        out.chain.insert(out.chain.end(), issuer->chain.begin(), issuer->chain.end());
    const auto info = own(EVP_PKEY2PKCS8(key));
    out.key = model::Secret(der(info.get(), i2d_PKCS8_PRIV_KEY_INFO));
    return out;
}

template <class T, class Function>
std::string pem(T* one, Function write) {
    BIO* memory = BIO_new(BIO_s_mem());
    check(memory != nullptr && write(memory, one) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    std::string out(text, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
}

}  // namespace

Wanted named(std::string common_name) {
    Wanted wanted;
    wanted.common_names = {std::move(common_name)};
    return wanted;
}

Wanted authority(std::string common_name) {
    Wanted wanted = named(std::move(common_name));
    wanted.authority = true;
    return wanted;
}

Holder self_signed(const Wanted& wanted) {
    return make(make_key(wanted.kind).get(), nullptr, wanted);
}

Holder issued_by(const Holder& issuer, const Wanted& wanted) {
    return make(make_key(wanted.kind).get(), &issuer, wanted);
}

Holder renewed(const Holder& issuer, const Holder& holder, const Wanted& wanted) {
    return make(key_of(holder).get(), &issuer, wanted);
}

wire::Bytes revocation_list(const Holder& issuer, const std::vector<wire::Bytes>& revoked,
                            std::chrono::seconds next_update) {
    const auto list = own(X509_CRL_new());
    const auto above = parsed(issuer.certificate, d2i_X509);
    check(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1);
    check(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(above.get())) == 1);
    const auto time = own(ASN1_TIME_new());
    X509_gmtime_adj(time.get(), -7200);
    check(X509_CRL_set1_lastUpdate(list.get(), time.get()) == 1);
    for (const wire::Bytes& one : revoked) {
        const auto certificate = parsed(one, d2i_X509);
        auto entry = own(X509_REVOKED_new());
        check(X509_REVOKED_set_serialNumber(entry.get(),
                                            X509_get_serialNumber(certificate.get())) == 1);
        check(X509_REVOKED_set_revocationDate(entry.get(), time.get()) == 1);
        check(X509_CRL_add0_revoked(list.get(), entry.release()) == 1);
    }
    X509_gmtime_adj(time.get(), static_cast<long>(next_update.count()));
    check(X509_CRL_set1_nextUpdate(list.get(), time.get()) == 1);
    check(X509_CRL_sort(list.get()) == 1);
    const auto key = key_of(issuer);
    check(X509_CRL_sign(list.get(), key.get(), digest_for(key.get(), false)) > 0);
    return der(list.get(), i2d_X509_CRL);
}

std::string certificate_pem(wire::BytesView octets) {
    return pem(parsed(octets, d2i_X509).get(), PEM_write_bio_X509);
}

std::string key_pem(const model::Secret& pkcs8) {
    return pem(parsed(pkcs8.reveal(), d2i_PKCS8_PRIV_KEY_INFO).get(),
               PEM_write_bio_PKCS8_PRIV_KEY_INFO);
}

std::string revocation_list_pem(wire::BytesView octets) {
    return pem(parsed(octets, d2i_X509_CRL).get(), PEM_write_bio_X509_CRL);
}

}  // namespace support
