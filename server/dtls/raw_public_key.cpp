#include "server/dtls/raw_public_key.h"

#include <array>
#include <cstddef>

#include <openssl/opensslv.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "server/dtls/dtls.h"

namespace dtls {

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

namespace {

// Certificate types of RFC 7250 §3; the first is preferred.
struct Types {
    std::array<unsigned char, 2> values{};
    std::size_t count = 0;

    void add(unsigned char type) { values[count++] = type; }
};

Types types_of(const Kinds& kinds) {
    Types types;
    if (kinds.certificate) types.add(TLSEXT_cert_type_x509);
    if (kinds.raw_key) types.add(TLSEXT_cert_type_rpk);
    return types;
}

bool set(SSL_CTX* context, const Kinds& server, const Kinds& client) {
    const Types of_server = types_of(server);
    const Types of_client = types_of(client);
    return SSL_CTX_set1_server_cert_type(context, of_server.values.data(), of_server.count) == 1 &&
           SSL_CTX_set1_client_cert_type(context, of_client.values.data(), of_client.count) == 1;
}

}  // namespace

bool has_raw_public_keys() {
    return true;
}

bool offer_raw_keys(SSL_CTX* server, const Kinds& ours) {
    return !ours.raw_key || set(server, ours, {true, true});
}

bool ask_for_raw_keys(SSL_CTX* client, const Kinds& ours) {
    return set(client, {true, true}, ours);
}

bool shows_raw_key(const SSL* ssl) {
    const int agreed = SSL_is_server(ssl) == 1 ? SSL_get_negotiated_server_cert_type(ssl)
                                               : SSL_get_negotiated_client_cert_type(ssl);
    return agreed == TLSEXT_cert_type_rpk;
}

bool peer_shows_raw_key(const SSL* ssl) {
    const int agreed = SSL_is_server(ssl) == 1 ? SSL_get_negotiated_client_cert_type(ssl)
                                               : SSL_get_negotiated_server_cert_type(ssl);
    return agreed == TLSEXT_cert_type_rpk;
}

EVP_PKEY* raw_key_of(const X509_STORE_CTX* store) {
    return X509_STORE_CTX_get0_rpk(store);
}

#else

bool has_raw_public_keys() {
    return false;
}

bool offer_raw_keys(SSL_CTX*, const Kinds&) {
    return true;
}

bool ask_for_raw_keys(SSL_CTX*, const Kinds&) {
    return true;
}

bool shows_raw_key(const SSL*) {
    return false;
}

bool peer_shows_raw_key(const SSL*) {
    return false;
}

EVP_PKEY* raw_key_of(const X509_STORE_CTX*) {
    return nullptr;
}

#endif

}  // namespace dtls
