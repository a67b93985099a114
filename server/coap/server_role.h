#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/coap/block1_receiver.h"
#include "server/coap/fields.h"
#include "server/coap/message_layer.h"

namespace coap {

// The peer's requests and our answers to them: piggybacked, or separate and sent again until they
// are acknowledged; RFC 7252 §5.2. The MessageLayer outlives it.
class ServerRole {
  public:
    explicit ServerRole(MessageLayer& layer) : layer_(layer) {}

    void on_request(const Message&, wire::BytesView datagram, wire::TimePoint now, Output&);
    void acknowledge(IncomingId, Output&);
    // True when the answer is separate and Confirmable.
    bool respond(IncomingId, const Response&, wire::TimePoint now, Output&);
    // An ACK or Reset; false when it is for no separate response.
    bool settle(MessageId, bool delivered, Output&);

    void on_timer(wire::TimePoint now, Output&);
    std::optional<wire::TimePoint> next_deadline() const;
    void forget_old(wire::TimePoint now);
    std::size_t memory() const;

  private:
    // A request of the peer before respond().
    struct Incoming {
        IncomingId id{};
        MessageId message_id{};
        Token token;
        bool confirmable = true;
        bool acknowledged = false;
        std::optional<Block> block1;  // what the answer says of it
    };
    // Our answer to one after an empty ACK, until it is acknowledged itself.
    struct SeparateResponse {
        IncomingId id;
        MessageId message_id;
        Confirmable confirmable;
        wire::Bytes datagram;
    };
    // A block-wise request that is not complete yet: one at a time, the newest.
    struct Assembly {
        Block1Receiver receiver;
        wire::TimePoint forgotten_at;
    };

    void on_faulty_request(const Incoming&, Errc, wire::TimePoint now, Output&);
    void on_block(Incoming, RequestFields, wire::BytesView payload, wire::TimePoint now, Output&);
    void deliver(const Incoming&, Request, Output&);
    bool answer(const Incoming&, const Response&, wire::TimePoint now, Output&);
    std::vector<Incoming>::iterator find(IncomingId);

    MessageLayer& layer_;
    std::uint64_t last_incoming_ = 0;
    std::vector<Incoming> incoming_;
    std::vector<SeparateResponse> separate_;
    std::unique_ptr<Assembly> assembly_;
};

}  // namespace coap
