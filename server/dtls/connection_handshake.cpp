#include <string_view>
#include <utility>

#include <openssl/ssl.h>

#include "server/dtls/connection_impl.h"
#include "server/dtls/record.h"

namespace dtls {
namespace {

// What may wait for provide() or deny(): the client's last flight, cut into a few datagrams, and
// a repetition of it.
constexpr std::size_t max_held_datagrams = 6;
constexpr std::size_t max_held_octets = 8 * 1024;

// How often a client's Finished may fail to verify. The second time it is no forgery that came in
// between but the wrong key; RFC 6347 §4.1.2.7 would let both sides time out.
constexpr unsigned max_bad_finished = 2;

}  // namespace

void Connection::Impl::provide(model::Secret key, Output& out) {
    if (!awaiting_answer_ || ended_) return;
    if (claim_) return deny(out);  // no answer to what was asked
    handle_.state().looked_up = Psk{identity_, std::move(key)};
    go_on(out);
}

void Connection::Impl::trust(Trust trust, Output& out) {
    if (!awaiting_answer_ || ended_) return;
    if (!claim_ || trust == Trust::none) return deny(out);
    answer_claim(check_trust(*look_ahead_->judgement, trust), out);
}

void Connection::Impl::deny(Output& out) {
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

void Connection::Impl::hold(wire::BytesView datagram) {
    if (held_.size() >= max_held_datagrams || datagram.size() > max_held_octets - held_octets_) {
        ++dropped_;
        return;
    }
    held_octets_ += datagram.size();
    held_.emplace_back(datagram.begin(), datagram.end());
}

void Connection::Impl::go_on(Output& out) {
    awaiting_answer_ = false;
    held_octets_ = 0;
    for (const wire::Bytes& datagram : std::exchange(held_, {})) receive(datagram, out);
}

bool Connection::Impl::keys_known() const {
    const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl());
    return state == TLS_ST_SR_CHANGE || state == TLS_ST_CR_CHANGE;
}

void Connection::Impl::answer_claim(int result, Output& out) {
    handle_.state().verdict = Verdict{{claim_->key, claim_->certificate}, result};
    go_on(out);
}

// Why a peer was denied.
std::string Connection::Impl::denial() const {
    if (!claim_) return "unknown PSK identity";
    if (claim_->verified) return "its certificate is good, but of no device";
    return "unknown certificate or public key (" + claim_->why_not + ")";
}

// Whether OpenSSL would need to know what we think of the client on seeing this datagram: then
// it waits.
bool Connection::Impl::wants_identity(wire::BytesView datagram) {
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

void Connection::Impl::feed_handshake(wire::BytesView datagram, Output& out) {
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
void Connection::Impl::check_finished(wire::BytesView datagram, Output& out) {
    if (!keys_known() || !holds_encrypted_handshake(datagram)) return;
    if (++bad_finished_ < max_bad_finished) return;
    // In clear, as OpenSSL sends none for a record that it drops; the client still reads epoch
    // 0.
    out.datagrams.push_back(fatal_alert(SSL_AD_BAD_RECORD_MAC));
    end(out, Ending::refused_by_us, "the client's Finished does not verify: another key", true);
}

// OpenSSL's error queue proves nothing, as a dropped record may leave something there, nor
// does SSL_get_error(), which looks at the queue first.
void Connection::Impl::conclude(Output& out) {
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
void Connection::Impl::refused(const OpenSslError& error, Output& out) {
    const bool unproved = !established_ && (claimed_ || claim_ || error.no_certificate);
    const int refusal = handle_.state().refusal;
    if (denied_)
        end(out, Ending::refused_by_us, denial(), unproved);
    else if (refusal != X509_V_OK)
        end(out, Ending::refused_by_us,
            std::string("the certificate is refused: ") + X509_verify_cert_error_string(refusal),
            unproved);
    else
        end(out, Ending::refused_by_us, error.text, unproved);
}
}  // namespace dtls
