#include "server/dtls/connection_impl.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <openssl/ssl.h>

#include "server/dtls/record.h"

namespace dtls {
namespace {

// OpenSSL takes a client's identity as a text that ends at a zero octet.
bool usable(const Psk& own) {
    return !own.identity.empty() && own.identity.size() <= PSK_MAX_IDENTITY_LEN &&
           std::find(own.identity.begin(), own.identity.end(), 0) == own.identity.end() &&
           !own.key.empty() && own.key.size() <= PSK_MAX_PSK_LEN;
}

}  // namespace

Connection::Impl::Impl(Accepted&& accepted)
    : context_(std::move(accepted.context)),
      handle_(std::move(accepted.handle)),
      is_server_(true),
      client_random_(std::move(accepted.client_random)),
      look_ahead_(LookAhead(context_->peers(), next_message(accepted))),
      guard_(next_message(accepted)) {
    begin();
}

Connection::Impl::Impl(std::shared_ptr<Context> context, Psk own)
    : context_(std::move(context)),
      handle_(*context_, SslHandle::Role::psk_client),
      is_server_(false) {
    identity_ = own.identity;
    handle_.state().own = std::move(own);
    begin();
}

Connection::Impl::Impl(std::shared_ptr<Context> context, ExpectedPeer expected)
    : context_(std::move(context)),
      handle_(*context_, SslHandle::Role::certificate_client),
      is_server_(false) {
    handle_.state().expected = std::move(expected);
    begin();
}

void Connection::Impl::receive(wire::BytesView datagram, Output& out) {
    if (ended_) return;
    if (awaiting_answer_)
        hold(datagram);
    else if (established_)
        feed(datagram, out);
    else
        feed_handshake(datagram, out);
}

void Connection::Impl::send(wire::BytesView plaintext, Output& out) {
    if (ended_ || !established_ || plaintext.empty() || plaintext.size() > max_plaintext_) {
        ++dropped_;
        return;
    }
    if (!prepare(out)) return;
    const int written = SSL_write(ssl(), plaintext.data(), static_cast<int>(plaintext.size()));
    if (written <= 0) end(out, Ending::refused_by_us, take_error().text);
    settle();
}

void Connection::Impl::close(Output& out) {
    if (ended_) return;
    if (established_ && prepare(out)) SSL_shutdown(ssl());
    settle();
    if (!ended_) end(out, Ending::closed_by_us, "closed");
}

std::optional<wire::Duration> Connection::Impl::next_timeout() const {
    if (ended_ || established_) return std::nullopt;
    wire::Duration wait = std::max(deadline_ - wire::Clock::now(), wire::Duration::zero());
    timeval timer{};
    if (!awaiting_answer_ && DTLSv1_get_timeout(ssl(), &timer) == 1)
        wait = std::min<wire::Duration>(
            wait, std::chrono::seconds(timer.tv_sec) + std::chrono::microseconds(timer.tv_usec));
    return wait;
}

void Connection::Impl::on_timeout(Output& out) {
    if (ended_ || established_) return;
    if (wire::Clock::now() >= deadline_) {
        end(out, Ending::handshake_timeout,
            bad_finished_ > 0 ? "handshake not finished in time; the client's Finished did not "
                                "verify: probably another key"
                              : "handshake not finished in time",
            proof_failed());
        return;
    }
    if (awaiting_answer_ || !prepare(out)) return;
    if (DTLSv1_handle_timeout(ssl()) < 0) end(out, Ending::handshake_timeout, take_error().text);
    settle();
}

void Connection::Impl::release_buffers() {
    if (!established_ || ended_ || released_) return;
    released_ = SSL_free_buffers(ssl()) == 1;
}

std::string Connection::Impl::cipher_suite() const {
    const SSL_CIPHER* suite = ssl() != nullptr ? SSL_get_current_cipher(ssl()) : nullptr;
    return suite != nullptr ? SSL_CIPHER_get_name(suite) : std::string();
}

// The first flight of a client, or the answer to the hello that DTLSv1_listen() took.
void Connection::Impl::start(Output& out) {
    if (const char* wrong = unusable())
        end(out, Ending::refused_by_us, wrong);
    else
        run(out);
}

std::uint16_t Connection::Impl::next_message(const Accepted& accepted) {
    return static_cast<std::uint16_t>(accepted.hello_message_seq + 1);
}

const char* Connection::Impl::unusable() const {
    const CallbackState& state = handle_.state();
    if (state.own && context_->psk_client() == nullptr)
        return "no PSK cipher suite is in the settings";
    if (state.expected && context_->certificate_client() == nullptr)
        return "no certificate of our own is in the settings, or no cipher suite for it";
    if (ssl() == nullptr) return "out of memory";
    if (state.own && !usable(*state.own)) return "OpenSSL cannot use this PSK identity or key";
    return nullptr;
}

// Octets that a protected record of the suite has at least, RFC 5246 §6.2.3.3: explicit nonce
// and tag. OpenSSL before 3.0.22 ends the association at a shorter one, which anybody can
// forge.
std::size_t Connection::Impl::least_protected() const {
    if (established_) return least_protected_;
    return least_protected(SSL_get_pending_cipher(ssl()));
}

std::size_t Connection::Impl::least_protected(const SSL_CIPHER* suite) {
    if (suite == nullptr || SSL_CIPHER_is_aead(suite) != 1) return 0;
    constexpr std::size_t nonce = 8;
    constexpr std::size_t tag = 16;
    constexpr std::size_t short_tag = 8;
    const std::string_view name = SSL_CIPHER_get_name(suite);
    if (name.ends_with("CCM8")) return nonce + short_tag;
    if (name.ends_with("CHACHA20-POLY1305")) return tag;
    return nonce + tag;
}

void Connection::Impl::feed(wire::BytesView datagram, Output& out) {
    if (const std::size_t least = least_protected(); least > 0) {
        const wire::BytesView plausible = before_short_record(datagram, least);
        if (plausible.size() < datagram.size()) ++dropped_;
        datagram = plausible;
    }
    if (datagram.empty()) return;
    pipe().incoming = datagram;
    run(out);
    pipe().incoming.reset();
}

// Lets OpenSSL read until it has nothing more; a datagram may hold several records.
void Connection::Impl::run(Output& out) {
    if (!prepare(out)) return;
    const std::span<std::uint8_t> room = context_->scratch();
    int octets = 0;
    do {
        octets = SSL_read(ssl(), room.data(), static_cast<int>(room.size()));
        if (const auto& seen = handle_.state().judged; seen && !claim_) claim_ = seen->claim;
        if (!established_ && SSL_is_init_finished(ssl()) == 1) establish(out);
        if (octets > 0) out.plaintexts.emplace_back(room.begin(), room.begin() + octets);
    } while (octets > 0);
    conclude(out);
    settle();
}

void Connection::Impl::establish(Output& out) {
    established_ = true;
    least_protected_ = least_protected(SSL_get_current_cipher(ssl()));
    out.established = true;
    forget_keys();
    max_plaintext_ = context_->plaintext_octets();
    // RFC 6066 §4: 1 to 4 stand for 2^9 to 2^12 octets.
    const unsigned asked = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl()));
    if (asked >= TLSEXT_max_fragment_length_512 && asked <= TLSEXT_max_fragment_length_4096)
        max_plaintext_ = std::min(max_plaintext_, std::size_t{256} << asked);
}

// Before every use of the SSL: its buffers, where it writes, nobody else's errors.
bool Connection::Impl::prepare(Output& out) {
    forget_errors();
    if (released_ && SSL_alloc_buffers(ssl()) != 1) {
        end(out, Ending::refused_by_us, "out of memory");
        return false;
    }
    released_ = false;
    pipe().outgoing = &out.datagrams;
    return true;
}

void Connection::Impl::settle() {
    pipe().outgoing = nullptr;
    forget_errors();
}

void Connection::Impl::forget_keys() {
    CallbackState& state = handle_.state();
    state.own.reset();
    state.looked_up.reset();
    state.expected.reset();
    state.judged.reset();
    look_ahead_.reset();
}

void Connection::Impl::end(Output& out, Ending ending, std::string reason, bool unproved) {
    ended_ = true;
    unproved_ = unproved;
    forget_keys();
    held_.clear();
    held_octets_ = 0;
    out.ended.push_back({ending, std::move(reason), unproved});
}
}  // namespace dtls
