#include "server/coap/exchange.h"

#include <algorithm>

#include "server/coap/fields.h"
#include "server/coap/message.h"

namespace coap {

Exchange::Exchange(ExchangeId id, Request request, const RequestBounds& bounds,
                   std::size_t block_size, std::size_t body_limit, wire::TimePoint asked_at)
    : id_(id),
      request_(std::move(request)),
      bounds_(bounds),
      deadline_(asked_at),
      block1_(request_.payload.size(), block_size),
      block2_(body_limit, block_size) {}

std::optional<Failure> Exchange::obstacle(wire::TimePoint now) const {
    if (!may_transmit(now)) return Failure::transmission_bound;
    if (bounds_.give_up_at && now >= *bounds_.give_up_at) return Failure::no_answer;
    return std::nullopt;
}

const wire::Bytes& Exchange::send(MessageId message_id, const Token& token,
                                  const Confirmable& confirmable, wire::TimePoint now) {
    // The request for a later block of the response repeats the options but not the body, RFC
    // 7959 §3.3.
    const auto block2 = block2_.next();
    const auto block1 = block2 ? std::nullopt : block1_.option();
    const wire::BytesView payload = block2 ? wire::BytesView{} : block1_.payload(request_.payload);

    MessageWriter writer(Type::confirmable, request_.method, message_id, token,
                         estimated_size(request_) + payload.size());
    write_options(writer, request_, block2, block1, request_.payload.size());
    writer.payload(payload);
    datagram_ = writer.take();

    if (state_ == State::queued) times_.first_sent = now;
    times_.last_block_sent = now;
    times_.last_message_repeated = false;
    message_id_ = message_id;
    token_ = token;
    confirmable_ = confirmable;
    transmission_forbidden_ = false;
    state_ = State::awaiting_acknowledgement;
    return datagram_;
}

void Exchange::on_acknowledged(wire::TimePoint response_deadline) {
    state_ = State::awaiting_response;
    deadline_ = response_deadline;
    times_.answered_once = true;
}

Exchange::Next Exchange::on_response(Code code, ResponseFields fields, wire::BytesView payload) {
    times_.answered_once = true;
    if (!block2_.next()) {
        switch (block1_.on_response(code, fields.block1)) {
            case Block1Sender::Step::send:
                return Send{};
            case Block1Sender::Step::broken:
                return Failed{Failure::bad_response};
            case Block1Sender::Step::finished:
                break;
        }
    }
    switch (block2_.on_response(code, std::move(fields), payload)) {
        case Block2Receiver::Step::ask:
            return Send{};
        case Block2Receiver::Step::complete:
            return Answered{block2_.take()};
        case Block2Receiver::Step::too_large:
            return Failed{Failure::response_too_large};
        case Block2Receiver::Step::broken:
            break;
    }
    return Failed{Failure::bad_response};
}

Exchange::Next Exchange::on_timer(wire::TimePoint now) {
    if (bounds_.give_up_at && now >= *bounds_.give_up_at) return Failed{failure_at_bound(now)};
    switch (state_) {
        case State::queued:
            return Wait{};
        case State::awaiting_response:
            if (now >= deadline_) return Failed{Failure::no_response};
            return Wait{};
        case State::awaiting_acknowledgement:
            break;
    }
    switch (confirmable_->on_timer(now)) {
        case Confirmable::Due::nothing:
            return Wait{};
        case Confirmable::Due::retransmit:
            if (!may_transmit(now)) {
                transmission_forbidden_ = true;
                return Wait{};
            }
            ++times_.retransmissions;
            times_.last_message_repeated = true;
            return Retransmit{};
        case Confirmable::Due::give_up:
            break;
    }
    return Failed{transmission_forbidden_ ? Failure::transmission_bound : Failure::no_answer};
}

std::optional<wire::TimePoint> Exchange::next_deadline(bool first) const {
    std::optional<wire::TimePoint> deadline;
    switch (state_) {
        case State::queued:
            if (first) deadline = deadline_;
            break;
        case State::awaiting_acknowledgement:
            deadline = confirmable_->next_deadline();
            break;
        case State::awaiting_response:
            deadline = deadline_;
            break;
    }
    if (!bounds_.give_up_at) return deadline;
    return deadline ? std::min(*deadline, *bounds_.give_up_at) : *bounds_.give_up_at;
}

Failure Exchange::failure_at_bound(wire::TimePoint now) const {
    if (state_ == State::awaiting_response) return Failure::no_response;
    return may_transmit(now) ? Failure::no_answer : Failure::transmission_bound;
}

std::size_t Exchange::memory() const {
    return request_.payload.capacity() + datagram_.capacity() + block2_.memory();
}

}  // namespace coap
