#include "server/coap/client_role.h"

#include "server/coap/fields.h"

namespace coap {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

// Of messages that no request of the peer stands behind; IncomingIds begin at 1.
constexpr std::uint64_t no_owner = 0;

}  // namespace

ExchangeId ClientRole::request(Request request, const RequestBounds& bounds, wire::TimePoint now,
                               Output& out) {
    const ExchangeId id{++last_exchange_};
    exchanges_.push_back(std::make_unique<Exchange>(
        id, std::move(request), bounds, layer_.limits().block_size, layer_.limits().body, now));
    start(now, out);
    return id;
}

void ClientRole::cancel(ExchangeId id) {
    std::erase_if(exchanges_, [id](const auto& exchange) { return exchange->id() == id; });
}

void ClientRole::on_response(const Message& message, wire::BytesView datagram, wire::TimePoint now,
                             Output& out) {
    const bool confirmable = message.type == Type::confirmable;
    if (confirmable && layer_.repeats(message, datagram, out)) return;
    Exchange* exchange = under_way();
    if (!exchange || !exchange->awaits_response(message.token)) {
        ++layer_.counters.stray;
        if (confirmable) out.datagrams.push_back(encode_empty(Type::reset, message.id));
        return;
    }
    auto fields = read_response(message);
    if (!fields) {
        ++layer_.counters.malformed;
        out.datagrams.push_back(encode_empty(Type::reset, message.id));
        return advance(Exchange::Failed{Failure::bad_response}, now, out);
    }
    if (confirmable) {
        out.datagrams.push_back(encode_empty(Type::acknowledgement, message.id));
        // Its repetition must be acknowledged as well, when the exchange is over.
        if (layer_.remember(message, datagram, no_owner, now))
            layer_.answer_repetitions(no_owner, out.datagrams.back(), true);
    }
    advance(exchange->on_response(message.code, std::move(*fields), message.payload), now, out);
}

bool ClientRole::on_piggybacked(const Message& message, wire::TimePoint now, Output& out) {
    // Some devices send a second, token-less answer of the same Message ID after their reply: the
    // token has to match as well, RFC 7252 §5.3.2.
    Exchange* exchange = under_way();
    if (!exchange || exchange->message_id() != message.id ||
        !exchange->awaits_response(message.token))
        return false;
    auto fields = read_response(message);
    if (!fields) {
        ++layer_.counters.malformed;
        advance(Exchange::Failed{Failure::bad_response}, now, out);
    } else {
        advance(exchange->on_response(message.code, std::move(*fields), message.payload), now, out);
    }
    return true;
}

bool ClientRole::on_empty_acknowledgement(MessageId id, wire::TimePoint now) {
    Exchange* exchange = under_way();
    if (!exchange || !exchange->awaits_acknowledgement(id)) return false;
    exchange->on_acknowledged(now + layer_.transmission().max_transmit_wait());
    return true;
}

bool ClientRole::on_reset(MessageId id, wire::TimePoint now, Output& out) {
    const Exchange* exchange = under_way();
    if (!exchange || !exchange->awaits_acknowledgement(id)) return false;
    advance(Exchange::Failed{Failure::reset}, now, out);
    return true;
}

void ClientRole::start(wire::TimePoint now, Output& out) {
    const Exchange* exchange = under_way();
    if (exchange && exchange->is_queued()) send_next(now, out);
}

void ClientRole::send_next(wire::TimePoint now, Output& out) {
    Exchange& exchange = *under_way();
    if (const auto failure = exchange.obstacle(now))
        return advance(Exchange::Failed{*failure}, now, out);
    const Token token = layer_.new_token();
    out.datagrams.push_back(
        exchange.send(layer_.new_message_id(), token, layer_.confirmable(now), now));
}

void ClientRole::advance(Exchange::Next next, wire::TimePoint now, Output& out) {
    Exchange& exchange = *under_way();
    std::visit(
        Overloaded{
            [](const Exchange::Wait&) {}, [&](const Exchange::Send&) { send_next(now, out); },
            [&](const Exchange::Retransmit&) {
                ++layer_.counters.retransmissions;
                out.datagrams.push_back(exchange.datagram());
            },
            [&](Exchange::Answered& answered) {
                end(ResponseReceived{exchange.id(), std::move(answered.response), exchange.times()},
                    now, out);
            },
            [&](const Exchange::Failed& failed) {
                end(RequestFailed{exchange.id(), failed.failure, exchange.times()}, now, out);
            }},
        next);
}

void ClientRole::end(Event event, wire::TimePoint now, Output& out) {
    out.events.push_back(std::move(event));
    exchanges_.erase(exchanges_.begin());
    start(now, out);
}

void ClientRole::on_timer(wire::TimePoint now, Output& out) {
    // Those that wait come first: when the one under way ends, the next is sent.
    for (std::size_t i = 1; i < exchanges_.size();) {
        const Exchange& exchange = *exchanges_[i];
        const auto deadline = exchange.next_deadline(false);
        if (!deadline || now < *deadline) {
            ++i;
            continue;
        }
        const Failure failure = exchange.obstacle(now).value_or(Failure::no_answer);
        out.events.emplace_back(RequestFailed{exchange.id(), failure, exchange.times()});
        exchanges_.erase(exchanges_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    Exchange* exchange = under_way();
    if (!exchange) return;
    if (exchange->is_queued()) return start(now, out);
    advance(exchange->on_timer(now), now, out);
}

std::optional<wire::TimePoint> ClientRole::next_deadline() const {
    std::optional<wire::TimePoint> earliest;
    for (const auto& exchange : exchanges_) {
        const auto deadline = exchange->next_deadline(exchange == exchanges_.front());
        if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
    }
    return earliest;
}

std::size_t ClientRole::memory() const {
    std::size_t octets = 0;
    for (const auto& exchange : exchanges_) octets += exchange->memory();
    return octets;
}

}  // namespace coap
