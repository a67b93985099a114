#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace bench {

// Certificates for the devices of the benchmark, made as they begin: by one authority, of one key
// (P-256), with the device's name as CN. A device differs from another by its name alone.
class Issuer {
  public:
    // Of PEM files; ends the program when they cannot be read.
    Issuer(const char* certificate, const char* key) {
        std::FILE* in = std::fopen(certificate, "r");
        if (in != nullptr) authority_.reset(PEM_read_X509(in, nullptr, nullptr, nullptr));
        if (in != nullptr) std::fclose(in);
        in = std::fopen(key, "r");
        if (in != nullptr) authority_key_.reset(PEM_read_PrivateKey(in, nullptr, nullptr, nullptr));
        if (in != nullptr) std::fclose(in);
        device_key_.reset(EVP_EC_gen("P-256"));
        if (!authority_ || !authority_key_ || !device_key_) {
            std::fprintf(stderr, "no authority in %s, %s\n", certificate, key);
            std::exit(1);
        }
    }

    void equip(SSL* ssl, const std::string& name) const {
        const std::unique_ptr<X509, Free> made(X509_new());
        X509_set_version(made.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 24L * 3600);
        X509_set_issuer_name(made.get(), X509_get_subject_name(authority_.get()));
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
        X509_set_pubkey(made.get(), device_key_.get());
        X509_sign(made.get(), authority_key_.get(), EVP_sha256());
        if (SSL_use_certificate(ssl, made.get()) != 1 ||
            SSL_use_PrivateKey(ssl, device_key_.get()) != 1) {
            std::fprintf(stderr, "no certificate for %s\n", name.c_str());
            std::exit(1);
        }
    }

  private:
    struct Free {
        void operator()(X509* certificate) const { X509_free(certificate); }
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    std::unique_ptr<X509, Free> authority_;
    std::unique_ptr<EVP_PKEY, Free> authority_key_;
    std::unique_ptr<EVP_PKEY, Free> device_key_;
};

}  // namespace bench
