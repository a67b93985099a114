#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "server/wire/bytes.h"

// OpenSSL's objects with an owner; for this folder alone.
namespace crypto {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};

using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;
using PkeyPointer = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;
using CrlPointer = std::unique_ptr<X509_CRL, Release<X509_CRL_free>>;

// Whatever OpenSSL has to say about an input says nobody: the next TLS call of this thread would
// take it for its own.
struct QuietErrors {
    QuietErrors() = default;
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;
    ~QuietErrors() { ERR_clear_error(); }
};

// The octets of anything with one of OpenSSL's i2d functions; empty: it has none.
template <class Encode, class T>
wire::Bytes encoded(Encode encode, T* object) {
    const int size = encode(object, nullptr);
    if (size <= 0) return {};
    wire::Bytes der(static_cast<std::size_t>(size));
    std::uint8_t* at = der.data();
    if (encode(object, &at) != size) der.clear();
    return der;
}

}  // namespace crypto
