#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/dtls/record.h"
#include "server/wire/bytes.h"

namespace dtls {

// Looks ahead for a message that OpenSSL will see, the ClientKeyExchange or the client's
// Certificate, RFC 6347 §4.2: epoch 0 only, the expected message_seq alone, put together from its
// fragments by offset, over records and datagrams. It only prefetches: what counts is what OpenSSL
// makes of the same octets.
class HandshakeReader {
  public:
    // Of a message; longer ones are passed over. An identity has at most 256 octets in OpenSSL, a
    // curve point at most 133.
    static constexpr std::size_t max_message = 1024;
    // Of a Certificate: a chain of a few certificates.
    static constexpr std::size_t max_certificate = 8 * 1024;

    explicit HandshakeReader(std::uint16_t expected_message_seq,
                             HandshakeType expected = HandshakeType::client_key_exchange)
        : expected_message_seq_(expected_message_seq), expected_(expected) {}

    // The message, once: when this datagram completed it.
    std::optional<wire::Bytes> read(wire::BytesView datagram);
    // Octets held for a message whose rest is awaited.
    std::size_t memory() const { return message_.size(); }

  private:
    std::optional<wire::Bytes> add(std::size_t message_length, std::size_t offset,
                                   wire::BytesView part);

    std::size_t bound() const {
        return expected_ == HandshakeType::certificate ? max_certificate : max_message;
    }

    std::uint16_t expected_message_seq_;
    HandshakeType expected_;
    bool done_ = false;
    wire::Bytes message_;
    std::vector<bool> have_;
    std::size_t missing_ = 0;
};

// The psk_identity that a ClientKeyExchange begins with in the suites of RFC 4279 §2 and RFC 5489
// §2 (PSK, ECDHE_PSK). Nothing when it is cut short. The view lives as long as the message.
std::optional<wire::BytesView> psk_identity(wire::BytesView client_key_exchange);

}  // namespace dtls
