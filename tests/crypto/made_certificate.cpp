#include "tests/crypto/made_certificate.h"

#include <cstdlib>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "server/crypto/openssl_objects.h"

namespace {

void demand(bool well) {
    if (!well) std::abort();
}

crypto::PkeyPointer key_from(const model::Secret& der) {
    const std::uint8_t* at = der.reveal().data();
    return crypto::PkeyPointer(
        d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.reveal().size())));
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    demand(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

}  // namespace

MadeCertificate make_certificate(const CertificateWish& wish) {
    const crypto::PkeyPointer key(wish.curve == "ED25519"
                                      ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                      : EVP_EC_gen(wish.curve.c_str()));
    const crypto::X509Pointer certificate(X509_new());
    demand(key && certificate);
    X509* const to = certificate.get();
    static int serial = 0;
    demand(X509_set_version(to, 2) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(to), ++serial) == 1);
    ASN1_TIME_set(X509_getm_notBefore(to), wish.not_before);
    ASN1_TIME_set(X509_getm_notAfter(to), wish.not_after);
    X509_NAME* const name = X509_get_subject_name(to);
    demand(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(wish.common_name.data()),
                                   static_cast<int>(wish.common_name.size()), -1, 0) == 1);
    demand(X509_set_pubkey(to, key.get()) == 1);
    add_extension(to, NID_basic_constraints, wish.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wish.alternative_names.empty())
        add_extension(to, NID_subject_alt_name, wish.alternative_names);
    crypto::PkeyPointer issuer_key;
    if (wish.issuer != nullptr) {
        issuer_key = key_from(wish.issuer->key);
        const std::uint8_t* at = wish.issuer->der.data();
        const crypto::X509Pointer issuer(
            d2i_X509(nullptr, &at, static_cast<long>(wish.issuer->der.size())));
        demand(issuer && X509_set_issuer_name(to, X509_get_subject_name(issuer.get())) == 1);
    } else {
        demand(X509_set_issuer_name(to, name) == 1);
    }
    EVP_PKEY* const signer = issuer_key ? issuer_key.get() : key.get();
    const bool is_ed = EVP_PKEY_is_a(signer, "ED25519") == 1;
    demand(X509_sign(to, signer, is_ed ? nullptr : EVP_sha256()) > 0);
    PKCS8_PRIV_KEY_INFO* const info = EVP_PKEY2PKCS8(key.get());
    MadeCertificate made{crypto::encoded(i2d_X509, to),
                         model::Secret(crypto::encoded(i2d_PKCS8_PRIV_KEY_INFO, info))};
    PKCS8_PRIV_KEY_INFO_free(info);
    return made;
}

std::string pem_of(std::string_view label, wire::BytesView der) {
    const crypto::BioPointer bio(BIO_new(BIO_s_mem()));
    demand(PEM_write_bio(bio.get(), std::string(label).c_str(), "", der.data(),
                         static_cast<long>(der.size())) > 0);
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}
