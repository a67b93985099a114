#include "server/coap/server_role.h"

#include <algorithm>

namespace coap {
namespace {

// Who asked over an unsecured transport may be somebody else than it seems.
constexpr std::size_t largest_amplification = 3;

wire::Bytes encode(Type type, Code code, MessageId id, const Token& token,
                   const ResponseOptions& options, wire::BytesView payload) {
    MessageWriter writer(type, code, id, token, 48 + payload.size());
    write_options(writer, options);
    writer.payload(payload);
    return writer.take();
}

}  // namespace

void ServerRole::on_request(const Message& message, wire::BytesView datagram, wire::TimePoint now,
                            Output& out) {
    if (layer_.repeats(message, datagram, out)) return;
    // Refused by silence: nothing is remembered, so its retransmission may find room.
    if (incoming_.size() + separate_.size() >= layer_.limits().incoming ||
        !layer_.remember(message, datagram, last_incoming_ + 1, now)) {
        ++layer_.counters.overflow;
        return;
    }
    Incoming incoming{.id = IncomingId(++last_incoming_),
                      .message_id = message.id,
                      .token = message.token,
                      .confirmable = message.type == Type::confirmable,
                      .size = datagram.size()};
    auto fields = read_request(message);
    if (!fields) return on_faulty_request(incoming, fields.error(), now, out);
    if (fields->block2 && fields->block2->number != 0) {
        // A part of the request cannot ask for a part of its answer, RFC 7959 §3.3.
        if (fields->block1) return on_faulty_request(incoming, Errc::bad_block, now, out);
        return on_fetch(incoming, *fields, now, out);
    }
    incoming.block2 = fields->block2;
    if (fields->block1)
        return on_block(std::move(incoming), std::move(*fields), message.payload, now, out);
    if (message.payload.size() > layer_.limits().body) {
        ++layer_.counters.overflow;
        return send_code(incoming, Code::request_entity_too_large, now, out);
    }
    fields->request.payload.assign(message.payload.begin(), message.payload.end());
    deliver(std::move(incoming), std::move(*fields), out);
}

void ServerRole::on_faulty_request(const Incoming& incoming, Errc error, wire::TimePoint now,
                                   Output& out) {
    ++layer_.counters.malformed;
    const auto code = answer_code(reaction(error));
    if (code && incoming.confirmable) {
        send_code(incoming, *code, now, out);
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
    if (!assembly_) return send_code(incoming, Code::request_entity_incomplete, now, out);
    assembly_->forgotten_at = now + layer_.transmission().exchange_lifetime();
    auto step = assembly_->receiver.on_block(fields.request, block, payload, layer_.limits().body);
    if (std::holds_alternative<Block1Receiver::Continue>(step))
        return send_code(incoming, Code::continue_, now, out);
    assembly_.reset();
    if (const auto* refuse = std::get_if<Block1Receiver::Refuse>(&step)) {
        if (refuse->code == Code::request_entity_too_large) ++layer_.counters.overflow;
        send_code(incoming, refuse->code, now, out);
    } else if (auto* complete = std::get_if<Block1Receiver::Complete>(&step)) {
        fields.request.payload = std::move(complete->body);
        deliver(std::move(incoming), std::move(fields), out);
    }
}

void ServerRole::on_fetch(const Incoming& incoming, const RequestFields& fields,
                          wire::TimePoint now, Output& out) {
    if (!held_ || !same_resource(held_->request, fields.request)) {
        ++layer_.counters.stray_blocks;
        return send_code(incoming, Code::request_entity_incomplete, now, out);
    }
    if (fields.block2->offset() >= held_->sender.size()) {
        ++layer_.counters.stray_blocks;
        return send_code(incoming, Code::bad_request, now, out);
    }
    // Who asks for a later block has the first one, whatever became of its acknowledgement.
    forget_separate(held_->id);
    held_->forgotten_at = now + layer_.transmission().exchange_lifetime();
    send_part(incoming, *fields.block2, now, out);
    if (!held_->sender.is_done()) return;
    out.events.emplace_back(ResponseSettled{held_->id, true});
    held_.reset();
}

void ServerRole::deliver(Incoming incoming, RequestFields fields, Output& out) {
    const IncomingId id = incoming.id;
    const bool confirmable = incoming.confirmable;
    wire::Bytes payload = std::exchange(fields.request.payload, {});
    incoming.request = fields.request;
    incoming_.push_back(std::move(incoming));
    fields.request.payload = std::move(payload);
    out.events.emplace_back(RequestReceived{id, confirmable, std::move(fields.request)});
}

void ServerRole::acknowledge(IncomingId id, Output& out) {
    const auto found = find(id);
    if (found == incoming_.end() || !found->confirmable || found->acknowledged) return;
    found->acknowledged = true;
    out.datagrams.push_back(encode_empty(Type::acknowledgement, found->message_id));
    layer_.answer_repetitions(static_cast<std::uint64_t>(id), out.datagrams.back(), false);
}

bool ServerRole::respond(IncomingId id, Response response, wire::TimePoint now, Output& out) {
    const auto found = find(id);
    if (found == incoming_.end()) return false;
    const Incoming incoming = std::move(*found);
    incoming_.erase(found);
    const std::size_t wanted = incoming.block2 ? incoming.block2->size() : max_block_size;
    if (response.payload.size() > std::min(wanted, layer_.limits().block_size))
        return begin_blocks(incoming, std::move(response), now, out);
    if (held_ && same_resource(held_->request, incoming.request)) drop_held(out);
    ResponseOptions options;
    options.content_format = response.content_format;
    options.block1 = incoming.block1;
    const Left left = send(incoming, response.code, options, response.payload, now, out);
    if (left.replaced) tell_replaced(id, left, out);
    return left.separate || left.replaced;
}

bool ServerRole::begin_blocks(const Incoming& incoming, Response response, wire::TimePoint now,
                              Output& out) {
    drop_held(out);
    if (response.payload.size() > layer_.limits().answers) {
        ++layer_.counters.overflow;
        ResponseOptions options;
        options.block1 = incoming.block1;
        Left left = send(incoming, Code::internal_server_error, options, {}, now, out);
        tell_replaced(incoming.id, left, out);
        return true;
    }
    // An aggregate that does not move, which std::make_unique of Clang 14 cannot make.
    // NOLINTNEXTLINE(modernize-make-unique)
    held_.reset(new Held{incoming.id,
                         incoming.request,
                         {std::move(response), layer_.limits().block_size},
                         now + layer_.transmission().exchange_lifetime()});
    const Left left = send_part(incoming, incoming.block2.value_or(Block{}), now, out);
    if (left.replaced) {
        held_.reset();
        tell_replaced(incoming.id, left, out);
    } else if (left.separate) {
        separate_.back().then = SeparateResponse::Then::fetched;
    }
    return true;
}

ServerRole::Left ServerRole::send_part(const Incoming& incoming, const Block& wanted,
                                       wire::TimePoint now, Output& out) {
    Block2Sender& sender = held_->sender;
    const auto part = sender.part(wanted);
    if (!part) {
        send_code(incoming, Code::bad_request, now, out);
        return {};
    }
    ResponseOptions options;
    options.etag = sender.etag();
    options.content_format = sender.content_format();
    options.block2 = part->block;
    options.block1 = incoming.block1;
    if (part->block.number == 0) options.size2 = static_cast<std::uint32_t>(sender.size());
    return send(incoming, sender.code(), options, part->payload, now, out);
}

void ServerRole::send_code(const Incoming& incoming, Code code, wire::TimePoint now, Output& out) {
    ResponseOptions options;
    options.block1 = incoming.block1;
    send(incoming, code, options, {}, now, out);
}

ServerRole::Left ServerRole::send(const Incoming& incoming, Code code,
                                  const ResponseOptions& options, wire::BytesView payload,
                                  wire::TimePoint now, Output& out) {
    const bool piggybacked = incoming.confirmable && !incoming.acknowledged;
    const Type type = piggybacked            ? Type::acknowledgement
                      : incoming.confirmable ? Type::confirmable
                                             : Type::non_confirmable;
    const MessageId message_id = piggybacked ? incoming.message_id : layer_.new_message_id();
    Left left{.separate = type == Type::confirmable};
    wire::Bytes datagram = encode(type, code, message_id, incoming.token, options, payload);
    if (!layer_.is_secured() && datagram.size() > largest_amplification * incoming.size) {
        ++layer_.counters.cut_answers;
        // An empty success would be a lie; an error says all that matters by its code.
        left.replaced = is_success(code);
        ResponseOptions fewest;
        fewest.block1 = options.block1;
        datagram = encode(type, left.replaced ? Code::internal_server_error : code, message_id,
                          incoming.token, fewest, {});
    }
    out.datagrams.push_back(std::move(datagram));
    const wire::Bytes& sent = out.datagrams.back();
    // After an empty ACK a repeated request gets the empty ACK again: the response has its own
    // retransmission.
    layer_.answer_repetitions(static_cast<std::uint64_t>(incoming.id),
                              piggybacked ? wire::BytesView(sent) : wire::BytesView{}, true);
    if (left.separate)
        separate_.push_back({incoming.id, message_id, layer_.confirmable(now), sent});
    return left;
}

void ServerRole::tell_replaced(IncomingId id, Left left, Output& out) {
    if (left.separate)
        separate_.back().then = SeparateResponse::Then::replaced;
    else
        out.events.emplace_back(ResponseSettled{id, false});
}

void ServerRole::drop_held(Output& out) {
    if (!held_) return;
    ++layer_.counters.lost_answers;
    out.events.emplace_back(ResponseSettled{held_->id, false});
    forget_separate(held_->id);
    held_.reset();
}

bool ServerRole::forget_separate(IncomingId id) {
    return std::erase_if(separate_, [id](const SeparateResponse& s) { return s.id == id; }) > 0;
}

bool ServerRole::withdraw(IncomingId id) {
    const bool was_separate = forget_separate(id);
    if (!held_ || held_->id != id) return was_separate;
    held_.reset();
    return true;
}

bool ServerRole::settle(MessageId message_id, bool acknowledged, Output& out) {
    const auto found =
        std::find_if(separate_.begin(), separate_.end(),
                     [&](const SeparateResponse& s) { return s.message_id == message_id; });
    if (found == separate_.end()) return false;
    const IncomingId id = found->id;
    const SeparateResponse::Then then = found->then;
    separate_.erase(found);
    switch (then) {
        case SeparateResponse::Then::delivered:
            out.events.emplace_back(ResponseSettled{id, acknowledged});
            break;
        case SeparateResponse::Then::replaced:
            out.events.emplace_back(ResponseSettled{id, false});
            break;
        case SeparateResponse::Then::fetched:
            if (!acknowledged) drop_held(out);
            break;
    }
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
    const auto keep = [&earliest](wire::TimePoint deadline) {
        if (!earliest || deadline < *earliest) earliest = deadline;
    };
    if (assembly_) keep(assembly_->forgotten_at);
    if (held_) keep(held_->forgotten_at);
    for (const SeparateResponse& separate : separate_) keep(separate.confirmable.next_deadline());
    return earliest;
}

void ServerRole::forget_old(wire::TimePoint now, Output& out) {
    if (assembly_ && assembly_->forgotten_at <= now) assembly_.reset();
    if (held_ && held_->forgotten_at <= now) drop_held(out);
}

std::size_t ServerRole::memory() const {
    std::size_t octets = assembly_ ? assembly_->receiver.memory() : 0;
    if (held_) octets += held_->sender.memory();
    for (const SeparateResponse& separate : separate_) octets += separate.datagram.capacity();
    return octets;
}

std::vector<ServerRole::Incoming>::iterator ServerRole::find(IncomingId id) {
    return std::find_if(incoming_.begin(), incoming_.end(),
                        [id](const Incoming& i) { return i.id == id; });
}

}  // namespace coap
