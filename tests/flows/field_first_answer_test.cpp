// "The 2.04 first" of what clients in the field do in a bootstrap.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/coap/message.h"
#include "tests/flows/one_session.h"
#include "tests/support/clients.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using support::Direction;

DeviceSetup setup(support::Habits habits) {
    DeviceSetup made;
    made.profile = support::sample_profile();
    made.habits = std::move(habits);
    made.weather = support::fair_weather();
    return made;
}

// clients-in-the-field: operations may only start once the 2.04 has left. Wakaama otherwise rolls
// back while answering well to everything; Anjay takes an early one as the cancel of its request.
TEST(FieldFirstAnswer, NoOperationIsAheadOfIt) {
    for (const support::Habits& habits : {support::wakaama(), support::anjay()}) {
        const Story story = tell(setup(habits));
        expect_finished(story);
        EXPECT_EQ(story.from_server().at(0), "ACK 2.04");
    }
}

// A separate 2.04 is a message that may be lost: the operations wait for its acknowledgement.
TEST(FieldFirstAnswer, OperationsWaitUntilASeparateOneWasAcknowledged) {
    for (const support::Habits& habits : {support::wakaama(), support::anjay()}) {
        DeviceSetup device = setup(habits);
        std::size_t answers = 0;
        device.weather.drops = [&](Direction direction, wire::BytesView datagram, wire::TimePoint) {
            const auto message = coap::decode(datagram);
            return direction == Direction::to_device && message->code == coap::Code::changed &&
                   ++answers <= 3;
        };
        WorldSettings settings = World::settings();
        settings.control_delay = 2s;
        const Story story = tell(device, settings);
        expect_finished(story);
        EXPECT_EQ(answers, 4u);
        const auto from_server = story.from_server();
        const auto last_answer = std::find(from_server.rbegin(), from_server.rend(), "CON 2.04");
        const auto first = std::find(from_server.rbegin(), from_server.rend(), "CON GET /");
        EXPECT_GT(last_answer, first) << "the first operation came after the last 2.04";
    }
}

// clients-in-the-field: Anjay counts a Read as its first operation as an error in hold-off. Begin
// with Discover, Delete or Write.
TEST(FieldFirstAnswer, NoReadComesFirst) {
    for (const bool secured : {false, true}) {
        DeviceSetup device = setup(support::anjay());
        device.secured = secured;
        device.profile = support::profile_of(R"({
            "name": "reads", "enabler": "1.1",
            "operations": [{"discover": "/0"}, {"read": "/1"}, {"finish": true}]})");
        const support::Contents nothing;
        const Story story = tell(device, World::settings(), &nothing);
        expect_finished(story);
        EXPECT_FALSE(story.was_read_first);
    }
}

}  // namespace
}  // namespace flows
