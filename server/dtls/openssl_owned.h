#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Owners of what OpenSSL allocates for certificates.
namespace dtls {

struct OpenSslFree {
    void operator()(X509* one) const { X509_free(one); }
    void operator()(X509_CRL* one) const { X509_CRL_free(one); }
    void operator()(X509_STORE* one) const { X509_STORE_free(one); }
    void operator()(X509_STORE_CTX* one) const { X509_STORE_CTX_free(one); }
    void operator()(X509_VERIFY_PARAM* one) const { X509_VERIFY_PARAM_free(one); }
    void operator()(STACK_OF(X509) * one) const { sk_X509_pop_free(one, X509_free); }
    void operator()(GENERAL_NAMES* one) const { GENERAL_NAMES_free(one); }
    void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
    void operator()(PKCS8_PRIV_KEY_INFO* one) const { PKCS8_PRIV_KEY_INFO_free(one); }
    void operator()(BIO* one) const { BIO_free(one); }
};
template <class T>
using Owned = std::unique_ptr<T, OpenSslFree>;

}  // namespace dtls
