// A thousand sessions behind links that lose, repeat and reorder, each from its seed.

#include <map>

#include <gtest/gtest.h>

#include "tests/flows/expectations.h"
#include "tests/flows/world.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using bootstrap::DeviceState;
using bootstrap::Outcome;

constexpr std::uint64_t seeds = 1000;

struct Scenario {
    DeviceSetup device;
    WorldSettings world = World::settings();
    bool triggered = false;
};

support::Habits habits(support::SeededRandom& random) {
    support::Habits made;
    made.account = static_cast<model::InstanceId>(random.below(2));
    made.links = static_cast<support::Habits::Links>(random.below(4));
    made.merges_writes = random.chance(0.5);
    made.without_finish = static_cast<support::Habits::WithoutFinish>(random.below(3));
    made.missing_is_not_found = random.chance(0.5);
    made.answers_separately = random.chance(0.25);
    made.closes_after_finish = random.chance(0.5);
    made.late_finish = random.chance(0.5) ? coap::Code::changed : coap::Code::bad_request;
    if (random.chance(0.3)) made.szx = static_cast<std::uint8_t>(random.below(3));
    return made;
}

Scenario scenario(std::uint64_t seed) {
    support::SeededRandom random(seed);
    Scenario made;
    made.device.secured = random.chance(0.5);
    made.device.habits = habits(random);
    switch (random.below(4)) {
        case 0:
            made.device.profile = support::fixed_profile();
            break;
        case 1:  // Discover is asked for, and the device may refuse it
            made.device.profile = support::fixed_profile();
            made.device.profile.discover = true;
            made.device.habits.discovers = static_cast<support::Habits::Discovers>(random.below(4));
            break;
        case 2:  // an update that leaves the rest alone
            made.device.profile = support::fixed_profile();
            made.device.profile.delete_all = false;
            break;
        default:
            made.device.profile = support::sample_profile();
            break;
    }
    made.device.weather.loss = 0.3;
    made.device.weather.duplication = 0.1;
    made.device.weather.reordering = 0.1;
    made.world.icmp = random.chance(0.5);
    made.world.control_delay = random.chance(0.3) ? wire::Duration(900ms) : wire::Duration(1ms);
    if (random.chance(0.5)) made.world.peer.coap.block_size = 32;
    made.triggered = random.chance(0.3);
    made.device.habits.accepts_unasked = made.triggered;
    return made;
}

struct Finding {
    std::optional<Outcome> outcome;  // of the last session
    std::string cause;
    DeviceState state{};
    std::uint64_t hash = 0;
    std::size_t sessions = 0;
    bool came_to_rest = false;
};

Finding find_out(std::uint64_t seed) {
    const Scenario made = scenario(seed);
    World world(seed, made.world, {made.device});
    world.at(0s, [&] {
        if (!made.triggered) return world.device_asks(0);
        if (made.device.secured) world.open_association(0);
        world.attach(0, true);
    });
    Finding result;
    result.came_to_rest = world.run();
    result.hash = world.hash();
    result.state = state(world, 0, made.device);
    result.sessions = world.ended().size();
    if (!world.ended().empty()) {
        result.outcome = world.ended().back().report.outcome;
        result.cause = world.ended().back().report.cause;
    }
    return result;
}

TEST(ThousandSessions, EachEndsWithAnOutcomeThatPermitsTheDevicesState) {
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Finding result = find_out(seed);
        ASSERT_TRUE(result.came_to_rest) << "seed " << seed;
        ASSERT_TRUE(result.outcome) << "seed " << seed;
        EXPECT_TRUE(is_permitted(*result.outcome, result.state))
            << "seed " << seed << ": " << to_string(*result.outcome) << " (" << result.cause
            << "), and the device is " << to_string(result.state);
        ++seen[std::string(to_string(*result.outcome)) + ", " + to_string(result.state)];
    }
    for (const auto& [what, count] : seen) RecordProperty(what, count);
    EXPECT_GT(seen["finished, complete"], 500) << "the links are bad, not hopeless";
}

TEST(ThousandSessions, TheSameSeedGivesTheSameRunToTheLastOctet) {
    std::uint64_t together = 0;
    for (std::uint64_t seed = 1; seed <= seeds; seed += 10) {
        const Finding first = find_out(seed);
        const Finding second = find_out(seed);
        ASSERT_EQ(first.hash, second.hash) << "seed " << seed;
        ASSERT_EQ(first.outcome, second.outcome) << "seed " << seed;
        together ^= first.hash;
    }
    EXPECT_NE(together, 0u);
    EXPECT_NE(find_out(1).hash, find_out(2).hash);
}

}  // namespace
}  // namespace flows
