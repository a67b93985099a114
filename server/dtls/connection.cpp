#include "server/dtls/connection.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <openssl/ssl.h>

#include "server/dtls/accepted.h"
#include "server/dtls/errors.h"
#include "server/dtls/handshake_guard.h"
#include "server/dtls/look_ahead.h"
#include "server/dtls/record.h"
#include "server/dtls/ssl_handle.h"

namespace dtls {
namespace {

// What may wait for provide() or deny(): the client's last flight, cut into a few datagrams, and
// a repetition of it.
constexpr std::size_t max_held_datagrams = 6;
constexpr std::size_t max_held_octets = 8 * 1024;

// How often a client's Finished may fail to verify. The second time it is no forgery that came in
// between but the wrong key; RFC 6347 §4.1.2.7 would let both sides time out.
constexpr unsigned max_bad_finished = 2;

// OpenSSL takes a client's identity as a text that ends at a zero octet.
bool usable(const Psk& own) {
    return !own.identity.empty() && own.identity.size() <= PSK_MAX_IDENTITY_LEN &&
           std::find(own.identity.begin(), own.identity.end(), 0) == own.identity.end() &&
           !own.key.empty() && own.key.size() <= PSK_MAX_PSK_LEN;
}

}  // namespace

class Connection::Impl {
  public:
    Impl(Accepted&& accepted)
        : context_(std::move(accepted.context)),
          handle_(std::move(accepted.handle)),
          is_server_(true),
          client_random_(std::move(accepted.client_random)),
          look_ahead_(LookAhead(context_->peers(), next_message(accepted))),
          guard_(next_message(accepted)) {
        begin();
    }

    Impl(std::shared_ptr<Context> context, Psk own)
        : context_(std::move(context)),
          handle_(*context_, SslHandle::Role::psk_client),
          is_server_(false) {
        identity_ = own.identity;
        handle_.state().own = std::move(own);
        begin();
    }

    Impl(std::shared_ptr<Context> context, ExpectedPeer expected)
        : context_(std::move(context)),
          handle_(*context_, SslHandle::Role::certificate_client),
          is_server_(false) {
        handle_.state().expected = std::move(expected);
        begin();
    }

    void receive(wire::BytesView datagram, Output& out) {
        if (ended_) return;
        if (awaiting_answer_)
            hold(datagram);
        else if (established_)
            feed(datagram, out);
        else
            feed_handshake(datagram, out);
    }

    void provide(model::Secret key, Output& out) {
        if (!awaiting_answer_ || ended_) return;
        if (claim_) return deny(out);  // no answer to what was asked
        handle_.state().looked_up = Psk{identity_, std::move(key)};
        go_on(out);
    }

    void trust(Trust trust, Output& out) {
        if (!awaiting_answer_ || ended_) return;
        if (!claim_ || trust == Trust::none) return deny(out);
        answer_claim(check_trust(*look_ahead_->judgement, trust), out);
    }

    void deny(Output& out) {
        if (!awaiting_answer_ || ended_) return;
        denied_ = true;
        if (!claim_)
            go_on(out);
        else if (claim_->verified)  // OpenSSL has nothing against it
            out.datagrams.push_back(fatal_alert(SSL_AD_ACCESS_DENIED));
        else
            answer_claim(check_trust(*look_ahead_->judgement, Trust::none), out);
        if (!ended_) end(out, Ending::refused_by_us, denial(), true);
    }

    void send(wire::BytesView plaintext, Output& out) {
        if (ended_ || !established_ || plaintext.empty() || plaintext.size() > max_plaintext_) {
            ++dropped_;
            return;
        }
        if (!prepare(out)) return;
        const int written = SSL_write(ssl(), plaintext.data(), static_cast<int>(plaintext.size()));
        if (written <= 0) end(out, Ending::refused_by_us, take_error().text);
        settle();
    }

    void close(Output& out) {
        if (ended_) return;
        if (established_ && prepare(out)) SSL_shutdown(ssl());
        settle();
        if (!ended_) end(out, Ending::closed_by_us, "closed");
    }

