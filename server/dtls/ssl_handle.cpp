#include "server/dtls/ssl_handle.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>

#include <openssl/ssl.h>

#include "server/dtls/errors.h"
#include "server/dtls/listener.h"
#include "server/dtls/raw_public_key.h"

namespace dtls {
namespace {

// SSL_set_app_data() without its cast.
constexpr int state_index = 0;

CallbackState& state_of(const SSL* ssl) {
    return *static_cast<CallbackState*>(SSL_get_ex_data(ssl, state_index));
}

// Copies the key to OpenSSL, which wipes its copy; 0 where there is none or it does not fit.
unsigned int hand_over(const model::Secret& key, unsigned char* out, unsigned int room) {
    const wire::BytesView octets = key.reveal();
    if (octets.empty() || octets.size() > room) return 0;
    std::copy(octets.begin(), octets.end(), out);
    return static_cast<unsigned int>(octets.size());
}

// 0 makes OpenSSL end the handshake with unknown_psk_identity.
unsigned int psk_of_client(SSL* ssl, const char* identity, unsigned char* key, unsigned int room) {
    CallbackState& state = state_of(ssl);
    if (!state.looked_up || identity == nullptr) return 0;
    // The identity that OpenSSL read ends at its first zero octet; one with a zero octet in it
    // never equals what was looked up.
    const std::string_view seen(identity);
    if (seen != wire::as_text(state.looked_up->identity)) return 0;
    const unsigned int size = hand_over(state.looked_up->key, key, room);
    state.looked_up.reset();
    return size;
}

unsigned int psk_of_ours(SSL* ssl, const char*, char* identity, unsigned int identity_room,
                         unsigned char* key, unsigned int room) {
    const std::optional<Psk>& own = state_of(ssl).own;
    if (!own) return 0;
    const std::string_view text = wire::as_text(own->identity);
    if (text.size() >= identity_room) return 0;
    std::copy(text.begin(), text.end(), identity);
    identity[text.size()] = '\0';
    return hand_over(own->key, key, room);
}

// Called in both roles when the hellos are known. Without anything to show, a server has no suite
// for it, and a client shows nothing.
int show_certificate(SSL* ssl, void*) {
    const CallbackState& state = state_of(ssl);
    OwnCertificates::Asked asked;
    asked.local = state.local;
    if (SSL_is_server(ssl) == 1)
        if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
            asked.server_name = name;
    state.context->own().show(ssl, shows_raw_key(ssl), asked);
    forget_errors();
    return 1;
}

std::optional<Judgement> shown_by(X509_STORE_CTX* check, const CallbackState& state) {
    if (const EVP_PKEY* const key = raw_key_of(check)) return PeerVerifier::judge_key(key);
    X509* const leaf = X509_STORE_CTX_get0_cert(check);
    if (leaf == nullptr) return std::nullopt;
    return state.context->peers().judge(leaf, X509_STORE_CTX_get0_untrusted(check),
                                        PeerVerifier::As::server);
}

// The device that we dialled.
int check_dialled(X509_STORE_CTX* check, CallbackState& state) {
    state.judged = shown_by(check, state);
    if (!state.judged || !state.expected) return X509_V_ERR_UNSPECIFIED;
    return check_expected(*state.judged, *state.expected);
}

// A client: what it shows was looked at before OpenSSL saw it.
int check_client(X509_STORE_CTX* check, const CallbackState& state) {
    if (!state.verdict) return X509_V_ERR_CERT_REJECTED;
    const std::optional<Prints> shown = raw_key_of(check) != nullptr
                                            ? PeerVerifier::prints(raw_key_of(check))
                                            : PeerVerifier::prints(X509_STORE_CTX_get0_cert(check));
    return shown == state.verdict->shown ? state.verdict->result : X509_V_ERR_CERT_REJECTED;
}

int verify_peer(X509_STORE_CTX* check, void*) {
    auto* const ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
    CallbackState& state = state_of(ssl);
    state.refusal =
        SSL_is_server(ssl) == 1 ? check_client(check, state) : check_dialled(check, state);
    X509_STORE_CTX_set_error(check, state.refusal);
    return state.refusal == X509_V_OK ? 1 : 0;
}

int generate_cookie(SSL* ssl, unsigned char* out, unsigned int* length) {
    const CookieQuestion* question = state_of(ssl).cookie;
    if (question == nullptr) return 0;
    const wire::Bytes cookie =
        question->keys.cookie(question->local, question->remote, question->now);
    if (cookie.empty() || cookie.size() > DTLS1_COOKIE_LENGTH) return 0;
    std::copy(cookie.begin(), cookie.end(), out);
    *length = static_cast<unsigned int>(cookie.size());
    return 1;
}

int verify_cookie(SSL* ssl, const unsigned char* cookie, unsigned int length) {
    const CallbackState& state = state_of(ssl);
    // OpenSSL asks again when the handshake goes on with the hello that DTLSv1_listen() took.
    if (state.address_proved) return 1;
    const CookieQuestion* question = state.cookie;
    if (question == nullptr) return 0;
    return question->keys.verify({cookie, length}, question->local, question->remote, question->now)
               ? 1
               : 0;
}

SSL_CTX* context_for(const Context& context, SslHandle::Role role) {
    switch (role) {
        case SslHandle::Role::server:
            return context.server();
        case SslHandle::Role::psk_client:
            return context.psk_client();
        case SslHandle::Role::certificate_client:
            return context.certificate_client();
    }
    return nullptr;
}

// The retransmission timer, RFC 6347 §4.2.4.1: doubled at each expiry, at most 60 s. OpenSSL's
// own begins with one second, whatever the settings say.
unsigned int next_timer(SSL* ssl, unsigned int previous_us) {
    using std::chrono::microseconds;
    constexpr microseconds longest = std::chrono::seconds(60);
    const auto first = std::chrono::ceil<microseconds>(state_of(ssl).first_timeout);
    const auto next = previous_us == 0 ? first : 2 * microseconds(previous_us);
    return static_cast<unsigned int>(std::clamp(next, microseconds(1), longest).count());
}

}  // namespace

void SslHandle::Free::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

SslHandle::SslHandle(Context& context, Role role) : state_(std::make_unique<CallbackState>()) {
    state_->pipe.mtu = context.datagram_octets();
    state_->first_timeout = context.settings().retransmission_timeout;
    state_->context = &context;

    SSL_CTX* const kind = context_for(context, role);
    if (kind == nullptr) return;
    ssl_.reset(SSL_new(kind));
    if (ssl_ == nullptr) return;
    BIO* bio = make_datagram_bio(context.datagram_method(), state_->pipe);
    if (bio == nullptr || SSL_set_ex_data(ssl_.get(), state_index, state_.get()) != 1) {
        BIO_free(bio);
        ssl_.reset();
        return;
    }
    SSL_set_bio(ssl_.get(), bio, bio);
    DTLS_set_timer_cb(ssl_.get(), next_timer);
    DTLS_set_link_mtu(ssl_.get(), static_cast<long>(state_->pipe.mtu));
    if (role == Role::server)
        SSL_set_accept_state(ssl_.get());
    else
        SSL_set_connect_state(ssl_.get());
}

SslHandle::~SslHandle() = default;

void set_server_callbacks(SSL_CTX* server) {
    SSL_CTX_set_cookie_generate_cb(server, generate_cookie);
    SSL_CTX_set_cookie_verify_cb(server, verify_cookie);
    SSL_CTX_set_psk_server_callback(server, psk_of_client);
    SSL_CTX_set_cert_cb(server, show_certificate, nullptr);
    // For the PSK suites a server asks for no certificate.
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(server, verify_peer, nullptr);
}

void set_psk_client_callbacks(SSL_CTX* client) {
    SSL_CTX_set_psk_client_callback(client, psk_of_ours);
}

void set_certificate_client_callbacks(SSL_CTX* client) {
    SSL_CTX_set_cert_cb(client, show_certificate, nullptr);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(client, verify_peer, nullptr);
}

}  // namespace dtls
