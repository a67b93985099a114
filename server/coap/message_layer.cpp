#include "server/coap/message_layer.h"

#include <array>

namespace coap {

MessageLayer::MessageLayer(const Transmission& transmission, const Limits& limits,
                           wire::Random& random, Endpoint::Security security)
    : transmission_(transmission),
      limits_(limits),
      random_(random),
      security_(security),
      next_message_id_(static_cast<std::uint16_t>(random.next_u32())) {
    if (security_ == Endpoint::Security::secured) return;
    for (std::uint64_t& word : fingerprint_key_)
        word = std::uint64_t{random_.next_u32()} << 32 | random_.next_u32();
}

Token MessageLayer::new_token() {
    std::array<std::uint8_t, 8> octets{};
    random_.fill(octets);
    return Token::from(octets).value_or(Token{});
}

bool MessageLayer::repeats(const Message& message, wire::BytesView datagram, Output& out) {
    const auto* seen = deduplication_.find(message.id, fingerprint_of(datagram));
    if (!seen) return false;
    ++counters.duplicates;
    // A Non-confirmable one is passed over, RFC 7252 §4.5.
    if (message.type == Type::confirmable && !seen->answer.empty())
        out.datagrams.push_back(seen->answer);
    return true;
}

bool MessageLayer::remember(const Message& message, wire::BytesView datagram, std::uint64_t owner,
                            wire::TimePoint now) {
    const wire::Duration lifetime = message.type == Type::confirmable
                                        ? transmission_.exchange_lifetime()
                                        : transmission_.non_lifetime();
    return deduplication_.remember({.id = message.id,
                                    .fingerprint = fingerprint_of(datagram),
                                    .owner = owner,
                                    .forgotten_at = now + lifetime,
                                    .answer = {}},
                                   limits_.deduplication_entries);
}

// Over an unsecured transport anybody may have used the Message ID first, so the octets count, too.
std::uint64_t MessageLayer::fingerprint_of(wire::BytesView datagram) const {
    if (security_ == Endpoint::Security::secured) return 0;
    return fingerprint(fingerprint_key_, datagram);
}

}  // namespace coap
