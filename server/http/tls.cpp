#include "server/http/tls.h"

#include <array>
#include <cstring>
#include <new>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace http {
namespace {

constexpr const char* ciphers_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

struct FreeX509 {
    void operator()(X509* certificate) const { X509_free(certificate); }
};

// The first error of the queue, which is what went wrong at the bottom; empties it.
std::string reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "no reason is known";
    if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
    const char* text = ERR_reason_error_string(code);
    return text == nullptr ? "error " + std::to_string(code) : text;
}

// A key under a passphrase must not stop the daemon at a terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

// ALPN (RFC 7301): HTTP/1.1 is all there is. Who offers others only goes on without.
int choose_protocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* /*data*/) {
    static constexpr std::array<unsigned char, 9> http_1_1 = {8,   'h', 't', 't', 'p',
                                                              '/', '1', '.', '1'};
    unsigned char* selected = nullptr;
    if (SSL_select_next_proto(&selected, chosen_size, http_1_1.data(), http_1_1.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = selected;
    return SSL_TLSEXT_ERR_OK;
}

std::string common_name(const X509* certificate) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, index) >= 0) return {};
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, index);
    unsigned char* octets = nullptr;
    const int size = ASN1_STRING_to_UTF8(&octets, X509_NAME_ENTRY_get_data(entry));
    if (size < 0) return {};
    std::string name(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    OPENSSL_free(octets);
    // "ops\0.example" must not pass for "ops" anywhere.
    return name.find('\0') == std::string::npos ? name : std::string();
}

// Nothing, or why not.
std::optional<std::string> set_up(SSL_CTX* context, const TlsSettings& settings) {
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, ciphers_1_2) != 1)
        return "TLS cannot be set up: " + reason();
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);

    if (SSL_CTX_use_certificate_chain_file(context, settings.certificate.c_str()) != 1)
        return "the certificate " + settings.certificate.string() + " cannot be used: " + reason() +
               "; it has to be PEM, the daemon's own first";
    if (SSL_CTX_use_PrivateKey_file(context, settings.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return "the key " + settings.key.string() + " cannot be used: " + reason() +
               "; it has to be PEM, without a passphrase, and that of the certificate";
    if (settings.client_ca.empty()) return std::nullopt;
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(settings.client_ca.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(context, settings.client_ca.c_str()) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return "the client CA " + settings.client_ca.string() + " cannot be used: " + reason() +
               "; it has to hold certificates in PEM";
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return std::nullopt;
}

}  // namespace

boost::system::result<std::shared_ptr<const TlsContext>, std::string> TlsContext::load(
    const TlsSettings& settings) {
    ERR_clear_error();
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) return "TLS cannot be set up: " + reason();
    std::shared_ptr<const TlsContext> made(new TlsContext(context));
    if (auto why = set_up(context, settings)) return std::move(*why);
    return made;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

ssl_st* TlsContext::make() const {
    SSL* connection = SSL_new(context_);
    if (connection == nullptr) throw std::bad_alloc();
    return connection;
}

std::optional<PeerCertificate> peer_certificate(const ssl_st* connection) {
    const std::unique_ptr<X509, FreeX509> certificate(SSL_get1_peer_certificate(connection));
    if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return std::nullopt;
    PeerCertificate out;
    out.common_name = common_name(certificate.get());
    unsigned size = 0;
    if (X509_digest(certificate.get(), EVP_sha256(), out.sha256.data(), &size) != 1)
        return std::nullopt;
    return out;
}

}  // namespace http
