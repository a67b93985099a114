#pragma once

#include "server/coap/transmission.h"
#include "server/wire/random.h"
#include "server/wire/time.h"

namespace coap {

// The transmissions of one Confirmable message, RFC 7252 §4.2: when it is sent again and when it
// is given up.
class Confirmable {
  public:
    enum class Due { nothing, retransmit, give_up };

    // Sent for the first time now.
    Confirmable(const Transmission&, wire::Random&, wire::TimePoint now);

    wire::TimePoint next_deadline() const { return deadline_; }
    Due on_timer(wire::TimePoint now);

  private:
    wire::TimePoint deadline_;
    wire::TimePoint end_of_span_;  // no retransmission after it, MAX_TRANSMIT_SPAN
    wire::Duration timeout_;
    unsigned retransmissions_left_;
};

}  // namespace coap
