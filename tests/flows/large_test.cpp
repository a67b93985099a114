// What is too long for one message goes in blocks, either way.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/flows/one_session.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using bootstrap::Outcome;
using testing::Contains;
using testing::HasSubstr;

DeviceSetup setup() {
    DeviceSetup made;
    made.profile = support::sample_profile();
    made.weather = support::fair_weather();
    return made;
}

provisioning::TemplateSingle single(model::Single value) {
    return {std::move(value)};
}

std::ptrdiff_t blocks(const Story& story, const std::string& what) {
    return std::ranges::count(story.from_server(), "CON " + what);
}

TEST(Large, AThousandResourcesArrive) {
    for (const std::uint16_t format : std::initializer_list<std::uint16_t>{11542, 110, 112}) {
        DeviceSetup device = setup();
        device.habits.pct = format;
        support::Contents expected = planned(device);
        for (model::InstanceId id = 0; id < 10; ++id) {
            provisioning::PlannedInstance& instance = device.profile.instances.emplace_back();
            instance.object = 33000;
            instance.instance = id;
            instance.pointer = "/objects";
            for (model::ResourceId resource = 0; resource < 100; ++resource) {
                const std::string text = "value " + std::to_string(id * 100 + resource);
                instance.resources[resource] = single(text);
                expected[{33000, id}][resource] = wire::to_hex(wire::as_bytes(text));
            }
        }
        const Story story = tell(device, World::settings(), &expected);
        expect_finished(story);
        EXPECT_GT(blocks(story, "PUT /33000/9"), 1);
    }
}

// A chain of certificates in a profile.
TEST(Large, AValueOf64KibArrives) {
    std::string chain(64 * 1024, '\0');
    for (std::size_t i = 0; i < chain.size(); ++i) chain[i] = static_cast<char>(i * 31 % 251);
    for (const std::uint16_t format : std::initializer_list<std::uint16_t>{11542, 112}) {
        DeviceSetup device = setup();
        device.habits.pct = format;
        provisioning::PlannedInstance& instance = device.profile.instances.emplace_back();
        instance.object = 33000;
        instance.instance = 0;
        instance.pointer = "/objects";
        instance.resources[0] = single(model::Opaque{{chain.begin(), chain.end()}});
        support::Contents expected = planned(device);
        expected[{33000, 0}][0] = wire::to_hex(wire::as_bytes(chain));
        const Story story = tell(device, World::settings(), &expected);
        expect_finished(story);
        EXPECT_EQ(blocks(story, "PUT /33000/0"), 65);
        EXPECT_GT(story.record.report.operations.at(4).payload_size, 64u * 1024);
    }
}

TEST(Large, ADiscoverAnswerOf50KibArrives) {
    DeviceSetup device = setup();
    device.habits.more_links = 3800;
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_GE(blocks(story, "GET /"), 48);
}

TEST(Large, APackOf50KibIsFetched) {
    DeviceSetup device = setup();
    device.secured = true;
    device.profile = support::fixed_profile();
    device.profile.enabler = model::Enabler::v1_2;
    device.profile.pack = true;
    device.habits.asks_for_a_pack = true;
    provisioning::PlannedInstance& instance = device.profile.instances.emplace_back();
    instance.object = 33000;
    instance.instance = 0;
    instance.pointer = "/objects";
    instance.resources[0] = single(model::Opaque{wire::Bytes(50 * 1024, 7)});
    support::Contents expected = planned(device);
    expected[{33000, 0}][0] = wire::to_hex(wire::Bytes(50 * 1024, 7));
    const Story story = tell(device, World::settings(), &expected);
    EXPECT_EQ(story.outcome, Outcome::pack_delivered) << story.record.report.cause;
    EXPECT_EQ(to_string(story.state), "complete");
    EXPECT_GT(std::ranges::count(story.from_server(), "ACK 2.05"), 50);
}

// ---- a long Write over a slow link ----

// Sixty blocks.
DeviceSetup slow(wire::Duration each_way) {
    DeviceSetup device = setup();
    device.habits.early = support::Habits::Early::takes;
    provisioning::PlannedInstance& instance = device.profile.instances.emplace_back();
    instance.object = 33000;
    instance.instance = 0;
    instance.pointer = "/objects";
    instance.resources[0] = single(model::Opaque{wire::Bytes(60 * 1024, 7)});
    device.weather.takes = [each_way](support::Direction, wire::BytesView, wire::TimePoint) {
        return std::optional(each_way);
    };
    return device;
}
support::Contents expected_of(const DeviceSetup& device) {
    support::Contents expected = planned(device);
    expected[{33000, 0}][0] = wire::to_hex(wire::Bytes(60 * 1024, 7));
    return expected;
}

TEST(LongWrite, ArrivesWhileItsBlocksLeaveInTime) {
    const DeviceSetup device = slow(1s);
    const support::Contents expected = expected_of(device);
    const Story story = tell(device, World::settings(), &expected);
    expect_finished(story);
    EXPECT_GT(story.sent.back().time, 120s);
}

// Its last block would reach a device that has rolled back meanwhile, and that takes it for the
// beginning of something new.
TEST(LongWrite, EndsTrulyWhereItTakesLongerThanTheDeviceIsSureToWait) {
    for (const bool rearms : {false, true}) {
        DeviceSetup device = slow(3s);
        device.habits.accepts_unasked = true;
        device.habits.blocks_rearm = rearms;
        const support::Contents expected = expected_of(device);
        const Story story = tell(device, World::settings(), &expected);
        EXPECT_EQ(story.outcome, Outcome::deadline_exceeded) << story.record.report.cause;
        EXPECT_THAT(story.record.report.cause, HasSubstr("WRITE /33000/0 takes longer"));
        EXPECT_EQ(to_string(story.state), "rolled_back");
    }
}

// A device that waits longer is told so in its profile.
TEST(LongWrite, HasMoreTimeWhereTheDevicesExchangeLifetimeIsLonger) {
    DeviceSetup device = slow(3s);
    device.habits.lifetime = 900s;
    device.profile.device_exchange_lifetime = 900;
    const support::Contents expected = expected_of(device);
    const Story story = tell(device, World::settings(), &expected);
    expect_finished(story);
}

}  // namespace
}  // namespace flows
