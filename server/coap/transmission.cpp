#include "server/coap/transmission.h"

namespace coap {
namespace {

// ACK_TIMEOUT * factor * ACK_RANDOM_FACTOR, where the factor is the number of time-outs waited.
wire::Duration longest(const Transmission& t, double timeouts) {
    const std::chrono::duration<double, wire::Duration::period> longest(
        static_cast<double>(t.ack_timeout.count()) * timeouts * t.ack_random_factor);
    return std::chrono::duration_cast<wire::Duration>(longest);
}

double power_of_two(unsigned exponent) {
    double power = 1.0;
    for (unsigned i = 0; i < exponent; ++i) power *= 2.0;
    return power;
}

}  // namespace

wire::Duration Transmission::max_transmit_span() const {
    return longest(*this, power_of_two(max_retransmit) - 1.0);
}

wire::Duration Transmission::max_transmit_wait() const {
    return longest(*this, power_of_two(max_retransmit + 1) - 1.0);
}

wire::Duration Transmission::exchange_lifetime() const {
    return max_transmit_span() + 2 * max_latency + processing_delay();
}

}  // namespace coap
