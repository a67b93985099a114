#include "server/coap/server_role.h"

#include <algorithm>

namespace coap {

void ServerRole::on_request(const Message& message, wire::BytesView datagram, wire::TimePoint now,
                            Output& out) {
    if (layer_.repeats(message, datagram, out)) return;
    // Refused by silence: nothing is remembered, so its retransmission may find room.
    if (incoming_.size() + separate_.size() >= layer_.limits().incoming ||
        !layer_.remember(message, datagram, last_incoming_ + 1, now)) {
        ++layer_.counters.overflow;
        return;
    }
    const Incoming incoming{.id = IncomingId(++last_incoming_),
                            .message_id = message.id,
                            .token = message.token,
                            .confirmable = message.type == Type::confirmable,
                            .block1 = {}};
    auto fields = read_request(message);
    if (!fields) return on_faulty_request(incoming, fields.error(), now, out);
    // Our answers fit into one block, so there is no other to ask for.
    if (fields->block2 && fields->block2->number != 0)
        return on_faulty_request(incoming, Errc::bad_block, now, out);
    if (fields->block1) return on_block(incoming, std::move(*fields), message.payload, now, out);
    if (message.payload.size() > layer_.limits().body) {
        ++layer_.counters.overflow;
        answer(incoming, {Code::request_entity_too_large, {}, {}}, now, out);
        return;
    }
    fields->request.payload.assign(message.payload.begin(), message.payload.end());
    deliver(incoming, std::move(fields->request), out);
}

void ServerRole::on_faulty_request(const Incoming& incoming, Errc error, wire::TimePoint now,
                                   Output& out) {
    ++layer_.counters.malformed;
    const auto code = answer_code(reaction(error));
    if (code && incoming.confirmable) {
        answer(incoming, {*code, {}, {}}, now, out);
    } else {
        // A Non-confirmable message is rejected by silence, RFC 7252 §4.3.
        layer_.answer_repetitions(static_cast<std::uint64_t>(incoming.id), {}, true);
    }
}

void ServerRole::on_block(Incoming incoming, RequestFields fields, wire::BytesView payload,
                          wire::TimePoint now, Output& out) {
    const Block block = *fields.block1;
    incoming.block1 = block;
    // Ours where it is the smaller one: the peer goes on with it, RFC 7959 §2.3.
    incoming.block1->szx = std::min(block.szx, szx_for(layer_.limits().block_size));
    if (block.number == 0)
        assembly_ = std::make_unique<Assembly>(Assembly{Block1Receiver(fields.request), {}});
    if (!assembly_) {
        answer(incoming, {Code::request_entity_incomplete, {}, {}}, now, out);
        return;
    }
    assembly_->forgotten_at = now + layer_.transmission().exchange_lifetime();
    auto step = assembly_->receiver.on_block(fields.request, block, payload, layer_.limits().body);
    if (std::holds_alternative<Block1Receiver::Continue>(step)) {
        answer(incoming, {Code::continue_, {}, {}}, now, out);
        return;
    }
    assembly_.reset();
    if (const auto* refuse = std::get_if<Block1Receiver::Refuse>(&step)) {
        if (refuse->code == Code::request_entity_too_large) ++layer_.counters.overflow;
        answer(incoming, {refuse->code, {}, {}}, now, out);
    } else if (auto* complete = std::get_if<Block1Receiver::Complete>(&step)) {
        fields.request.payload = std::move(complete->body);
        deliver(incoming, std::move(fields.request), out);
    }
}

void ServerRole::deliver(const Incoming& incoming, Request request, Output& out) {
    incoming_.push_back(incoming);
    out.events.emplace_back(RequestReceived{incoming.id, incoming.confirmable, std::move(request)});
}

void ServerRole::acknowledge(IncomingId id, Output& out) {
    const auto found = find(id);
    if (found == incoming_.end() || !found->confirmable || found->acknowledged) return;
    found->acknowledged = true;
    out.datagrams.push_back(encode_empty(Type::acknowledgement, found->message_id));
    layer_.answer_repetitions(static_cast<std::uint64_t>(id), out.datagrams.back(), false);
}

bool ServerRole::respond(IncomingId id, const Response& response, wire::TimePoint now,
                         Output& out) {
    const auto found = find(id);
    if (found == incoming_.end()) return false;
    const Incoming incoming = *found;
    incoming_.erase(found);
    return answer(incoming, response, now, out);
}

bool ServerRole::answer(const Incoming& incoming, const Response& response, wire::TimePoint now,
                        Output& out) {
    const bool piggybacked = incoming.confirmable && !incoming.acknowledged;
    const Type type = piggybacked            ? Type::acknowledgement
                      : incoming.confirmable ? Type::confirmable
                                             : Type::non_confirmable;
    const MessageId message_id = piggybacked ? incoming.message_id : layer_.new_message_id();
    MessageWriter writer(type, response.code, message_id, incoming.token,
                         32 + response.payload.size());
    write_options(writer, response, incoming.block1);
    writer.payload(response.payload);
    out.datagrams.push_back(writer.take());

    const wire::Bytes& datagram = out.datagrams.back();
    // After an empty ACK a repeated request gets the empty ACK again: the response has its own
    // retransmission.
    layer_.answer_repetitions(static_cast<std::uint64_t>(incoming.id),
                              piggybacked ? wire::BytesView(datagram) : wire::BytesView{}, true);
    if (type != Type::confirmable) return false;
    separate_.push_back({incoming.id, message_id, layer_.confirmable(now), datagram});
    return true;
}

bool ServerRole::settle(MessageId id, bool delivered, Output& out) {
    const auto found = std::find_if(separate_.begin(), separate_.end(),
                                    [id](const SeparateResponse& s) { return s.message_id == id; });
    if (found == separate_.end()) return false;
    out.events.emplace_back(ResponseSettled{found->id, delivered});
    separate_.erase(found);
    return true;
}

void ServerRole::on_timer(wire::TimePoint now, Output& out) {
    for (std::size_t i = 0; i < separate_.size();) {
        SeparateResponse& separate = separate_[i];
        switch (separate.confirmable.on_timer(now)) {
            case Confirmable::Due::nothing:
                ++i;
                break;
            case Confirmable::Due::retransmit:
                ++layer_.counters.retransmissions;
                out.datagrams.push_back(separate.datagram);
                ++i;
                break;
            case Confirmable::Due::give_up:
                settle(separate.message_id, false, out);
                break;
        }
    }
}

std::optional<wire::TimePoint> ServerRole::next_deadline() const {
    std::optional<wire::TimePoint> earliest;
    if (assembly_) earliest = assembly_->forgotten_at;
    for (const SeparateResponse& separate : separate_) {
        const wire::TimePoint deadline = separate.confirmable.next_deadline();
        if (!earliest || deadline < *earliest) earliest = deadline;
    }
    return earliest;
}

void ServerRole::forget_old(wire::TimePoint now) {
    if (assembly_ && assembly_->forgotten_at <= now) assembly_.reset();
}

std::size_t ServerRole::memory() const {
    std::size_t octets = assembly_ ? assembly_->receiver.memory() : 0;
    for (const SeparateResponse& separate : separate_) octets += separate.datagram.capacity();
    return octets;
}

std::vector<ServerRole::Incoming>::iterator ServerRole::find(IncomingId id) {
    return std::find_if(incoming_.begin(), incoming_.end(),
                        [id](const Incoming& i) { return i.id == id; });
}

}  // namespace coap
