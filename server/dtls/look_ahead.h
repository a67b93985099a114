#pragma once

#include <cstdint>
#include <optional>

#include "server/dtls/handshake_reader.h"
#include "server/dtls/peer_verifier.h"
#include "server/wire/bytes.h"

typedef struct ssl_st SSL;

namespace dtls {

// Reads what a client says it is, before OpenSSL sees it: the identity of its ClientKeyExchange in
// the PSK suites, its Certificate in the others. It only prefetches: what counts is what OpenSSL
// makes of the same octets. The PeerVerifier outlives it.
class LookAhead {
  public:
    LookAhead(const PeerVerifier& verifier, std::uint16_t next_message_seq)
        : verifier_(verifier), next_message_seq_(next_message_seq) {}

    enum class Found {
        nothing,     // so far, or it was told already
        unreadable,  // OpenSSL will refuse it, too
        identity,
        public_key,
    };
    Found read(const SSL*, wire::BytesView datagram);

    // What was found.
    wire::Bytes identity;
    std::optional<Judgement> judgement;

  private:
    Found read_identity(wire::BytesView client_key_exchange);
    Found read_certificate(const SSL*, wire::BytesView message);

    const PeerVerifier& verifier_;
    std::uint16_t next_message_seq_;
    std::optional<HandshakeReader> reader_;  // once it is known what is read
    HandshakeType awaited_{};
    bool done_ = false;
};

}  // namespace dtls
