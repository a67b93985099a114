// A thousand sessions behind links that lose, repeat and reorder, each from its seed.

#include <algorithm>
#include <array>
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

using support::Habits;

// Operations that overtake the 2.04 are taken: a device that plays dead then cannot be told from
// one that does not, whatever the server does.
Habits habits(support::SeededRandom& random) {
    Habits made;
    made.account = static_cast<model::InstanceId>(random.below(2));
    made.links = static_cast<Habits::Links>(random.below(4));
    made.merges_writes = random.chance(0.5);
    made.without_finish = static_cast<Habits::WithoutFinish>(random.below(3));
    made.missing_is_not_found = random.chance(0.5);
    made.answers_separately = random.chance(0.25);
    made.closes_after_finish = random.chance(0.5);
    made.late_finish = random.chance(0.5) ? coap::Code::changed : coap::Code::bad_request;
    if (random.chance(0.3)) made.szx = static_cast<std::uint8_t>(random.below(3));

    static constexpr std::array<std::uint16_t, 5> formats = {11542, 110, 112, 11544, 11543};
    made.pct.reset();
    if (random.chance(0.6)) made.pct = formats[random.below(formats.size())];
    made.formats = {11542};
    for (const std::uint16_t format : formats) {
        if (random.chance(0.6)) made.formats.insert(format);
    }
    if (random.chance(0.3)) made.format_refused = coap::Code::bad_request;
    made.asks_for_a_pack = random.chance(0.2);
    made.asks_again_without_pct = random.chance(0.5);
    made.tells_account = random.chance(0.3);
    made.tells_account_uri = random.chance(0.3);
    made.stray_acknowledgements = random.chance(0.2);
    made.checks_consistency = random.chance(0.5);
    made.ends_after_refused_finish = random.chance(0.2);
    // As Leshan, which then has no session to finish. That one which has gone back answered well is
    // what nobody could tell.
    if (made.ends_after_refused_finish) made.late_finish = coap::Code::bad_request;
    made.half_makes = random.chance(0.5);
    if (random.chance(0.05)) made.refuses["PUT /1/0"] = coap::Code::internal_server_error;
    made.blocks_rearm = random.chance(0.5);
    made.answers_read = random.chance(0.8);
    if (random.chance(0.3)) made.more_links = 40;
    return made;
}

provisioning::PlannedOperation operation(provisioning::OperationKind kind, model::Path path) {
    provisioning::PlannedOperation made;
    made.kind = kind;
    made.path = path;
    return made;
}

// Everything of fixed_profile(), read back.
provisioning::Profile listed(bool deletes_all) {
    using provisioning::OperationKind;
    provisioning::Profile profile = support::fixed_profile();
    profile.delete_all = deletes_all;
    if (deletes_all) {
        profile.operations.push_back(operation(OperationKind::delete_, model::Path()));
    } else {
        profile.operations.push_back(operation(OperationKind::delete_, model::Path(2)));
    }
    profile.operations.push_back(operation(OperationKind::write, model::Path()));
    profile.operations.back().everything = true;
    profile.operations.push_back(operation(OperationKind::read, model::Path(1)));
    return profile;
}

std::vector<provisioning::PlannedOperation> repair() {
    return support::profile_of(R"({"name": "r", "enabler": "1.1",
        "operations": [{"delete": "/2"}],
        "onFinishRefused": [{"write": "/1/0/7", "value": "U"}]})")
        .on_finish_refused;
}

// What the device shall hold by what left it: the binding comes with the repair alone, where the
// plan leaves it out.
support::Contents expected(const DeviceSetup& device, const bootstrap::SessionReport& report) {
    support::Contents made = planned(device);
    const auto& repair = device.profile.on_finish_refused;
    const bool was_repaired =
        std::ranges::any_of(report.operations, [](const auto& it) { return it.path == "/1/0/7"; });
    if (!repair.empty() && !was_repaired) made[{1, 0}].erase(7);
    return made;
}

Scenario scenario(std::uint64_t seed) {
    support::SeededRandom random(seed);
    Scenario made;
    made.device.secured = random.chance(0.5);
    made.device.habits = habits(random);
    switch (random.below(7)) {
        case 0:
            made.device.profile = support::fixed_profile();
            break;
        case 1:  // Discover is asked for, and the device may refuse it
            made.device.profile = support::fixed_profile();
            made.device.profile.discover = true;
            made.device.habits.discovers = static_cast<Habits::Discovers>(random.below(4));
            break;
        case 2:  // an update that leaves the rest alone
            made.device.profile = support::fixed_profile();
            made.device.profile.delete_all = false;
            break;
        case 3:  // an explicit list with Reads
            made.device.profile = listed(random.chance(0.5));
            break;
        case 4:  // a plan that a device may find inconsistent, with what to do then
            made.device.profile = listed(true);
            made.device.profile.instances[1].resources.erase(7);
            made.device.profile.on_finish_refused = repair();
            break;
        case 5:  // a pack where the device asks for one
            made.device.profile = support::fixed_profile();
            made.device.profile.enabler = model::Enabler::v1_2;
            made.device.profile.pack = true;
            break;
        default:
            made.device.profile = support::sample_profile();
            break;
    }
    if (random.chance(0.3)) {
        made.device.profile.content_format = model::ContentFormat::senml_cbor;
    }
    made.device.weather.loss = 0.3;
    made.device.weather.duplication = 0.1;
    made.device.weather.reordering = 0.1;
    made.world.icmp = random.chance(0.5);
    made.world.control_delay = random.chance(0.3) ? wire::Duration(900ms) : wire::Duration(1ms);
    if (random.chance(0.5)) made.world.peer.coap.block_size = 32;
    made.triggered = random.chance(0.3);
    made.device.habits.accepts_unasked = made.triggered;
    // Nobody can tell a device that goes back at its own 4.06 and then takes the repair for the
    // beginning of something new.
    if (made.triggered) made.device.habits.ends_after_refused_finish = false;
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
    result.sessions = world.ended().size();
    if (!world.ended().empty()) {
        result.state = world.device(0).state(expected(made.device, world.ended().back().report),
                                             made.device.profile.delete_all);
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
