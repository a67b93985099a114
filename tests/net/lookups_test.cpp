// Devices that are looked up: late, in vain, by nobody, too many.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::Claim;
using bootstrap::NotAdmitted;
using bootstrap::Outcome;
using ::testing::HasSubstr;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

class Lookups : public ::testing::Test {
  protected:
    Settings settings = loopback_settings();
};

TEST_F(Lookups, ARequestWaitsForItsAnswer) {
    DaemonSide daemon(settings, {{"meter-1", false}});
    daemon.keep_lookups();
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == 1; }));
    EXPECT_FALSE(device.device.request_code());
    EXPECT_EQ(daemon.shards->counters().lookups, 1U);
    daemon.answer_lookups();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    EXPECT_EQ(daemon.lookups(), 1U);
    EXPECT_EQ(daemon.shards->counters().lookups, 0U);
}

TEST_F(Lookups, ARequestIsAskedAboutAgainWhileNobodyCanTell) {
    DaemonSide daemon(settings, {{"meter-1", false}});
    daemon.keep_lookups();
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.ask();
    for (std::size_t asked = 1; asked <= 2; ++asked) {
        ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == asked; }));
        daemon.answer_unavailable();
    }
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == 3; }));
    daemon.answer_lookups();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_EQ(daemon.shards->counters().lookups_failed, 2U);
    EXPECT_TRUE(daemon.told<NotAdmitted>().empty());
}

TEST_F(Lookups, ARequestThatNobodyCouldTellAboutIsGivenUpInTheEnd) {
    settings.peer.separate_after = std::chrono::milliseconds(100);
    settings.peer.admission_wait = std::chrono::milliseconds(1500);
    DaemonSide daemon(settings, {{"meter-1", false}});
    daemon.keep_lookups();
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == 1; }));
    daemon.answer_unavailable();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.device.request_code().has_value(); }));
    EXPECT_EQ(device.device.request_code(), coap::Code::service_unavailable);
    // Whatever comes now is for nobody.
    daemon.answer_lookups();
    Device next("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    next.ask();
    ASSERT_TRUE(daemon.run({&next}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_EQ(daemon.told<Claim>().size(), 1U);
}

TEST_F(Lookups, AHandshakeThatNobodyCanTellAboutIsGivenUpWithoutAnAlert) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.keep_lookups();
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == 1; }));
    daemon.answer_unavailable();
    ASSERT_TRUE(
        daemon.run({&device}, [&] { return daemon.shards->counters().lookups_failed == 1; }));
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.shards->counters().peers == 0; }));
    EXPECT_EQ(daemon.shards->counters().handshakes_failed, 1U);
    EXPECT_TRUE(device.ended.empty());
    // It tries again.
    Device again("meter-1", daemon.coaps(Family::v4), Transport::dials);
    again.ask();
    ASSERT_TRUE(daemon.run({&again}, [&] { return daemon.lookups() == 2; }));
    daemon.answer_lookups();
    ASSERT_TRUE(daemon.run({&again}, [&] { return daemon.ended(Outcome::finished) == 1; }));
}

TEST_F(Lookups, ADisabledDeviceHasNoKey) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.disable("meter-1");
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return !device.ended.empty(); }));
    EXPECT_EQ(device.ended[0].ending, dtls::Ending::refused_by_peer);
    EXPECT_EQ(daemon.shards->counters().handshakes_finished, 0U);
}

TEST_F(Lookups, ADeviceThatIsDisabledWhileItsAssociationIsOpenIsRefused) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.is_established(); }));
    daemon.disable("meter-1");
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] {
        return device.device.request_code() && !daemon.told<NotAdmitted>().empty();
    }));
    EXPECT_EQ(device.device.request_code(), coap::Code::bad_request);
    EXPECT_THAT(daemon.told<NotAdmitted>()[0].reason, HasSubstr("is disabled"));
}

TEST_F(Lookups, AboveTheLimitNobodyIsAsked) {
    settings.limits.lookups = 1;
    DaemonSide daemon(settings, {{"meter-1", false}, {"meter-2", false}});
    daemon.keep_lookups();
    Device first("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    first.ask();
    ASSERT_TRUE(daemon.run({&first}, [&] { return daemon.lookups() == 1; }));
    Device second("meter-2", daemon.coap(Family::v4), Transport::unsecured);
    second.ask();
    ASSERT_TRUE(
        daemon.run({&second}, [&] { return daemon.shards->counters().lookups_failed == 1; }));
    EXPECT_EQ(daemon.lookups(), 1U);
    // A second later there is room.
    daemon.answer_lookups();
    ASSERT_TRUE(
        daemon.run({&first, &second}, [&] { return daemon.ended(Outcome::finished) == 2; }));
}

}  // namespace
}  // namespace net::testing
