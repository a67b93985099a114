#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/coap/exchange.h"
#include "server/coap/message_layer.h"

namespace coap {

// Our requests to the peer: one under way, the others wait for its end (NSTART = 1, RFC 7252
// §4.7). The MessageLayer outlives it.
class ClientRole {
  public:
    explicit ClientRole(MessageLayer& layer) : layer_(layer) {}

    ExchangeId request(Request, const RequestBounds&, wire::TimePoint now, Output&);
    void cancel(ExchangeId);

    // A response that came as a message of its own.
    void on_response(const Message&, wire::BytesView datagram, wire::TimePoint now, Output&);
    // These return false when it belongs to nothing.
    bool on_piggybacked(const Message&, wire::TimePoint now, Output&);
    bool on_empty_acknowledgement(MessageId, wire::TimePoint now);
    bool on_reset(MessageId, wire::TimePoint now, Output&);

    void on_timer(wire::TimePoint now, Output&);
    std::optional<wire::TimePoint> next_deadline() const;
    std::size_t memory() const;

  private:
    void start(wire::TimePoint now, Output&);
    void send_next(wire::TimePoint now, Output&);
    void advance(Exchange::Next, wire::TimePoint now, Output&);
    void end(Event, wire::TimePoint now, Output&);
    Exchange* under_way() { return exchanges_.empty() ? nullptr : exchanges_.front().get(); }

    MessageLayer& layer_;
    std::uint64_t last_exchange_ = 0;
    std::vector<std::unique_ptr<Exchange>> exchanges_;
};

}  // namespace coap
