// "Finish and after" of what clients in the field do in a bootstrap. What a lost Finish leads to is
// in losses_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/flows/one_session.h"
#include "tests/support/clients.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using bootstrap::DeviceState;
using bootstrap::Outcome;
using support::Habits;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

DeviceSetup setup(Habits habits, provisioning::Profile profile) {
    DeviceSetup made;
    made.profile = std::move(profile);
    made.habits = std::move(habits);
    made.weather = support::fair_weather();
    return made;
}

// Leaves the Server Instance without its binding, and says what to do then.
provisioning::Profile with_repair() {
    auto profile = support::profile_of(R"({
        "name": "repaired", "enabler": "1.1",
        "operations": [{"delete": "/2"}, {"write": "/1/0/0", "value": 101}],
        "onFinishRefused": [
            {"write": "/1/0/1", "value": 3600},
            {"write": "/1/0/6", "value": true},
            {"write": "/1/0/7", "value": "U"}]})");
    return profile;
}
support::Contents repaired() {
    return {{model::Path(1, 0), {{0, "65"}, {1, "0e10"}, {6, "01"}, {7, "55"}}}};
}

// clients-in-the-field: 4.06 keeps the session open on the device; corrected Writes and a second
// Finish are possible.
TEST(FieldFinish, ARefusedOneIsFollowedByTheRepairAndASecond) {
    const support::Contents expected = repaired();
    const Story story = tell(setup(support::anjay(), with_repair()), World::settings(), &expected);
    expect_finished(story);
    EXPECT_THAT(story.recorded(), Contains("FINISH /bs 4.06"));
    EXPECT_EQ(story.recorded().back(), "FINISH /bs 2.04");
    EXPECT_THAT(story.record.report.notes, Contains(HasSubstr("the repair follows")));
}

// Leshan's client ends its session after its own 4.06: what follows is refused, and told.
TEST(FieldFinish, ADeviceThatEndsAtItsOwn406RefusesTheRepair) {
    DeviceSetup device = setup(support::leshan(), with_repair());
    device.habits.checks_consistency = true;
    const support::Contents expected = repaired();
    const Story story = tell(device, World::settings(), &expected);
    EXPECT_EQ(story.outcome, Outcome::operation_refused);
    EXPECT_THAT(story.record.report.cause, HasSubstr("a FINISH that was answered 4.06"));
}

// clients-in-the-field: typical causes with Anjay. Each is told by the plan's own check, or at
// least as what the device said.
TEST(FieldFinish, WhatTheDeviceMissesIsTold) {
    struct Case {
        const char* what;
        std::size_t instance;
        model::ResourceId resource;
    };
    for (const Case& it :
         {Case{"no URI", 0, 0}, Case{"no Short Server ID", 0, 10}, Case{"mode left out", 0, 2},
          Case{"no key", 0, 5}, Case{"no Short Server ID of the server", 1, 0},
          Case{"no lifetime", 1, 1}, Case{"no notification storing", 1, 6},
          Case{"no binding", 1, 7}}) {
        auto profile = support::sample_profile();
        profile.instances[it.instance].resources.erase(it.resource);
        const support::Contents nothing;
        const Story story = tell(setup(support::anjay(), profile), World::settings(), &nothing);
        ASSERT_TRUE(story.outcome) << it.what;
        EXPECT_EQ(to_string(*story.outcome), "finish_refused") << it.what;
        EXPECT_THAT(story.record.report.notes, Not(SizeIs(0))) << it.what;
        EXPECT_THAT(story.record.report.cause, HasSubstr("FINISH was answered 4.06: ")) << it.what;
    }
}

// clients-in-the-field: without Finish Anjay rolls back and stays silent, Wakaama restores /0 and
// /1; the change request's reading keeps everything.
TEST(FieldFinish, WithoutOneTheOutcomeLeavesOpenWhatBecameOfTheDevice) {
    const std::pair<Habits::WithoutFinish, DeviceState> cases[] = {
        {Habits::WithoutFinish::rolls_back, DeviceState::rolled_back},
        {Habits::WithoutFinish::restores_accounts, DeviceState::rolled_back},
        {Habits::WithoutFinish::keeps, DeviceState::complete}};
    for (const auto& [habit, state] : cases) {
        DeviceSetup device = setup(support::anjay(), support::sample_profile());
        device.habits.without_finish = habit;
        device.weather.cut_from = 10;  // the Finish
        const Story story = tell(device);
        EXPECT_EQ(story.outcome, Outcome::finish_unconfirmed);
        EXPECT_EQ(to_string(story.state), to_string(state));
    }
}

// clients-in-the-field: the Finish timer is re-armed by every operation, so that a session of many
// slow operations may take longer than EXCHANGE_LIFETIME.
TEST(FieldFinish, TheTimerBeginsAgainAtEveryOperation) {
    auto profile = support::sample_profile();
    provisioning::PlannedInstance more;
    more.object = 33000;
    more.pointer = "/objects/33000";
    for (model::InstanceId id = 0; id < 6; ++id) {
        more.instance = id;
        more.resources = {{0, provisioning::TemplateSingle(model::Single(std::string("x")))}};
        profile.instances.push_back(more);
    }
    DeviceSetup device = setup(support::anjay(), profile);
    device.habits.early = Habits::Early::takes;
    device.weather.takes = [](support::Direction, wire::BytesView, wire::TimePoint) {
        return std::optional<wire::Duration>(20s);
    };
    support::Contents expected = planned(device);
    for (model::InstanceId id = 0; id < 6; ++id) expected[{33000, id}] = {{0, "78"}};
    const Story story = tell(device, World::settings(), &expected);
    expect_finished(story);
    EXPECT_GT(story.sent.back().time, 247s);
}

}  // namespace
}  // namespace flows
