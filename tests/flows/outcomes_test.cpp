// Every outcome of the table, seen once in a whole session in memory.

#include <gtest/gtest.h>

#include "tests/flows/expectations.h"
#include "tests/flows/world.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using bootstrap::DeviceState;
using bootstrap::Outcome;

struct Seen {
    std::optional<Outcome> outcome;
    DeviceState state{};
};

DeviceSetup setup() {
    DeviceSetup made;
    made.profile = support::sample_profile();
    made.habits.asks = 1;
    return made;
}

// The first session that ended, and the device's state when all has come to rest.
Seen see(World& world, const DeviceSetup& device) {
    EXPECT_TRUE(world.run());
    Seen seen;
    seen.state = state(world, 0, device);
    if (!world.ended().empty()) seen.outcome = world.ended().front().report.outcome;
    return seen;
}

Seen asked(const DeviceSetup& device, WorldSettings settings = World::settings()) {
    World world(1, std::move(settings), {device});
    world.at(0s, [&] { world.device_asks(0); });
    return see(world, device);
}

Seen triggered(const DeviceSetup& device) {
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, true); });
    return see(world, device);
}

// The device asks, and at 60 ms (between the operations) something happens.
Seen disturbed(const DeviceSetup& device, const std::function<void(World&)>& disturb) {
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.device_asks(0); });
    world.at(150ms, [&] { disturb(world); });
    return see(world, device);
}

bootstrap::SessionId running(World& world) {
    return world.directory().live({}, 1).at(0).id;
}

// One way to each outcome; a new one without a way does not compile.
Seen provoke(Outcome outcome) {
    DeviceSetup device = setup();
    WorldSettings settings = World::settings();
    switch (outcome) {
        case Outcome::finished:
            return asked(device);
        case Outcome::finish_unconfirmed:
            device.weather.cut_from = 10;
            return asked(device);
        case Outcome::operation_refused:
            device.habits.refuses["PUT /1/0"] = coap::Code::bad_request;
            return asked(device);
        case Outcome::finish_refused:
            device.habits.finish_code = coap::Code::not_acceptable;
            return asked(device);
        case Outcome::device_silent:
            device.weather.cut_from = 5;
            return asked(device);
        case Outcome::plan_impossible:
            device.habits.discovers = support::Habits::Discovers::nothing;
            return asked(device);
        case Outcome::handshake_failed:
            device.secured = true;
            device.dial = DeviceSetup::Dial::refused;
            return triggered(device);
        case Outcome::expired:
            device.weather.cut_from = 0;
            return triggered(device);
        case Outcome::deadline_exceeded:
            device.weather.cut_from = 5;
            settings.peer.session.deadline = 20s;
            return asked(device, settings);
        case Outcome::superseded:
            return disturbed(device, [](World& world) { world.device_asks(0); });
        case Outcome::cancelled:
            return disturbed(device, [](World& world) { world.cancel(running(world)); });
        case Outcome::interrupted:
            return disturbed(device, [](World& world) { world.interrupt(); });
        case Outcome::not_admitted:
            device.is_known = false;
            return asked(device);
        case Outcome::pack_delivered:
            device.secured = true;
            device.profile = support::fixed_profile();
            device.profile.enabler = model::Enabler::v1_2;
            device.profile.pack = true;
            device.habits.asks_for_a_pack = true;
            return asked(device);
        case Outcome::key_share_refused:
            device.profile.wanted.secrets["key"] = {};
            device.refuses_key_shares = true;
            return asked(device);
        case Outcome::handed_over:
            device.profile.account.hands_over = true;
            device.profile.account.uri = "coaps://other.example.com";
            return asked(device);
    }
    return {};
}

TEST(Outcomes, EachOfTheTableIsSeenAndPermitsTheDevicesState) {
    for (const Outcome outcome : bootstrap::all_outcomes) {
        const Seen seen = provoke(outcome);
        ASSERT_TRUE(seen.outcome) << to_string(outcome);
        EXPECT_EQ(to_string(*seen.outcome), to_string(outcome));
        EXPECT_TRUE(is_permitted(outcome, seen.state))
            << to_string(outcome) << ": " << to_string(seen.state);
    }
}

