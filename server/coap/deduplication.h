#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/coap/types.h"
#include "server/wire/bytes.h"
#include "server/wire/time.h"

namespace coap {

// The messages of the peer that were taken, and what they were answered by, so that a repeated one
// is answered alike and not acted on again; RFC 7252 §4.5. Bounded: when it is full the oldest
// message whose answer is decided is forgotten.
class Deduplication {
  public:
    struct Entry {
        MessageId id{};
        bool decided = false;       // the answer will not change any more
        std::uint64_t fingerprint;  // the same for all where the transport proves the peer
        std::uint64_t owner = 0;    // who may still change the answer
        wire::TimePoint forgotten_at;
        wire::Bytes answer;  // empty: none (yet)
    };

    // The entry of a message that was seen before.
    const Entry* find(MessageId, std::uint64_t fingerprint) const;
    // Remembers a message in place of what had its Message ID before. False when it is full of
    // messages that wait for their answer.
    bool remember(Entry, std::size_t limit);
    // What a repetition is answered by from now on. Nothing happens when it was forgotten.
    void answer(std::uint64_t owner, wire::BytesView datagram, bool decided);
    void forget_old(wire::TimePoint now);

    std::size_t memory() const;

  private:
    std::vector<Entry> entries_;  // in order of arrival
};

}  // namespace coap
