// "Server-initiated" of what clients in the field do in a bootstrap. More of both modes is in
// outcomes_test.cpp; which socket and address the daemon speaks from is tests/net's.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/flows/one_session.h"
#include "tests/support/clients.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using support::Direction;

DeviceSetup setup(support::Habits habits, bool secured) {
    DeviceSetup made;
    made.profile = support::sample_profile();
    made.habits = std::move(habits);
    made.secured = secured;
    made.weather = support::fair_weather();
    return made;
}

// clients-in-the-field: Anjay sends nothing during its hold-off, so that the daemon needs the
// device's address and port from the trigger.
TEST(FieldUnasked, AnUnsecuredDeviceInItsHoldOffIsReachedByTheTriggersAddress) {
    DeviceSetup device = setup(support::anjay(), false);
    device.habits.accepts_unasked = true;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, true); });
    const Story story = tell(world, device);
    expect_finished(story);
    EXPECT_TRUE(story.requests.empty());
    EXPECT_EQ(story.record.mode, bootstrap::Mode::server_initiated);
}

// clients-in-the-field: with DTLS they open the handshake themselves and wait: a trigger has to
// find that association, also when it came before the association did.
TEST(FieldUnasked, AnAssociationThatWaitsIsFoundByATriggerBeforeAndAfterIt) {
    for (const bool trigger_first : {true, false}) {
        DeviceSetup device = setup(support::wakaama(), true);
        device.habits.accepts_unasked = true;
        World world(1, World::settings(), {device});
        world.at(trigger_first ? 0s : 10s, [&] { world.attach(0, false); });
        world.at(trigger_first ? 10s : 0s, [&] { world.open_association(0); });
        const Story story = tell(world, device);
        expect_finished(story);
        EXPECT_EQ(story.record.mode, bootstrap::Mode::server_initiated);
    }
}

// clients-in-the-field: from 1.1 on the LwM2M Server executes /1/x/9, upon which the device sends
// an ordinary POST /bs, 1.4 s later.
TEST(FieldUnasked, ADeviceThatWasToldByItsServerIsServedByItsOwnRequest) {
    const DeviceSetup device = setup(support::anjay(), true);
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, false); });
    world.at(1400ms, [&] { world.device_asks(0); });
    const Story story = tell(world, device);
    expect_finished(story);
    EXPECT_EQ(story.sessions, 1u);
    EXPECT_EQ(story.record.mode, bootstrap::Mode::client_initiated);
}

// The same where the daemon has that server asked.
TEST(FieldUnasked, ADeviceIsReachedThroughItsLwm2mServer) {
    DeviceSetup device = setup(support::anjay(), true);
    device.profile.through = provisioning::Through{"dm", 0};
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, false); });
    const Story story = tell(world, device);
    expect_finished(story);
    EXPECT_EQ(story.sessions, 1u);
    EXPECT_TRUE(story.record.triggered);
    EXPECT_EQ(story.record.attempts, 1u);
}

TEST(FieldUnasked, ADeviceWhoseServerCannotSendItIsWaitedForUntilTheWindowCloses) {
    for (const auto server : {DeviceSetup::Server::fails, DeviceSetup::Server::sends_nobody}) {
        DeviceSetup device = setup(support::anjay(), true);
        device.profile.through = provisioning::Through{"dm", 0};
        device.server = server;
        World world(1, World::settings(), {device});
        world.at(0s, [&] { world.attach(0, false); });
        const Story story = tell(world, device);
        EXPECT_EQ(story.outcome, bootstrap::Outcome::expired);
        EXPECT_EQ(story.record.attempts, 20u) << "once a minute for twenty minutes";
    }
}

// clients-in-the-field: Wakaama, in hold-off, extends its deadline only at the second operation: do
// not pause after the first.
TEST(FieldUnasked, TheSecondOperationFollowsTheAnswerToTheFirstAtOnce) {
    DeviceSetup device = setup(support::wakaama(), false);
    device.habits.accepts_unasked = true;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, true); });
    const Story story = tell(world, device);
    expect_finished(story);
    const auto time_of = [&](std::string_view what) {
        return std::ranges::find(story.sent, what, &World::Sent::what)->time;
    };
    // 20 ms there and 20 ms back.
    EXPECT_EQ(time_of("CON DELETE /") - time_of("CON GET /"), 40ms);
    EXPECT_EQ(time_of("CON PUT /0/1") - time_of("CON DELETE /"), 40ms);
}

}  // namespace
}  // namespace flows
