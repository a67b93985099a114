#pragma once

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_store_ctx_st X509_STORE_CTX;

// Raw public keys, RFC 7250, as OpenSSL has them from 3.2. With an older one nobody shows one.
namespace dtls {

// What we may show.
struct Kinds {
    bool certificate = false;
    bool raw_key = false;
};
// A server takes raw public keys of its peers when it has one, a client always.
bool offer_raw_keys(SSL_CTX* server, const Kinds& ours);
bool ask_for_raw_keys(SSL_CTX* client, const Kinds& ours);

// What the hellos agreed on.
bool shows_raw_key(const SSL*);       // we
bool peer_shows_raw_key(const SSL*);  // the peer

// The key that is to be verified instead of a certificate; null: a certificate is.
EVP_PKEY* raw_key_of(const X509_STORE_CTX*);

}  // namespace dtls
