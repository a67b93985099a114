#include "server/dtls/context.h"

#include <algorithm>
#include <utility>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "server/dtls/datagram_bio.h"
#include "server/dtls/errors.h"
#include "server/dtls/handshake_reader.h"
#include "server/dtls/raw_public_key.h"
#include "server/dtls/ssl_handle.h"
#include "server/dtls/suites.h"

namespace dtls {
namespace {

// DTLS needs 256 octets for a handshake to advance; above 4096 OpenSSL's buffer, which collects
// the messages of a flight, would cut it at 4096 and not at a record.
constexpr std::size_t smallest_datagram = 256;
constexpr std::size_t largest_datagram = 4096;
constexpr std::size_t coap_message = 1152;  // RFC 7252 §4.6

// Of a peer's certificates together; the look-ahead has the same bound.
constexpr long largest_chain = HandshakeReader::max_certificate;

// Of the peer's signatures and ours, RFC 8422 §5.1.3 and RFC 5246 §7.4.1.4.1.
constexpr const char* signatures = "ECDSA+SHA256:ECDSA+SHA384:ed25519";
constexpr const char* groups = "P-256:X25519:P-384";

bool pin_version(SSL_CTX* context) {
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context, "") == 1;  // those of version 1.3
}

bool configure(SSL_CTX* context, const std::string& ciphers, std::size_t plaintext_octets) {
    if (!pin_version(context)) return false;
    // Without encrypt-then-MAC (RFC 7366): OpenSSL 3.0 ends the association at a record whose MAC
    // is wrong under it, so that anybody could by a forged one; otherwise it drops the record.
    SSL_CTX_set_options(context, SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // The chain goes out as it is in the settings.
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_max_cert_list(context, largest_chain);
    SSL_CTX_set_read_ahead(context, 1);
    return SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1 &&
           SSL_CTX_set1_groups_list(context, groups) == 1 &&
           SSL_CTX_set1_sigalgs_list(context, signatures) == 1 &&
           SSL_CTX_set1_client_sigalgs_list(context, signatures) == 1 &&
           // A smaller write buffer an association, too.
           SSL_CTX_set_max_send_fragment(context, static_cast<long>(plaintext_octets)) == 1;
}

}  // namespace

Context::Context(const Settings& settings)
    : settings_(settings),
      datagram_method_(make_datagram_method()),
      scratch_(SSL3_RT_MAX_PLAIN_LENGTH) {}

Context::~Context() {
    SSL_CTX_free(server_);
    SSL_CTX_free(psk_client_);
    SSL_CTX_free(certificate_client_);
    BIO_meth_free(datagram_method_);
}

boost::system::result<std::shared_ptr<Context>, std::string> Context::make(
    const Settings& settings) {
    forget_errors();
    std::shared_ptr<Context> context(new Context(settings));
    std::string wrong = context->open();
    forget_errors();
    if (!wrong.empty()) return wrong;
    return context;
}

std::string Context::open() {
    auto own = OwnCertificates::make(settings_.certificates);
    if (!own) return own.error();
    own_.emplace(std::move(*own));
    settings_.certificates.clear();
    auto peers = PeerVerifier::make(settings_.peers);
    if (!peers) return peers.error();
    peers_.emplace(std::move(*peers));

    server_ = SSL_CTX_new(DTLS_server_method());
    if (server_ == nullptr || datagram_method_ == nullptr || !pin_version(server_))
        return "OpenSSL gives no DTLS 1.2 context: " + take_error().text;
    const auto suites = read_suites(server_, settings_.cipher_suites, !own_->empty());
    if (!suites) return suites.error();

    const Kinds kinds = own_->kinds();
    const auto refused = [] { return "OpenSSL refuses the DTLS settings: " + take_error().text; };
    if (!configure(server_, suites->all, plaintext_octets()) || !offer_raw_keys(server_, kinds))
        return refused();
    set_server_callbacks(server_);
    if (!suites->psk.empty()) {
        psk_client_ = SSL_CTX_new(DTLS_client_method());
        if (psk_client_ == nullptr || !configure(psk_client_, suites->psk, plaintext_octets()))
            return refused();
        set_psk_client_callbacks(psk_client_);
    }
    if (!suites->certificate.empty()) {
        certificate_client_ = SSL_CTX_new(DTLS_client_method());
        if (certificate_client_ == nullptr ||
            !configure(certificate_client_, suites->certificate, plaintext_octets()) ||
            !ask_for_raw_keys(certificate_client_, kinds))
            return refused();
        set_certificate_client_callbacks(certificate_client_);
    }
    return {};
}

std::size_t Context::datagram_octets() const {
    return std::clamp(settings_.mtu, smallest_datagram, largest_datagram);
}

std::size_t Context::plaintext_octets() const {
    return std::clamp(settings_.mtu, coap_message, largest_datagram);
}

}  // namespace dtls
