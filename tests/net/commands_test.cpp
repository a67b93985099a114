// What the Directory asks of a shard, above all when it comes too late.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::AssociationOpened;
using bootstrap::Claim;
using bootstrap::Ended;
using bootstrap::NotReached;
using bootstrap::Outcome;
using bootstrap::PeerRef;
using bootstrap::Session;
using ::testing::HasSubstr;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

const wire::SocketAddress nobody = *wire::SocketAddress::from("127.0.0.1:9");

class Commands : public ::testing::Test {
  protected:
    Settings settings = loopback_settings();
};

TEST_F(Commands, StartOverAnAssociationThatTheDeviceOpened) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    support::Habits habits;
    habits.accepts_unasked = true;
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials, habits);
    device.open();
    ASSERT_TRUE(
        daemon.run({&device}, [&] { return daemon.told<AssociationOpened>().size() == 1; }));
    daemon.command(device.socket.local(),
                   bootstrap::Start{daemon.told<AssociationOpened>()[0].peer,
                                    daemon.assignment("meter-1"), "started"});
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    EXPECT_EQ(daemon.told<Ended>()[0].session, "started");
}

TEST_F(Commands, ThatNameAPeerWhichIsGoneAreAnswered) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    const auto assignment = daemon.assignment("meter-1");
    daemon.shards->send(0, {bootstrap::Grant{{0, 77}, assignment, "granted"},
                            bootstrap::Start{{0, 77}, assignment, "started"},
                            bootstrap::Deny{{0, 77}, coap::Code::bad_request, "late"},
                            bootstrap::Stop{{0, 77}, "stopped", Session::Stop::cancelled, ""}});
    ASSERT_TRUE(daemon.run({}, [&] { return daemon.told<Ended>().size() == 1; }));
    EXPECT_EQ(daemon.told<Ended>()[0].session, "stopped");
    EXPECT_FALSE(daemon.told<Ended>()[0].report.outcome);
    const auto not_reached = daemon.told<NotReached>();
    ASSERT_EQ(not_reached.size(), 2U);
    EXPECT_EQ(not_reached[0].session, "granted");
    EXPECT_EQ(not_reached[1].session, "started");
    EXPECT_FALSE(not_reached[1].final_outcome);
}

TEST_F(Commands, DenyAnswersTheRequest) {
    DaemonSide daemon(settings, {{"meter-1", false}});
    daemon.keep_claims();
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<Claim>().size() == 1; }));
    daemon.command(device.socket.local(),
                   bootstrap::Deny{daemon.told<Claim>()[0].peer, coap::Code::service_unavailable,
                                   "the daemon stops"});
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.device.request_code().has_value(); }));
    EXPECT_EQ(device.device.request_code(), coap::Code::service_unavailable);
}

TEST_F(Commands, StopEndsARunningSession) {
    DaemonSide daemon(settings, {{"meter-1", false}});
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.silent = true;
    daemon.reach(device.socket.local(), false, "meter-1", "unheard");
    // As the Directory does for a session whose peer it was not told of.
    daemon.command(device.socket.local(),
                   bootstrap::Stop{PeerRef{}, "unheard", Session::Stop::cancelled, "by hand"});
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::cancelled) == 1; }));
    EXPECT_EQ(daemon.told<Ended>()[0].report.cause, "by hand");
}

TEST_F(Commands, AReachThatNobodyHearsEndsSilent) {
    settings.peer.session.transmission.ack_timeout = std::chrono::milliseconds(10);
    DaemonSide daemon(settings, {{"meter-1", false}});
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.silent = true;
    daemon.reach(device.socket.local(), false, "meter-1", "unheard");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::device_silent) == 1; }));
    const auto report = daemon.told<Ended>()[0].report;
    EXPECT_FALSE(report.device_answered);
    ASSERT_EQ(report.operations.size(), 1U);
    EXPECT_GT(report.operations[0].retransmissions, 0U);
    EXPECT_EQ(daemon.shards->counters().retransmissions, report.operations[0].retransmissions);
}

TEST_F(Commands, ReachWithoutASocketForItSaysWhy) {
    settings.coap = {*wire::SocketAddress::from("127.0.0.1:0")};
    DaemonSide daemon(settings, {{"meter-1", false}});
    daemon.reach(*wire::SocketAddress::from("[::1]:9"), false, "meter-1", "no-way");
    ASSERT_TRUE(daemon.run({}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_THAT(daemon.told<NotReached>()[0].cause, HasSubstr("nothing listens for coap"));
}

TEST_F(Commands, AnAddressThatIsBusyIsNotReachedTwice) {
    DaemonSide daemon(settings, {{"meter-1", false}, {"meter-2", false}});
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.silent = true;
    daemon.reach(device.socket.local(), false, "meter-1", "first");
    daemon.reach(device.socket.local(), false, "meter-2", "second");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(daemon.told<NotReached>()[0].session, "second");
    EXPECT_THAT(daemon.told<NotReached>()[0].cause, HasSubstr("busy"));
}

// ---- dialling ----

TEST_F(Commands, ADialThatTheDeviceRefusesIsFinal) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::listens);
    device.identity = "somebody else";
    daemon.reach(device.socket.local(), true, "meter-1", "refused");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(daemon.told<NotReached>()[0].session, "refused");
    EXPECT_EQ(daemon.told<NotReached>()[0].final_outcome, Outcome::handshake_failed);
    EXPECT_EQ(daemon.shards->counters().peers, 0U);
}

TEST_F(Commands, ADialThatNobodyAnswersIsNot) {
    settings.dtls.handshake_timeout = std::chrono::milliseconds(100);
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::listens);
    device.silent = true;
    daemon.reach(device.socket.local(), true, "meter-1", "unanswered");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(daemon.told<NotReached>()[0].session, "unanswered");
    EXPECT_FALSE(daemon.told<NotReached>()[0].final_outcome);
    EXPECT_EQ(daemon.shards->counters().handshakes_failed, 1U);
}

TEST_F(Commands, DiallingIsRefusedWhileAnAssociationIsOpen) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(
        daemon.run({&device}, [&] { return daemon.told<AssociationOpened>().size() == 1; }));
    daemon.reach(device.socket.local(), true, "meter-1", "dialled");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(daemon.told<NotReached>()[0].session, "dialled");
    EXPECT_THAT(daemon.told<NotReached>()[0].cause, HasSubstr("is open"));
}

TEST_F(Commands, ADialThatIsUnderWayCanBeStopped) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::listens);
    device.silent = true;
    daemon.reach(device.socket.local(), true, "meter-1", "dialled");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.shards->counters().half_open == 1; }));
    daemon.command(device.socket.local(),
                   bootstrap::Stop{PeerRef{}, "dialled", Session::Stop::cancelled, "by hand"});
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::cancelled) == 1; }));
    EXPECT_EQ(daemon.told<Ended>()[0].session, "dialled");
    EXPECT_TRUE(daemon.told<NotReached>().empty());
    EXPECT_EQ(daemon.shards->counters().peers, 0U);
}

TEST_F(Commands, ADeviceThatOpensAnAssociationItselfSupersedesTheDial) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.silent = true;
    daemon.reach(device.socket.local(), true, "meter-1", "dialled");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.shards->counters().half_open == 1; }));
    device.silent = false;
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    ASSERT_EQ(daemon.told<NotReached>().size(), 1U);
    EXPECT_EQ(daemon.told<NotReached>()[0].session, "dialled");
    EXPECT_FALSE(daemon.told<NotReached>()[0].final_outcome);
    EXPECT_EQ(daemon.told<AssociationOpened>().size(), 1U);
}

}  // namespace
}  // namespace net::testing
