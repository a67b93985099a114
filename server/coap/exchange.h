#pragma once

#include <optional>
#include <variant>

#include "server/coap/block1_sender.h"
#include "server/coap/block2_receiver.h"
#include "server/coap/confirmable.h"
#include "server/coap/request.h"

namespace coap {

// One of our requests from its first message to its end: its messages one after the other (blocks
// of the request, then blocks of the response), each Confirmable. Says what to do next and does
// nothing itself.
class Exchange {
  public:
    struct Wait {};
    struct Send {};        // the next message: send()
    struct Retransmit {};  // datagram() again
    struct Answered {
        Response response;
    };
    struct Failed {
        Failure failure;
    };
    using Next = std::variant<Wait, Send, Retransmit, Answered, Failed>;

    Exchange(ExchangeId, Request, const RequestBounds&, std::size_t block_size,
             std::size_t body_limit, wire::TimePoint asked_at);

    // Why the next message must not leave (any more).
    std::optional<Failure> obstacle(wire::TimePoint now) const;
    // The next message, under a fresh Message ID and token.
    const wire::Bytes& send(MessageId, const Token&, const Confirmable&, wire::TimePoint now);

    // Whether an ACK or Reset of this Message ID is for its current message.
    bool awaits_acknowledgement(MessageId id) const {
        return state_ == State::awaiting_acknowledgement && id == message_id_;
    }
    bool awaits_response(const Token& token) const {
        return state_ != State::queued && token == token_;
    }
    bool is_queued() const { return state_ == State::queued; }

    // An empty ACK: the response comes by itself, until `response_deadline`.
    void on_acknowledged(wire::TimePoint response_deadline);
    Next on_response(Code, ResponseFields, wire::BytesView payload);
    Next on_timer(wire::TimePoint now);
    // A queued exchange is due at once when nothing is before it (`first`).
    std::optional<wire::TimePoint> next_deadline(bool first) const;

    ExchangeId id() const { return id_; }
    MessageId message_id() const { return message_id_; }
    const wire::Bytes& datagram() const { return datagram_; }
    const ExchangeTimes& times() const { return times_; }
    std::size_t memory() const;

  private:
    enum class State { queued, awaiting_acknowledgement, awaiting_response };

    bool may_transmit(wire::TimePoint now) const {
        return !bounds_.no_transmission_after || now <= *bounds_.no_transmission_after;
    }
    Failure failure_at_bound(wire::TimePoint now) const;

    ExchangeId id_;
    MessageId message_id_{};
    Token token_;
    State state_ = State::queued;
    bool transmission_forbidden_ = false;  // a retransmission was left out
    Request request_;
    RequestBounds bounds_;
    ExchangeTimes times_;
    wire::TimePoint deadline_;  // of what is awaited when not of confirmable_
    std::optional<Confirmable> confirmable_;
    wire::Bytes datagram_;
    Block1Sender block1_;
    Block2Receiver block2_;
};

}  // namespace coap
