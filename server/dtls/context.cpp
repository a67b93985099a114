#include "server/dtls/context.h"

#include <algorithm>
#include <utility>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "server/dtls/datagram_bio.h"
#include "server/dtls/errors.h"
#include "server/dtls/ssl_handle.h"

namespace dtls {
namespace {

// DTLS needs 256 octets for a handshake to advance; above 4096 OpenSSL's buffer, which collects
// the messages of a flight, would cut it at 4096 and not at a record.
constexpr std::size_t smallest_datagram = 256;
constexpr std::size_t largest_datagram = 4096;
constexpr std::size_t coap_message = 1152;  // RFC 7252 §4.6

// The exact name of one suite: a cipher *string* could hold aliases and commands.
bool is_suite(SSL_CTX* probe, const std::string& name) {
    const bool set = SSL_CTX_set_cipher_list(probe, (name + ":@SECLEVEL=0").c_str()) == 1;
    forget_errors();
    if (!set) return false;
    const STACK_OF(SSL_CIPHER)* suites = SSL_CTX_get_ciphers(probe);
    return sk_SSL_CIPHER_num(suites) == 1 &&
           SSL_CIPHER_get_name(sk_SSL_CIPHER_value(suites, 0)) == name;
}

bool is_psk_suite(SSL_CTX* probe) {
    const int exchange = SSL_CIPHER_get_kx_nid(sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(probe), 0));
    return exchange == NID_kx_psk || exchange == NID_kx_ecdhe_psk;
}

// What is wrong with the suites; empty: nothing.
std::string check_suites(SSL_CTX* probe, const std::vector<std::string>& suites) {
    if (suites.empty()) return "no cipher suite is given";
    for (const std::string& name : suites) {
        if (!is_suite(probe, name))
            return "\"" + name + "\" is no cipher suite of DTLS 1.2 by OpenSSL's name";
        if (!is_psk_suite(probe)) return "\"" + name + "\" is no PSK or ECDHE-PSK cipher suite";
    }
    return {};
}

// @SECLEVEL=0: newer OpenSSL refuses the CCM_8 suites above that. What may be negotiated is the
// explicit list alone.
std::string cipher_list(const std::vector<std::string>& suites) {
    std::string list;
    for (const std::string& name : suites) list += name + ":";
    return list + "@SECLEVEL=0";
}

bool pin_version(SSL_CTX* context) {
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context, "") == 1;  // those of version 1.3
}

bool configure(SSL_CTX* context, const std::string& ciphers, std::size_t plaintext_octets) {
    // Without encrypt-then-MAC (RFC 7366): OpenSSL 3.0 ends the association at a record whose MAC
    // is wrong under it, so that anybody could by a forged one; otherwise it drops the record.
    SSL_CTX_set_options(context, SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);  // the suites authenticate by the key
    SSL_CTX_set_read_ahead(context, 1);
    return SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1 &&
           SSL_CTX_set1_groups_list(context, "P-256:X25519") == 1 &&
           // A smaller write buffer an association, too.
           SSL_CTX_set_max_send_fragment(context, static_cast<long>(plaintext_octets)) == 1;
}

}  // namespace

Context::Context(const Settings& settings)
    : settings_(settings),
      server_(SSL_CTX_new(DTLS_server_method())),
      client_(SSL_CTX_new(DTLS_client_method())),
      datagram_method_(make_datagram_method()),
      scratch_(SSL3_RT_MAX_PLAIN_LENGTH) {}

Context::~Context() {
    SSL_CTX_free(server_);
    SSL_CTX_free(client_);
    BIO_meth_free(datagram_method_);
}

boost::system::result<std::shared_ptr<Context>, std::string> Context::make(
    const Settings& settings) {
    forget_errors();
    std::shared_ptr<Context> context(new Context(settings));
    if (context->server_ == nullptr || context->client_ == nullptr ||
        context->datagram_method_ == nullptr || !pin_version(context->server_) ||
        !pin_version(context->client_))
        return "OpenSSL gives no DTLS 1.2 context: " + take_error().text;

    if (std::string wrong = check_suites(context->server_, settings.cipher_suites); !wrong.empty())
        return wrong;
    const std::string ciphers = cipher_list(settings.cipher_suites);
    if (!configure(context->server_, ciphers, context->plaintext_octets()) ||
        !configure(context->client_, ciphers, context->plaintext_octets()))
        return "OpenSSL refuses the DTLS settings: " + take_error().text;
    set_callbacks(context->server_, context->client_);
    return context;
}

std::size_t Context::datagram_octets() const {
    return std::clamp(settings_.mtu, smallest_datagram, largest_datagram);
}

std::size_t Context::plaintext_octets() const {
    return std::clamp(settings_.mtu, coap_message, largest_datagram);
}

}  // namespace dtls
