#include "server/coap/confirmable.h"

namespace coap {
namespace {

// "a random duration (often not an integral number of seconds) between ACK_TIMEOUT and
// (ACK_TIMEOUT * ACK_RANDOM_FACTOR)", RFC 7252 §4.2.
wire::Duration initial_timeout(const Transmission& transmission, wire::Random& random) {
    const double factor = 1.0 + (transmission.ack_random_factor - 1.0) * random.next_unit();
    const std::chrono::duration<double, wire::Duration::period> timeout(
        static_cast<double>(transmission.ack_timeout.count()) * factor);
    return std::chrono::duration_cast<wire::Duration>(timeout);
}

}  // namespace

Confirmable::Confirmable(const Transmission& transmission, wire::Random& random,
                         wire::TimePoint now)
    : end_of_span_(now + transmission.max_transmit_span()),
      timeout_(initial_timeout(transmission, random)),
      retransmissions_left_(transmission.max_retransmit) {
    deadline_ = now + timeout_;
}

Confirmable::Due Confirmable::on_timer(wire::TimePoint now) {
    if (now < deadline_) return Due::nothing;
    // A timer that comes late must not stretch the span from which the other times are derived.
    if (retransmissions_left_ == 0 || now > end_of_span_) return Due::give_up;
    --retransmissions_left_;
    timeout_ *= 2;
    deadline_ = now + timeout_;
    return Due::retransmit;
}

}  // namespace coap
