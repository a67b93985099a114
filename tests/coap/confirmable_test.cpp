#include "server/coap/confirmable.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Due = Confirmable::Due;

// Every time at which something is due, in milliseconds, until it is given up.
std::vector<long> schedule(const Transmission& transmission, double unit) {
    ScriptedRandom random;
    random.unit = unit;
    const wire::TimePoint start{seconds(1000)};
    Confirmable confirmable(transmission, random, start);
    std::vector<long> times;
    for (int i = 0; i < 20; ++i) {
        const wire::TimePoint now = confirmable.next_deadline();
        EXPECT_EQ(confirmable.on_timer(now - milliseconds(1)), Due::nothing);
        times.push_back(duration_cast<milliseconds>(now - start).count());
        if (confirmable.on_timer(now) == Due::give_up) return times;
    }
    ADD_FAILURE() << "never given up";
    return times;
}

// RFC 7252 §4.2: the time-out doubles, MAX_RETRANSMIT times.
TEST(CoapConfirmable, DoublesTheTimeoutFourTimes) {
    EXPECT_EQ(schedule({}, 0.0), (std::vector<long>{2000, 6000, 14000, 30000, 62000}));
}

TEST(CoapConfirmable, TheLongestTimesAreMaxTransmitSpanAndMaxTransmitWait) {
    const auto times = schedule({}, 1.0);
    ASSERT_EQ(times.size(), 5U);
    EXPECT_NEAR(static_cast<double>(times[3]), 45000, 1);
    EXPECT_NEAR(static_cast<double>(times[4]), 93000, 1);
}

TEST(CoapConfirmable, GivesUpAfterTheFirstTimeoutWithoutRetransmissions) {
    Transmission transmission;
    transmission.max_retransmit = 0;
    EXPECT_EQ(schedule(transmission, 0.0), std::vector<long>{2000});
}

TEST(CoapConfirmable, ALateTimerDoesNotStretchTheSpan) {
    ScriptedRandom random;
    const wire::TimePoint start{seconds(1000)};
    Confirmable confirmable(Transmission{}, random, start);
    EXPECT_EQ(confirmable.on_timer(start + seconds(40)), Due::retransmit);
    EXPECT_EQ(confirmable.on_timer(start + seconds(40)), Due::nothing);
    EXPECT_EQ(confirmable.on_timer(start + seconds(46)), Due::give_up);
}

}  // namespace
}  // namespace coap
