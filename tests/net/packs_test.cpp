// GET /bspack over real sockets, and what follows when there is no pack.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

// Anjay's 1.2 build.
support::Habits asks_for_a_pack() {
    support::Habits habits;
    habits.asks_for_a_pack = true;
    return habits;
}

TEST(Packs, ADeviceThatAsksForOneGetsItBlockByBlock) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", true, true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials, asks_for_a_pack());
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::pack_delivered) == 1; }));
    const auto ended = daemon.told<bootstrap::Ended>();
    ASSERT_EQ(ended[0].report.operations.size(), 1U);
    EXPECT_GT(ended[0].report.operations[0].payload_size, 5000U);
    ASSERT_TRUE(daemon.run({&device}, [&] { return !device.device.executed().empty(); }));
    EXPECT_THAT(device.device.executed(), ElementsAre("GET /bspack"));
    EXPECT_TRUE(device.device.contents().contains(model::Path(3442, 0)));
    EXPECT_THAT(daemon.told<bootstrap::NotAdmitted>(), IsEmpty());
}

// "Any answer other than 2.05 makes it fall back to POST /bs": nothing to be recorded as refused.
TEST(Packs, AProfileWithoutOneServesTheDeviceTheOrdinaryWay) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials, asks_for_a_pack());
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    EXPECT_THAT(daemon.told<bootstrap::NotAdmitted>(), IsEmpty());
    EXPECT_EQ(daemon.told<bootstrap::Claim>().size(), 1U);
}

TEST(Packs, NoneLeavesUnsecured) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", false, true}});
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured, asks_for_a_pack());
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    EXPECT_THAT(daemon.told<bootstrap::NotAdmitted>(), IsEmpty());
    EXPECT_EQ(daemon.ended(Outcome::pack_delivered), 0U);
}

TEST(Packs, ADeviceThatIsNotServedIsToldSo) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", true, true}});
    support::Habits once = asks_for_a_pack();
    once.asks = 1;
    Device device("meter-2", daemon.coap(Family::v4), Transport::unsecured, once);
    device.ask();
    ASSERT_TRUE(
        daemon.run({&device}, [&] { return !daemon.told<bootstrap::NotAdmitted>().empty(); }));
    EXPECT_THAT(daemon.told<bootstrap::NotAdmitted>()[0].reason, HasSubstr("no device is called"));
}

// What is written to the log is written to standard error.
TEST(Packs, OneThatIsNotGivenIsToldToTheLogAndIsNoWarning) {
    ::testing::internal::CaptureStderr();
    {
        DaemonSide daemon(loopback_settings(), {{"meter-1", true}}, journal::Level::info);
        Device device("meter-1", daemon.coaps(Family::v4), Transport::dials, asks_for_a_pack());
        device.ask();
        EXPECT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    }
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("pack_declined"));
    EXPECT_THAT(log, HasSubstr("gives no Bootstrap-Pack"));
    EXPECT_THAT(log, ::testing::Not(HasSubstr("request_refused")));
}

}  // namespace
}  // namespace net::testing