    std::optional<wire::Duration> next_timeout() const {
        if (ended_ || established_) return std::nullopt;
        wire::Duration wait = std::max(deadline_ - wire::Clock::now(), wire::Duration::zero());
        timeval timer{};
        if (!awaiting_answer_ && DTLSv1_get_timeout(ssl(), &timer) == 1)
            wait = std::min<wire::Duration>(wait, std::chrono::seconds(timer.tv_sec) +
                                                      std::chrono::microseconds(timer.tv_usec));
        return wait;
    }

    void on_timeout(Output& out) {
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
        if (DTLSv1_handle_timeout(ssl()) < 0)
            end(out, Ending::handshake_timeout, take_error().text);
        settle();
    }

    void release_buffers() {
        if (!established_ || ended_ || released_) return;
        released_ = SSL_free_buffers(ssl()) == 1;
    }

    std::string cipher_suite() const {
        const SSL_CIPHER* suite = ssl() != nullptr ? SSL_get_current_cipher(ssl()) : nullptr;
        return suite != nullptr ? SSL_CIPHER_get_name(suite) : std::string();
    }

    // The first flight of a client, or the answer to the hello that DTLSv1_listen() took.
    void start(Output& out) {
        if (const char* wrong = unusable())
            end(out, Ending::refused_by_us, wrong);
        else
            run(out);
    }

    bool established() const { return established_; }
    bool ended() const { return ended_; }
    bool is_server() const { return is_server_; }
    const wire::Bytes& identity() const { return identity_; }
    const std::optional<PublicKeyClaim>& claim() const { return claim_; }
    bool proof_failed() const { return bad_finished_ > 0 || (ended_ && unproved_); }
    wire::BytesView client_random() const { return client_random_; }
    std::size_t max_plaintext() const { return max_plaintext_; }
    std::uint64_t dropped() const { return dropped_; }

  private:
    SSL* ssl() const { return handle_.ssl(); }
    DatagramPipe& pipe() { return handle_.state().pipe; }

    static std::uint16_t next_message(const Accepted& accepted) {
        return static_cast<std::uint16_t>(accepted.hello_message_seq + 1);
    }

    // Why no handshake can begin; null: it can.
    const char* unusable() const {
        const CallbackState& state = handle_.state();
        if (state.own && context_->psk_client() == nullptr)
            return "no PSK cipher suite is in the settings";
        if (state.expected && context_->certificate_client() == nullptr)
            return "no certificate of our own is in the settings, or no cipher suite for it";
        if (ssl() == nullptr) return "out of memory";
        if (state.own && !usable(*state.own)) return "OpenSSL cannot use this PSK identity or key";
        return nullptr;
    }

    void begin() { deadline_ = wire::Clock::now() + context_->settings().handshake_timeout; }

    void hold(wire::BytesView datagram) {
        if (held_.size() >= max_held_datagrams ||
            datagram.size() > max_held_octets - held_octets_) {
            ++dropped_;
            return;
        }
        held_octets_ += datagram.size();
        held_.emplace_back(datagram.begin(), datagram.end());
    }

    void go_on(Output& out) {
        awaiting_answer_ = false;
        held_octets_ = 0;
        for (const wire::Bytes& datagram : std::exchange(held_, {})) receive(datagram, out);
    }

    bool keys_known() const {
        const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl());
        return state == TLS_ST_SR_CHANGE || state == TLS_ST_CR_CHANGE;
    }

    // Octets that a protected record of the suite has at least, RFC 5246 §6.2.3.3: explicit nonce
    // and tag. OpenSSL before 3.0.22 ends the association at a shorter one, which anybody can
    // forge.
    std::size_t least_protected() const {
        if (established_) return least_protected_;
        return least_protected(SSL_get_pending_cipher(ssl()));
    }
    static std::size_t least_protected(const SSL_CIPHER* suite) {
        if (suite == nullptr || SSL_CIPHER_is_aead(suite) != 1) return 0;
        constexpr std::size_t nonce = 8;
        constexpr std::size_t tag = 16;
        constexpr std::size_t short_tag = 8;
        const std::string_view name = SSL_CIPHER_get_name(suite);
        if (name.ends_with("CCM8")) return nonce + short_tag;
        if (name.ends_with("CHACHA20-POLY1305")) return tag;
        return nonce + tag;
    }