// ---- both modes, both transports ----

TEST(Modes, AWaitingDeviceIsBootstrappedUnaskedOverItsAddress) {
    DeviceSetup device = setup();
    device.habits.accepts_unasked = true;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, true); });
    const Seen seen = see(world, device);
    EXPECT_EQ(seen.outcome, Outcome::finished);
    EXPECT_EQ(seen.state, DeviceState::complete);
    EXPECT_EQ(world.ended()[0].mode, bootstrap::Mode::server_initiated);
}

TEST(Modes, ATriggerFindsTheAssociationThatIsOpen) {
    DeviceSetup device = setup();
    device.secured = true;
    device.habits.accepts_unasked = true;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.open_association(0); });
    world.at(10s, [&] { world.attach(0, false); });
    const Seen seen = see(world, device);
    EXPECT_EQ(seen.outcome, Outcome::finished);
    EXPECT_EQ(seen.state, DeviceState::complete);
}

TEST(Modes, ATriggerThatCameFirstLeavesTheDeviceItsOwnRequest) {
    DeviceSetup device = setup();
    device.secured = true;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.attach(0, false); });
    world.at(10s, [&] { world.open_association(0); });
    world.at(12s, [&] { world.device_asks(0); });  // within `settle`
    const Seen seen = see(world, device);
    EXPECT_EQ(seen.outcome, Outcome::finished);
    ASSERT_EQ(world.ended().size(), 1u) << "nothing was begun unasked";
    EXPECT_EQ(world.ended()[0].mode, bootstrap::Mode::client_initiated);
    EXPECT_TRUE(world.ended()[0].triggered);
}

TEST(Modes, ADeviceThatListensIsDialled) {
    DeviceSetup device = setup();
    device.secured = true;
    device.dial = DeviceSetup::Dial::accepted;
    device.habits.accepts_unasked = true;
    const Seen seen = triggered(device);
    EXPECT_EQ(seen.outcome, Outcome::finished);
    EXPECT_EQ(seen.state, DeviceState::complete);
}

TEST(Modes, TheDevicesOwnRequestSupersedesTheUnaskedSessionAndInheritsTheTrigger) {
    DeviceSetup device = setup();
    device.secured = true;
    device.habits.accepts_unasked = true;
    World world(1, World::settings(), {device});
    bootstrap::SessionId trigger;
    world.at(0s, [&] { world.open_association(0); });
    world.at(
        1s, [&] { trigger = std::get<bootstrap::AttachAccepted>(world.attach(0, false)).session; });
    world.at(5100ms, [&] { world.device_asks(0); });  // `settle` is over, it has begun
    const Seen seen = see(world, device);
    EXPECT_EQ(seen.state, DeviceState::complete);
    ASSERT_EQ(world.ended().size(), 2u);
    EXPECT_EQ(world.ended()[0].report.outcome, Outcome::superseded);
    EXPECT_EQ(world.ended()[0].trigger, trigger);
    EXPECT_EQ(world.ended()[1].report.outcome, Outcome::finished);
    EXPECT_EQ(world.ended()[1].id, trigger);
}

TEST(Modes, ATriggerIsTriedAgainUntilTheDeviceCanBeHeard) {
    DeviceSetup device = setup();
    device.habits.accepts_unasked = true;
    std::size_t lost = 0;
    device.weather.drops = [&](support::Direction, wire::BytesView, wire::TimePoint) {
        return ++lost <= 8;  // the first attempt is five transmissions
    };
    const Seen seen = triggered(device);
    EXPECT_EQ(seen.outcome, Outcome::finished);
    EXPECT_EQ(seen.state, DeviceState::complete);
}

TEST(Modes, ALostAssociationEndsTheSession) {
    DeviceSetup device = setup();
    device.secured = true;
    const Seen seen =
        disturbed(device, [](World& world) { world.lose_association(0, "close_notify"); });
    EXPECT_EQ(seen.outcome, Outcome::device_silent);
    EXPECT_TRUE(is_permitted(*seen.outcome, seen.state));
}

}  // namespace
}  // namespace flows
