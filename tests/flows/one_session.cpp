#include "tests/flows/one_session.h"

#include <utility>

#include <gtest/gtest.h>

namespace flows {

using namespace std::chrono_literals;

std::vector<std::string> Story::from_server() const {
    std::vector<std::string> names;
    for (const auto& each : sent) {
        if (each.direction == support::Direction::to_device) names.push_back(each.what);
    }
    return names;
}

std::vector<std::string> Story::recorded() const {
    std::vector<std::string> names;
    for (const auto& operation : record.report.operations) {
        names.push_back(operation.method + " " + operation.path + " " +
                        (operation.code ? coap::to_string(*operation.code) : "…"));
    }
    return names;
}

Story tell(World& world, const DeviceSetup& device, const support::Contents* expected) {
    EXPECT_TRUE(world.run());
    Story story;
    const support::SimulatedDevice& it = world.device(0);
    story.state = it.state(expected != nullptr ? *expected : planned(device),
                           device.profile.delete_all && device.profile.operations.empty());
    story.contents = it.contents();
    story.executed = it.executed();
    story.operations = it.operations();
    story.requests = it.requests();
    story.request_code = it.request_code();
    story.was_read_first = it.was_read_first();
    story.sent = world.sent();
    story.sessions = world.ended().size();
    if (!world.ended().empty()) {
        story.record = world.ended().back();
        story.outcome = story.record.report.outcome;
        EXPECT_TRUE(is_permitted(*story.outcome, story.state))
            << to_string(*story.outcome) << ", and the device is " << to_string(story.state);
    }
    return story;
}

Story tell(const DeviceSetup& device, WorldSettings settings, const support::Contents* expected) {
    World world(1, std::move(settings), {device});
    world.at(0s, [&] { world.device_asks(0); });
    return tell(world, device, expected);
}

void expect_finished(const Story& story) {
    ASSERT_TRUE(story.outcome);
    EXPECT_EQ(to_string(*story.outcome), "finished") << story.record.report.cause;
    EXPECT_EQ(to_string(story.state), "complete");
}

}  // namespace flows
