// ClientKeyExchange of the PSK suites, RFC 4279 §2, and of the ECDHE_PSK suites, RFC 5489 §2:
//
//   | length (2) | psk_identity … |
//   | length (2) | psk_identity … | length (1) | ECPoint … |

#include "server/dtls/handshake_reader.h"

#include <algorithm>
#include <utility>

#include "server/wire/reader.h"

namespace dtls {

std::optional<wire::Bytes> HandshakeReader::read(wire::BytesView datagram) {
    RecordReader records(datagram);
    while (const std::optional<Record> record = records.next()) {
        if (record->type != ContentType::handshake || record->epoch != 0) continue;
        FragmentReader fragments(record->body);
        while (const std::optional<Fragment> fragment = fragments.next()) {
            if (done_) return std::nullopt;
            if (fragment->type != expected_) continue;
            if (fragment->message_seq != expected_message_seq_) continue;
            if (auto message = add(fragment->message_length, fragment->offset, fragment->body))
                return message;
        }
    }
    return std::nullopt;
}

std::optional<wire::Bytes> HandshakeReader::add(std::size_t message_length, std::size_t offset,
                                                wire::BytesView part) {
    if (message_length == 0 || message_length > bound()) return std::nullopt;
    if (part.empty()) return std::nullopt;
    if (message_.empty()) {
        message_.resize(message_length);
        have_.assign(message_length, false);
        missing_ = message_length;
    }
    // The first fragment says how long the message is; one that contradicts it is no part of it.
    if (message_length != message_.size()) return std::nullopt;

    // Where fragments overlap the later one counts, as in OpenSSL.
    std::copy(part.begin(), part.end(), message_.begin() + static_cast<std::ptrdiff_t>(offset));
    for (std::size_t i = offset; i < offset + part.size(); ++i) {
        if (have_[i]) continue;
        have_[i] = true;
        --missing_;
    }
    if (missing_ > 0) return std::nullopt;
    done_ = true;
    have_ = {};
    return std::exchange(message_, {});
}

std::optional<wire::BytesView> psk_identity(wire::BytesView client_key_exchange) {
    wire::Reader in(client_key_exchange);
    const auto length = in.u16();
    if (!length) return std::nullopt;
    return in.take(*length);
}

}  // namespace dtls
