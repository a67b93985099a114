// Which message of the peer goes where, and what follows:
//
//   message                  meets                      follows
//   --------------------     ----------------------     ------------------------------------------
//   CON, NON request         nothing                    RequestReceived; 2.31; an error
//                            our answer, for a block    the block; ResponseSettled with the last
//                            itself, earlier            its answer again (CON)
//   CON, NON response        the token of ours          ACK (CON), the exchange goes on or ends
//                            itself, earlier            ACK again (CON)
//                            nothing                    Reset (CON)
//   ACK with a response      Message ID and token       the exchange goes on or ends
//   ACK, empty               our request                the response is awaited
//                            our separate response      ResponseSettled, unless blocks follow
//   Reset                    our request                RequestFailed
//                            our separate response      ResponseSettled
//   CON, empty (a ping)                                 Reset
//   ACK, Reset               nothing                    counted
//   faulty                                              reaction(Errc)

#include "server/coap/endpoint.h"

#include <algorithm>

#include "server/coap/client_role.h"
#include "server/coap/message_layer.h"
#include "server/coap/server_role.h"

namespace coap {

class Endpoint::Impl {
  public:
    Impl(const Transmission& transmission, const Limits& limits, wire::Random& random,
         Security security)
        : layer(transmission, limits, random, security), client(layer), server(layer) {}

    void receive(wire::BytesView datagram, wire::TimePoint now, Output& out);
    void on_acknowledgement(const Message&, wire::TimePoint now, Output&);
    void on_reset(const Message&, wire::TimePoint now, Output&);
    void reject(Errc, wire::BytesView datagram, Output&);
    void forget_old(wire::TimePoint now, Output& out) {
        layer.forget_old(now);
        server.forget_old(now, out);
    }

    MessageLayer layer;
    ClientRole client;
    ServerRole server;
};

void Endpoint::Impl::receive(wire::BytesView datagram, wire::TimePoint now, Output& out) {
    forget_old(now, out);
    const auto message = decode(datagram);
    if (!message) return reject(message.error(), datagram, out);
    switch (message->type) {
        case Type::acknowledgement:
            return on_acknowledgement(*message, now, out);
        case Type::reset:
            return on_reset(*message, now, out);
        case Type::confirmable:
            if (message->code == Code::empty) {  // RFC 7252 §4.3
                out.datagrams.push_back(encode_empty(Type::reset, message->id));
                return;
            }
            break;
        case Type::non_confirmable:
            if (message->code == Code::empty) {  // "MUST NOT be Empty", RFC 7252 §4.3
                ++layer.counters.malformed;
                return;
            }
            break;
    }
    if (is_request(message->code)) return server.on_request(*message, datagram, now, out);
    client.on_response(*message, datagram, now, out);
}

void Endpoint::Impl::on_acknowledgement(const Message& message, wire::TimePoint now, Output& out) {
    if (message.code == Code::empty) {
        if (client.on_empty_acknowledgement(message.id, now)) return;
        if (server.settle(message.id, true, out)) return;
    } else if (is_response(message.code)) {
        if (client.on_piggybacked(message, now, out)) return;
    }
    ++layer.counters.stray;
}

void Endpoint::Impl::on_reset(const Message& message, wire::TimePoint now, Output& out) {
    if (message.code != Code::empty) {  // "MUST be Empty", RFC 7252 §4.3
        ++layer.counters.malformed;
        return;
    }
    if (client.on_reset(message.id, now, out)) return;
    if (server.settle(message.id, false, out)) return;
    ++layer.counters.stray;
}

void Endpoint::Impl::reject(Errc error, wire::BytesView datagram, Output& out) {
    ++layer.counters.malformed;
    if (reaction(error) == Reaction::ignore) return;
    if (const auto id = confirmable_id(datagram))
        out.datagrams.push_back(encode_empty(Type::reset, *id));
}

Endpoint::Endpoint(const Transmission& transmission, const Limits& limits, wire::Random& random,
                   Security security)
    : impl_(std::make_unique<Impl>(transmission, limits, random, security)) {
    static_assert(sizeof(Impl) <= 320, "there is one for each of 20,000 open associations");
}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

void Endpoint::receive(wire::BytesView datagram, wire::TimePoint now, Output& out) {
    impl_->receive(datagram, now, out);
}

void Endpoint::on_timer(wire::TimePoint now, Output& out) {
    impl_->forget_old(now, out);
    impl_->server.on_timer(now, out);
    impl_->client.on_timer(now, out);
}

std::optional<wire::TimePoint> Endpoint::next_deadline() const {
    const auto ours = impl_->client.next_deadline();
    const auto peers = impl_->server.next_deadline();
    if (!ours || !peers) return ours ? ours : peers;
    return std::min(*ours, *peers);
}

ExchangeId Endpoint::request(Request request, const RequestBounds& bounds, wire::TimePoint now,
                             Output& out) {
    return impl_->client.request(std::move(request), bounds, now, out);
}

void Endpoint::cancel(ExchangeId id) {
    impl_->client.cancel(id);
}

void Endpoint::acknowledge(IncomingId id, Output& out) {
    impl_->server.acknowledge(id, out);
}

bool Endpoint::respond(IncomingId id, Response response, wire::TimePoint now, Output& out) {
    return impl_->server.respond(id, std::move(response), now, out);
}

bool Endpoint::withdraw(IncomingId id) {
    return impl_->server.withdraw(id);
}

const Counters& Endpoint::counters() const {
    return impl_->layer.counters;
}

std::size_t Endpoint::memory() const {
    return impl_->layer.memory() + impl_->client.memory() + impl_->server.memory();
}

}  // namespace coap
