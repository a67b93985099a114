#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/coap/block1_receiver.h"
#include "server/coap/block2_sender.h"
#include "server/coap/fields.h"
#include "server/coap/message_layer.h"

namespace coap {

// The peer's requests and our answers to them: piggybacked, or separate and sent again until they
// are acknowledged (RFC 7252 §5.2), whole or fetched block by block (RFC 7959 §2.4). The
// MessageLayer outlives it.
class ServerRole {
  public:
    explicit ServerRole(MessageLayer& layer) : layer_(layer) {}

    void on_request(const Message&, wire::BytesView datagram, wire::TimePoint now, Output&);
    void acknowledge(IncomingId, Output&);
    // True when ResponseSettled belongs to the answer.
    bool respond(IncomingId, Response, wire::TimePoint now, Output&);
    bool withdraw(IncomingId);
    // An ACK or Reset; false when it is for no separate response.
    bool settle(MessageId, bool delivered, Output&);

    void on_timer(wire::TimePoint now, Output&);
    std::optional<wire::TimePoint> next_deadline() const;
    void forget_old(wire::TimePoint now, Output&);
    std::size_t memory() const;

  private:
    // A request of the peer before respond().
    struct Incoming {
        IncomingId id{};
        MessageId message_id{};
        Token token;
        bool confirmable = true;
        bool acknowledged = false;
        std::size_t size = 0;           // octets of its (last) message
        std::optional<Block> block1{};  // what the answer says of it
        std::optional<Block> block2{};  // the size that it asked for
        Request request{};              // without its payload
    };
    // Our answer to one after an empty ACK, until it is acknowledged itself.
    struct SeparateResponse {
        // What its acknowledgement means for the answer.
        enum class Then { delivered, fetched, replaced };
        IncomingId id;
        MessageId message_id;
        Confirmable confirmable;
        wire::Bytes datagram;
        Then then = Then::delivered;
    };
    // A block-wise request that is not complete yet: one at a time, the newest.
    struct Assembly {
        Block1Receiver receiver;
        wire::TimePoint forgotten_at;
    };
    // An answer that the peer fetches: one at a time, the newest.
    struct Held {
        IncomingId id;
        Request request;
        Block2Sender sender;
        wire::TimePoint forgotten_at;
    };
    // How an answer left.
    struct Left {
        bool separate = false;
        bool replaced = false;  // by 5.00
    };

    void on_faulty_request(const Incoming&, Errc, wire::TimePoint now, Output&);
    void on_block(Incoming, RequestFields, wire::BytesView payload, wire::TimePoint now, Output&);
    void on_fetch(const Incoming&, const RequestFields&, wire::TimePoint now, Output&);
    void deliver(Incoming, RequestFields, Output&);
    bool begin_blocks(const Incoming&, Response, wire::TimePoint now, Output&);
    Left send_part(const Incoming&, const Block& wanted, wire::TimePoint now, Output&);
    Left send(const Incoming&, Code, const ResponseOptions&, wire::BytesView payload,
              wire::TimePoint now, Output&);
    void send_code(const Incoming&, Code, wire::TimePoint now, Output&);
    // Of an answer that 5.00 took the place of.
    void tell_replaced(IncomingId, Left, Output&);
    void drop_held(Output&);
    bool forget_separate(IncomingId);
    std::vector<Incoming>::iterator find(IncomingId);

    MessageLayer& layer_;
    std::uint64_t last_incoming_ = 0;
    std::vector<Incoming> incoming_;
    std::vector<SeparateResponse> separate_;
    std::unique_ptr<Assembly> assembly_;
    std::unique_ptr<Held> held_;
};

}  // namespace coap
