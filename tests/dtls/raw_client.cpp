#include "tests/dtls/raw_client.h"

#include <algorithm>
#include <array>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace dtls::testing {

RawClient::RawClient(Psk own, const Options& options)
    : own_(std::move(own)),
      method_(make_datagram_method()),
      context_(SSL_CTX_new(DTLS_client_method())) {
    if (options.dtls_1_0) SSL_CTX_set_max_proto_version(context_, DTLS1_VERSION);
    SSL_CTX_set_cipher_list(context_, (options.ciphers + ":@SECLEVEL=0").c_str());
    SSL_CTX_set_psk_client_callback(context_, give_key);
    if (options.max_fragment != 0)
        SSL_CTX_set_tlsext_max_fragment_length(context_, options.max_fragment);
    pipe_.mtu = 1280;
    pipe_.outgoing = &out.datagrams;
    ssl_ = SSL_new(context_);
    SSL_set_ex_data(ssl_, 0, this);
    SSL_set_info_callback(ssl_, note);
    if (options.own != nullptr) show(options);
    if (!options.server_name.empty()) {
        std::string name = options.server_name;
        SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    BIO* bio = make_datagram_bio(method_, pipe_);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_connect_state(ssl_);
}

void RawClient::show(const Options& options) {
    const auto x509 = [](wire::BytesView der) {
        const unsigned char* at = der.data();
        return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
    };
    const wire::BytesView pkcs8 = options.own->key.reveal();
    const unsigned char* at = pkcs8.data();
    EVP_PKEY* const key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(pkcs8.size()));
    STACK_OF(X509)* const issuers = sk_X509_new_null();
    for (std::size_t i = 1; i < options.own->chain.size(); ++i)
        sk_X509_push(issuers, x509(options.own->chain[i]));
    X509* const leaf = x509(options.own->certificate);
    SSL_use_cert_and_key(ssl_, leaf, key, issuers, 1);
    X509_free(leaf);
    sk_X509_pop_free(issuers, X509_free);
    EVP_PKEY_free(key);
}

void RawClient::note(const SSL* ssl, int where, int value) {
    if (where == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL)
        static_cast<RawClient*>(SSL_get_ex_data(ssl, 0))->alert_ =
            SSL_alert_desc_string_long(value);
}

wire::Bytes RawClient::server_certificate() const {
    unsigned char* octets = nullptr;
    const int size = i2d_X509(SSL_get0_peer_certificate(ssl_), &octets);
    if (size <= 0) return {};
    wire::Bytes certificate(octets, octets + size);
    OPENSSL_free(octets);
    return certificate;
}

int RawClient::server_chain() const {
    return sk_X509_num(SSL_get_peer_cert_chain(ssl_));
}

RawClient::~RawClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    BIO_meth_free(method_);
}

unsigned int RawClient::give_key(SSL* ssl, const char*, char* identity, unsigned int room,
                                 unsigned char* key, unsigned int key_room) {
    const Psk& own = static_cast<RawClient*>(SSL_get_ex_data(ssl, 0))->own_;
    if (own.identity.size() >= room || own.key.size() > key_room) return 0;
    std::copy(own.identity.begin(), own.identity.end(), identity);
    identity[own.identity.size()] = '\0';
    const wire::BytesView octets = own.key.reveal();
    std::copy(octets.begin(), octets.end(), key);
    return static_cast<unsigned int>(octets.size());
}

void RawClient::begin() {
    read();
}

void RawClient::receive(wire::BytesView datagram) {
    pipe_.incoming = datagram;
    read();
    pipe_.incoming.reset();
}

void RawClient::read() {
    std::array<std::uint8_t, 16384> room{};
    for (;;) {
        const int octets = SSL_read(ssl_, room.data(), static_cast<int>(room.size()));
        if (octets <= 0) break;
        out.plaintexts.emplace_back(room.begin(), room.begin() + octets);
    }
    ERR_clear_error();
}

void RawClient::send(std::string_view plaintext) {
    SSL_write(ssl_, plaintext.data(), static_cast<int>(plaintext.size()));
    ERR_clear_error();
}

bool RawClient::established() const {
    return SSL_is_init_finished(ssl_) == 1;
}

}  // namespace dtls::testing
