#pragma once

#include "server/wire/time.h"

namespace coap {

// The transmission parameters and every time derived from them, RFC 7252 §4.8.
struct Transmission {
    wire::Duration ack_timeout = std::chrono::seconds(2);
    double ack_random_factor = 1.5;
    unsigned max_retransmit = 4;
    wire::Duration max_latency = std::chrono::seconds(100);

    // From the first transmission of a Confirmable message to its last retransmission. 45 s.
    wire::Duration max_transmit_span() const;
    // From the first transmission to giving up on an answer. 93 s.
    wire::Duration max_transmit_wait() const;
    // PROCESSING_DELAY = ACK_TIMEOUT. 2 s.
    wire::Duration processing_delay() const { return ack_timeout; }
    wire::Duration max_rtt() const { return 2 * max_latency + processing_delay(); }
    // How long a Message ID may not be used again. 247 s.
    wire::Duration exchange_lifetime() const;
    // The same for a Non-confirmable message. 145 s.
    wire::Duration non_lifetime() const { return max_transmit_span() + max_latency; }
};

}  // namespace coap
