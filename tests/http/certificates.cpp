#include "tests/http/certificates.h"

#include <array>
#include <cstdio>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;
struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// Signed by itself where there is no issuer.
Certificate make(const std::filesystem::path& folder, const std::string& name,
                 const Certificate* by) {
    static long serial = 1;
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free> certificate(X509_new());
    X509* x509 = certificate.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_set_pubkey(x509, key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    std::unique_ptr<X509, Free> issuer;
    std::unique_ptr<EVP_PKEY, Free> issuer_key;
    if (by != nullptr) {
        const File file(std::fopen(by->file.c_str(), "r"));
        issuer.reset(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
        const File key_file(std::fopen(by->key.c_str(), "r"));
        issuer_key.reset(PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr));
    }
    X509* signer = issuer ? issuer.get() : x509;
    X509_set_issuer_name(x509, X509_get_subject_name(signer));
    extend(x509, signer, NID_basic_constraints,
           by != nullptr ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (by != nullptr) extend(x509, signer, NID_subject_alt_name, "DNS:" + name);
    X509_sign(x509, issuer_key ? issuer_key.get() : key.get(), EVP_sha256());

    Certificate made{folder / (name + ".pem"), folder / (name + ".key"), ""};
    const File file(std::fopen(made.file.c_str(), "w"));
    PEM_write_X509(file.get(), x509);
    const File key_file(std::fopen(made.key.c_str(), "w"));
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    X509_digest(x509, EVP_sha256(), digest.data(), &size);
    for (const unsigned char octet : digest) {
        std::array<char, 3> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", octet);
        made.sha256 += digits.data();
    }
    return made;
}

}  // namespace

Certificate make_authority(const std::filesystem::path& folder, const std::string& name) {
    return make(folder, name, nullptr);
}

Certificate make_certificate(const std::filesystem::path& folder, const std::string& name,
                             const Certificate& by) {
    return make(folder, name, &by);
}