    // What OpenSSL is to make of the claim.
    void answer_claim(int result, Output& out) {
        handle_.state().verdict = Verdict{{claim_->key, claim_->certificate}, result};
        go_on(out);
    }

    // Why a peer was denied.
    std::string denial() const {
        if (!claim_) return "unknown PSK identity";
        if (claim_->verified) return "its certificate is good, but of no device";
        return "unknown certificate or public key (" + claim_->why_not + ")";
    }

    // Whether OpenSSL would need to know what we think of the client on seeing this datagram: then
    // it waits.
    bool wants_identity(wire::BytesView datagram) {
        if (!look_ahead_) return false;
        switch (look_ahead_->read(ssl(), datagram)) {
            case LookAhead::Found::nothing:
                return false;
            case LookAhead::Found::unreadable:
                claimed_ = true;
                return false;
            case LookAhead::Found::identity:
                identity_ = std::move(look_ahead_->identity);
                break;
            case LookAhead::Found::public_key:
                claim_ = look_ahead_->judgement->claim;
                break;
        }
        claimed_ = true;
        return true;
    }

    void feed_handshake(wire::BytesView datagram, Output& out) {
        if (wants_identity(datagram)) {
            hold(datagram);  // too large to be held: lost, its sender repeats it
            awaiting_answer_ = true;
            out.identity_wanted = true;
            return;
        }
        const wire::BytesView admitted = guard_.admit(datagram, keys_known());
        if (admitted.size() < datagram.size()) ++dropped_;
        if (admitted.empty()) return;
        feed(admitted, out);
        if (is_server_ && !ended_ && !established_) check_finished(admitted, out);
    }

    // After the ChangeCipherSpec only a Finished is awaited: one came, and it was dropped.
    void check_finished(wire::BytesView datagram, Output& out) {
        if (!keys_known() || !holds_encrypted_handshake(datagram)) return;
        if (++bad_finished_ < max_bad_finished) return;
        // In clear, as OpenSSL sends none for a record that it drops; the client still reads epoch
        // 0.
        out.datagrams.push_back(fatal_alert(SSL_AD_BAD_RECORD_MAC));
        end(out, Ending::refused_by_us, "the client's Finished does not verify: another key", true);
    }

