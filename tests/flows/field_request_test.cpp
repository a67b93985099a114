// "The request" of what clients in the field do in a bootstrap: how they ask, and ask again.

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
using testing::ElementsAre;
using testing::SizeIs;

DeviceSetup setup(support::Habits habits = {}) {
    DeviceSetup made;
    made.profile = support::sample_profile();
    made.habits = std::move(habits);
    made.weather = support::fair_weather();
    return made;
}

bool is_request_of_device(Direction direction, wire::BytesView datagram) {
    const auto message = coap::decode(datagram);
    return direction == Direction::to_server && message && message->code == coap::Code::post;
}

// clients-in-the-field: Anjay's 1.2 build first sends GET /bspack; any answer but 2.05 makes it
// send POST /bs with pct=112.
TEST(FieldRequest, ADeviceThatGetsNoPackIsServedByItsBootstrapRequest) {
    const DeviceSetup device = setup(support::anjay_1_2());
    const Story story = tell(device);
    EXPECT_THAT(story.requests, ElementsAre("GET /bspack", "POST /bs?pct"));
    expect_finished(story);
    EXPECT_EQ(story.record.preferred_format, 112);
    EXPECT_EQ(story.record.report.content_format, 112);
}

// clients-in-the-field: a 4.xx to that makes it ask again at once without pct.
TEST(FieldRequest, ADeviceThatAsksAgainWithoutPctGetsAnAnswerOfItsOwn) {
    DeviceSetup device = setup(support::anjay_1_2());
    device.is_known = false;
    device.habits.returns_after.reset();
    const Story story = tell(device);
    EXPECT_THAT(story.requests, ElementsAre("GET /bspack", "POST /bs?pct", "POST /bs"));
    EXPECT_EQ(story.request_code, coap::Code::bad_request);
}

// clients-in-the-field: a 5.xx silences it until somebody reconnects it by hand, so a passing fault
// is bridged by an empty ACK and a separate response.
TEST(FieldRequest, ASlowAdmissionIsBridgedByAnEmptyAcknowledgement) {
    const DeviceSetup device = setup(support::anjay());
    WorldSettings settings = World::settings();
    settings.control_delay = 20s;  // each way
    const Story story = tell(device, settings);
    expect_finished(story);
    const auto from_server = story.from_server();
    ASSERT_GE(from_server.size(), 3u);
    EXPECT_EQ(from_server[0], "ACK ");
    EXPECT_TRUE(std::ranges::none_of(from_server, [](const std::string& what) {
        return what.find(" 5.") != std::string::npos;
    }));
    const auto granted = std::ranges::find(from_server, "CON 2.04");
    const auto first = std::ranges::find(from_server, "CON GET /");
    EXPECT_LT(granted, first);
    EXPECT_NE(first, from_server.end());
}

// clients-in-the-field: a Server URI that has a path or a query is sent in front of /bs.
TEST(FieldRequest, APathAndAQueryOfTheServerUriInFrontArePassedOver) {
    DeviceSetup device = setup();
    device.habits.path_in_front = {"tenant", "7"};
    device.habits.other_queries = {"region=eu"};
    expect_finished(tell(device));
}

// clients-in-the-field: query order is free; unknown ones are kept and shown.
TEST(FieldRequest, UnknownQueriesAreKeptAndShown) {
    DeviceSetup device = setup();
    device.habits.other_queries = {"extra=1", "b", "ep2=x"};
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_THAT(story.record.other_queries, ElementsAre("extra=1", "b", "ep2=x"));
}

// From 1.1 on a request need not name the endpoint: it is the DTLS identity's.
TEST(FieldRequest, WithoutAnEndpointItIsTheIdentitys) {
    DeviceSetup device = setup();
    device.secured = true;
    device.habits.names_itself = false;
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_EQ(story.record.endpoint, "a");
}

// clients-in-the-field: tinydtls clients swallow the first POST /bs during the handshake; it
// arrives two seconds later as a retransmission.
TEST(FieldRequest, ItsRetransmissionIsAsGoodAsTheFirst) {
    DeviceSetup device = setup(support::wakaama());
    device.secured = true;
    std::size_t requests = 0;
    device.weather.drops = [&](Direction direction, wire::BytesView datagram, wire::TimePoint) {
        return is_request_of_device(direction, datagram) && ++requests == 1;
    };
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_EQ(story.sessions, 1u);
    EXPECT_GE(story.record.report.operations.size(), 5u);
}

// clients-in-the-field: a refused Wakaama client returns every 70 s; Anjay doubles from 1.4 s up
// to 20 s.
TEST(FieldRequest, ARefusedDeviceMayReturnAndIsAnsweredEveryTime) {
    for (const support::Habits& habits : {support::wakaama(), support::anjay()}) {
        DeviceSetup device = setup(habits);
        device.is_known = false;
        device.habits.asks_again_without_pct = false;
        device.habits.asks = 8;
        const Story story = tell(device);
        EXPECT_THAT(story.requests, SizeIs(8));
        EXPECT_EQ(std::ranges::count(story.from_server(), "ACK 4.00"), 8);
    }
}

// clients-in-the-field: after a reboot a client may reuse the same port and the same Message ID; a
// new association begins with an empty memory of messages.
TEST(FieldRequest, ARebootedDeviceIsServedOverItsNewAssociation) {
    DeviceSetup device = setup();
    device.secured = true;
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.device_asks(0); });
    world.at(10s, [&] {
        world.open_association(0);
        world.device_reboots(0);
    });
    const Story story = tell(world, device);
    expect_finished(story);
    EXPECT_EQ(story.sessions, 2u);
    EXPECT_EQ(story.executed.size(), 8u) << "everything was done twice";
}

// Unsecured there is no association to tell them apart: other octets under the same Message ID are
// a new request.
TEST(FieldRequest, ARebootedDeviceIsServedUnsecuredToo) {
    const DeviceSetup device = setup();
    World world(1, World::settings(), {device});
    world.at(0s, [&] { world.device_asks(0); });
    world.at(10s, [&] { world.device_reboots(0); });
    const Story story = tell(world, device);
    expect_finished(story);
    EXPECT_EQ(story.sessions, 2u);
}

// clients-in-the-field: the npm-packaged Wakaama follows most of its replies with a token-less 5.00
// ACK of the same Message ID, which is to be ignored.
TEST(FieldRequest, AStraySecondAcknowledgementIsIgnored) {
    DeviceSetup device = setup(support::old_wakaama());
    device.profile = support::fixed_profile();
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_GT(
        std::ranges::count_if(story.sent, [](const auto& sent) { return sent.what == "ACK 5.00"; }),
        3);
}

}  // namespace
}  // namespace flows
