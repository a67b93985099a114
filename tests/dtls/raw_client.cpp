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
    SSL_CTX_set_cipher_list(context_, (options.ciphers + ":@SECLEVEL=0").c_str());
    SSL_CTX_set_psk_client_callback(context_, give_key);
    if (options.max_fragment != 0)
        SSL_CTX_set_tlsext_max_fragment_length(context_, options.max_fragment);
    pipe_.mtu = 1280;
    pipe_.outgoing = &out.datagrams;
    ssl_ = SSL_new(context_);
    SSL_set_ex_data(ssl_, 0, this);
    BIO* bio = make_datagram_bio(method_, pipe_);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_connect_state(ssl_);
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
