#pragma once

#include <cstdint>

#include "server/coap/confirmable.h"
#include "server/coap/deduplication.h"
#include "server/coap/endpoint.h"
#include "server/coap/fingerprint.h"
#include "server/coap/message.h"

namespace coap {

// What both roles of an endpoint share: Message IDs, transmission, the memory of what the peer
// sent (RFC 7252 §4). The Transmission, Limits and Random outlive it.
class MessageLayer {
  public:
    MessageLayer(const Transmission&, const Limits&, wire::Random&, Endpoint::Security);

    MessageId new_message_id() { return MessageId(next_message_id_++); }
    Token new_token();
    Confirmable confirmable(wire::TimePoint now) const { return {transmission_, random_, now}; }

    // True when the message was seen before; a Confirmable one is answered as it was then.
    bool repeats(const Message&, wire::BytesView datagram, Output&);
    // False when nothing can be forgotten in its favour.
    bool remember(const Message&, wire::BytesView datagram, std::uint64_t owner,
                  wire::TimePoint now);
    // The answer to repetitions of `owner`'s message from now on; an empty one leaves what is
    // there.
    void answer_repetitions(std::uint64_t owner, wire::BytesView answer, bool decided) {
        deduplication_.answer(owner, answer, decided);
    }
    void forget_old(wire::TimePoint now) { deduplication_.forget_old(now); }

    const Transmission& transmission() const { return transmission_; }
    const Limits& limits() const { return limits_; }
    bool is_secured() const { return security_ == Endpoint::Security::secured; }
    std::size_t memory() const { return deduplication_.memory(); }

    Counters counters;

  private:
    std::uint64_t fingerprint_of(wire::BytesView datagram) const;

    const Transmission& transmission_;
    const Limits& limits_;
    wire::Random& random_;
    Endpoint::Security security_;
    std::uint16_t next_message_id_;
    FingerprintKey fingerprint_key_{};
    Deduplication deduplication_;
};

}  // namespace coap
