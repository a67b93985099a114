#include "server/dtls/look_ahead.h"

#include <openssl/ssl.h>

#include "server/dtls/certificate_message.h"
#include "server/dtls/raw_public_key.h"

namespace dtls {
namespace {

// What tells who the client is; nothing where the suite is not known yet.
std::optional<HandshakeType> telling(const SSL_CIPHER* suite) {
    if (suite == nullptr) return std::nullopt;
    switch (SSL_CIPHER_get_kx_nid(suite)) {
        case NID_kx_psk:
        case NID_kx_ecdhe_psk:
            return HandshakeType::client_key_exchange;
        default:
            return HandshakeType::certificate;
    }
}

}  // namespace

LookAhead::Found LookAhead::read(const SSL* ssl, wire::BytesView datagram) {
    if (done_) return Found::nothing;
    if (!reader_) {
        const auto type = telling(SSL_get_pending_cipher(ssl));
        if (!type) return Found::nothing;
        awaited_ = *type;
        reader_.emplace(next_message_seq_, awaited_);
    }
    const std::optional<wire::Bytes> message = reader_->read(datagram);
    if (!message) return Found::nothing;
    done_ = true;
    reader_.reset();
    return awaited_ == HandshakeType::certificate ? read_certificate(ssl, *message)
                                                  : read_identity(*message);
}

LookAhead::Found LookAhead::read_identity(wire::BytesView client_key_exchange) {
    const auto found = psk_identity(client_key_exchange);
    if (!found) return Found::unreadable;
    identity.assign(found->begin(), found->end());
    return Found::identity;
}

LookAhead::Found LookAhead::read_certificate(const SSL* ssl, wire::BytesView message) {
    if (peer_shows_raw_key(ssl)) {
        if (const auto key = raw_public_key(message)) judgement = PeerVerifier::judge_key(*key);
    } else if (const auto chain = certificate_chain(message)) {
        judgement = verifier_.judge(*chain, PeerVerifier::As::client);
    }
    return judgement ? Found::public_key : Found::unreadable;
}

}  // namespace dtls
