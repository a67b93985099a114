#include "server/coap/transmission.h"

#include <gtest/gtest.h>

namespace coap {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// RFC 7252 §4.8.2, table 3.
TEST(CoapTransmission, DefaultsGiveTheTimesOfTheSpecification) {
    const Transmission transmission;
    EXPECT_EQ(transmission.max_transmit_span(), seconds(45));
    EXPECT_EQ(transmission.max_transmit_wait(), seconds(93));
    EXPECT_EQ(transmission.processing_delay(), seconds(2));
    EXPECT_EQ(transmission.max_rtt(), seconds(202));
    EXPECT_EQ(transmission.exchange_lifetime(), seconds(247));
    EXPECT_EQ(transmission.non_lifetime(), seconds(145));
}

TEST(CoapTransmission, EveryTimeFollowsTheParameters) {
    Transmission transmission;
    transmission.ack_timeout = milliseconds(100);
    transmission.ack_random_factor = 1.0;
    transmission.max_retransmit = 2;
    transmission.max_latency = seconds(1);
    EXPECT_EQ(transmission.max_transmit_span(), milliseconds(300));
    EXPECT_EQ(transmission.max_transmit_wait(), milliseconds(700));
    EXPECT_EQ(transmission.exchange_lifetime(), milliseconds(300 + 2000 + 100));
    EXPECT_EQ(transmission.non_lifetime(), milliseconds(1300));
}

TEST(CoapTransmission, WithoutRetransmissionTheSpanIsNothing) {
    Transmission transmission;
    transmission.max_retransmit = 0;
    EXPECT_EQ(transmission.max_transmit_span(), seconds(0));
    EXPECT_EQ(transmission.max_transmit_wait(), seconds(3));
}

}  // namespace
}  // namespace coap