    void feed(wire::BytesView datagram, Output& out) {
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
    void run(Output& out) {
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

    // OpenSSL's error queue proves nothing, as a dropped record may leave something there, nor
    // does SSL_get_error(), which looks at the queue first.
    void conclude(Output& out) {
        const bool shut_down = (SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0;
        const bool failed = std::string_view(SSL_state_string(ssl())) == "SSLERR";
        if (!shut_down && !failed) return;
        const OpenSslError error = take_error();
        if (error.alert >= 0) {
            end(out, Ending::refused_by_peer, error.text);
        } else if (failed) {
            refused(error, out);
        } else {
            SSL_shutdown(ssl());  // answers the close_notify, RFC 5246 §7.2.1
            end(out, Ending::closed_by_peer, "close notify");
        }
    }

    // OpenSSL gave up. Whoever said who he is and then fails has not proved it, whatever it is that
    // he fails at.
    void refused(const OpenSslError& error, Output& out) {
        const bool unproved = !established_ && (claimed_ || claim_ || error.no_certificate);
        const int refusal = handle_.state().refusal;
        if (denied_)
            end(out, Ending::refused_by_us, denial(), unproved);
        else if (refusal != X509_V_OK)
            end(out, Ending::refused_by_us,
                std::string("the certificate is refused: ") +
                    X509_verify_cert_error_string(refusal),
                unproved);
        else
            end(out, Ending::refused_by_us, error.text, unproved);
    }

    void establish(Output& out) {
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
    bool prepare(Output& out) {
        forget_errors();
        if (released_ && SSL_alloc_buffers(ssl()) != 1) {
            end(out, Ending::refused_by_us, "out of memory");
            return false;
        }
        released_ = false;
        pipe().outgoing = &out.datagrams;
        return true;
    }

    void settle() {
        pipe().outgoing = nullptr;
        forget_errors();
    }

    void forget_keys() {
        CallbackState& state = handle_.state();
        state.own.reset();
        state.looked_up.reset();
        state.expected.reset();
        state.judged.reset();
        look_ahead_.reset();
    }

    void end(Output& out, Ending ending, std::string reason, bool unproved = false) {
        ended_ = true;
        unproved_ = unproved;
        forget_keys();
        held_.clear();
        held_octets_ = 0;
        out.ended.push_back({ending, std::move(reason), unproved});
    }

    const std::shared_ptr<Context> context_;
    SslHandle handle_;
    const bool is_server_;
    wire::Bytes client_random_;
    wire::Bytes identity_;
    std::optional<PublicKeyClaim> claim_;
    std::optional<LookAhead> look_ahead_;  // server, until the handshake is over
    HandshakeGuard guard_;
    wire::TimePoint deadline_{};
    std::vector<wire::Bytes> held_;
    std::size_t held_octets_ = 0;
    std::size_t max_plaintext_ = 0;
    std::size_t least_protected_ = 0;  // once established
    std::uint64_t dropped_ = 0;
    unsigned bad_finished_ = 0;
    bool awaiting_answer_ = false;
    bool claimed_ = false;  // the client said who it is
    bool denied_ = false;
    bool unproved_ = false;
    bool established_ = false;
    bool ended_ = false;
    bool released_ = false;
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Accepted&& accepted) : impl_(std::make_unique<Impl>(std::move(accepted))) {}
Connection::~Connection() = default;

std::unique_ptr<Connection> Connection::dial(std::shared_ptr<Context> context, Psk own,
                                             Output& out) {
    std::unique_ptr<Connection> connection(
        new Connection(std::make_unique<Impl>(std::move(context), std::move(own))));
    connection->impl_->start(out);
    return connection;
}

std::unique_ptr<Connection> Connection::dial(std::shared_ptr<Context> context,
                                             ExpectedPeer expected, Output& out) {
    std::unique_ptr<Connection> connection(
        new Connection(std::make_unique<Impl>(std::move(context), std::move(expected))));
    connection->impl_->start(out);
    return connection;
}

void Connection::start(Output& out) {
    impl_->start(out);
}
void Connection::receive(wire::BytesView datagram, Output& out) {
    impl_->receive(datagram, out);
}
void Connection::provide(model::Secret key, Output& out) {
    impl_->provide(std::move(key), out);
}
void Connection::trust(Trust trust, Output& out) {
    impl_->trust(trust, out);
}
void Connection::deny(Output& out) {
    impl_->deny(out);
}
void Connection::send(wire::BytesView plaintext, Output& out) {
    impl_->send(plaintext, out);
}
void Connection::close(Output& out) {
    impl_->close(out);
}
std::optional<wire::Duration> Connection::next_timeout() const {
    return impl_->next_timeout();
}
void Connection::on_timeout(Output& out) {
    impl_->on_timeout(out);
}
std::size_t Connection::max_plaintext() const {
    return impl_->max_plaintext();
}
std::uint64_t Connection::dropped() const {
    return impl_->dropped();
}
bool Connection::is_established() const {
    return impl_->established() && !impl_->ended();
}
bool Connection::is_ended() const {
    return impl_->ended();
}
bool Connection::is_server() const {
    return impl_->is_server();
}
const wire::Bytes& Connection::identity() const {
    return impl_->identity();
}
const std::optional<PublicKeyClaim>& Connection::claim() const {
    return impl_->claim();
}
bool Connection::proof_failed() const {
    return impl_->proof_failed();
}
wire::BytesView Connection::client_random() const {
    return impl_->client_random();
}
std::string Connection::cipher_suite() const {
    return impl_->cipher_suite();
}
void Connection::release_buffers() {
    impl_->release_buffers();
}

}  // namespace dtls
