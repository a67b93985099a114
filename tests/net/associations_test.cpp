// How associations come, change and go; and every limit, reached once.
#include <functional>
#include <memory>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/net/datagram_batch.h"
#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::AssociationClosed;
using bootstrap::AssociationOpened;
using bootstrap::Claim;
using bootstrap::Ended;
using bootstrap::NotAdmitted;
using bootstrap::NotReached;
using bootstrap::Outcome;
using ::testing::HasSubstr;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

// A whole flight at once or not at all, for one who plays both ends of a socket by hand.
struct Client {
    std::shared_ptr<dtls::Context> context = std::move(*dtls::Context::make({}));
    std::unique_ptr<dtls::Connection> connection;
    dtls::Output out;

    explicit Client(const std::string& endpoint) {
        const std::string identity = "id-" + endpoint;
        connection = dtls::Connection::dial(
            context,
            {{identity.begin(), identity.end()}, model::Secret(wire::as_bytes("fedcba9876543210"))},
            out);
    }
    std::vector<wire::Bytes> flight() { return std::exchange(out.datagrams, {}); }
};

void send_all(ConnectedSocket& socket, const std::vector<wire::Bytes>& datagrams) {
    for (const wire::Bytes& datagram : datagrams) socket.send(datagram);
}

// Until the other side made it send something, or the handshake has finished.
void listen(ConnectedSocket& socket, Client& client) {
    while (client.out.datagrams.empty() && !client.out.established) {
        pollfd waiting{socket.native(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 20000), 1);
        while (const auto datagram = socket.receive())
            client.connection->receive(*datagram, client.out);
    }
}

class Associations : public ::testing::Test {
  protected:
    Settings settings = loopback_settings();
};

// ---- a rebooted device ----

// "After a reboot a client may reuse the same source port with a fresh ClientHello, and the same
// Message ID: a new association begins with an empty deduplication cache." (Both devices here have
// the same seed, and so the same Message ID.)
TEST_F(Associations, ARebootedDeviceReplacesItsAssociationFromTheSamePort) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    const wire::SocketAddress port = device.socket.local();
    device.close_socket();

    Device rebooted("meter-1", daemon.coaps(Family::v4), Transport::dials, {}, port);
    rebooted.ask();
    ASSERT_TRUE(daemon.run({&rebooted}, [&] { return daemon.ended(Outcome::finished) == 2; }));
    const auto opened = daemon.told<AssociationOpened>();
    const auto closed = daemon.told<AssociationClosed>();
    ASSERT_EQ(opened.size(), 2U);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].peer, opened[0].peer);
    EXPECT_NE(opened[1].peer, opened[0].peer);
    EXPECT_EQ(daemon.shards->counters().associations, 1U);
}

TEST_F(Associations, TheOldOneServesUntilTheNewHandshakeHasFinished) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.is_established(); }));

    // A second handshake from the same port, as far as the server's flight: its cookie is proved.
    Client second("meter-1");
    send_all(device.socket, second.flight());
    listen(device.socket, second);
    send_all(device.socket, second.flight());
    listen(device.socket, second);
    ASSERT_EQ(daemon.shards->counters().half_open, 1U);

    // Records of the old epoch still reach the old association.
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(daemon.told<AssociationClosed>().empty());

    send_all(device.socket, second.flight());
    listen(device.socket, second);
    EXPECT_TRUE(second.out.established);
    ASSERT_TRUE(daemon.run({}, [&] { return daemon.told<AssociationOpened>().size() == 2; }));
    EXPECT_EQ(daemon.told<AssociationClosed>().size(), 1U);
    EXPECT_EQ(daemon.shards->counters().handshakes_failed, 0U);
}

TEST_F(Associations, ARepeatedHelloBelongsToTheHandshakeThatItBegan) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    ConnectedSocket socket(daemon.coaps(Family::v4));
    Client client("meter-1");
    send_all(socket, client.flight());
    listen(socket, client);
    const std::vector<wire::Bytes> with_cookie = client.flight();
    send_all(socket, with_cookie);
    listen(socket, client);
    // The client has taken the server's flight; its hello comes a second time.
    send_all(socket, with_cookie);
    send_all(socket, client.flight());
    listen(socket, client);
    EXPECT_TRUE(client.out.established);
    EXPECT_EQ(daemon.lookups(), 1U);
    EXPECT_EQ(daemon.shards->counters().handshakes_failed, 0U);
}

TEST_F(Associations, ARunningSessionEndsWithTheAssociationThatIsReplaced) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] {
        return !daemon.told<AssociationOpened>().empty() && device.is_established();
    }));
    // Nobody answers the first operation.
    device.silent = true;
    const auto peer = daemon.told<AssociationOpened>()[0].peer;
    daemon.command(device.socket.local(),
                   bootstrap::Start{peer, daemon.assignment("meter-1"), "unanswered"});
    const wire::SocketAddress port = device.socket.local();
    device.close_socket();
    Device rebooted("meter-1", daemon.coaps(Family::v4), Transport::dials, {}, port);
    rebooted.open();
    ASSERT_TRUE(daemon.run({&rebooted}, [&] { return daemon.told<Ended>().size() == 1; }));
    EXPECT_EQ(daemon.told<Ended>()[0].session, "unanswered");
    EXPECT_EQ(daemon.told<Ended>()[0].peer, peer);
    EXPECT_THAT(daemon.told<Ended>()[0].report.cause, HasSubstr("new association"));
}

// ---- keys ----

TEST_F(Associations, AnUnknownIdentityIsRefused) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device stranger("meter-2", daemon.coaps(Family::v4), Transport::dials);
    stranger.ask();
    ASSERT_TRUE(daemon.run({&stranger}, [&] { return !stranger.ended.empty(); }));
    EXPECT_EQ(stranger.ended[0].ending, dtls::Ending::refused_by_peer);
    EXPECT_EQ(daemon.shards->counters().handshakes_failed, 1U);
    EXPECT_EQ(daemon.shards->counters().half_open, 0U);
}

TEST_F(Associations, AnAnswerFromAnotherThreadArrivesAtItsHandshake) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.keep_lookups();
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == 1; }));
    EXPECT_FALSE(device.is_established());
    daemon.answer_lookups();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
}

TEST_F(Associations, AnAnswerForAHandshakeThatIsGoneIsIgnored) {
    settings.limits.half_open = 1;
    DaemonSide daemon(settings, {{"meter-1", true}, {"meter-2", true}});
    daemon.keep_lookups();
    Device first("meter-1", daemon.coaps(Family::v4), Transport::dials);
    first.open();
    ASSERT_TRUE(daemon.run({&first}, [&] { return daemon.lookups() == 1; }));
    Device second("meter-2", daemon.coaps(Family::v4), Transport::dials);
    second.open();
    // The oldest half-open one had to go.
    ASSERT_TRUE(daemon.run({&second}, [&] { return daemon.lookups() == 2; }));
    EXPECT_EQ(daemon.shards->counters().evicted, 1U);
    daemon.answer_lookups();
    ASSERT_TRUE(daemon.run({&second}, [&] { return second.is_established(); }));
    EXPECT_EQ(daemon.shards->counters().handshakes_finished, 1U);
}

TEST_F(Associations, AnswersThatComeWhenTheShardsAreGoneAreIgnored) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.keep_lookups();
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.lookups() == 1; }));
    daemon.shards.reset();
    daemon.answer_lookups();
}

TEST_F(Associations, AnIdentityThatBelongsToAnotherEndpointIsNotAdmitted) {
    DaemonSide daemon(settings, {{"meter-1", true}, {"meter-2", true}});
    Device liar("meter-2", daemon.coaps(Family::v4), Transport::dials);
    liar.identity = "id-meter-1";
    liar.ask();
    ASSERT_TRUE(daemon.run({&liar}, [&] {
        return liar.device.request_code() && !daemon.told<NotAdmitted>().empty();
    }));
    EXPECT_EQ(liar.device.request_code(), coap::Code::bad_request);
    const auto refused = daemon.told<NotAdmitted>();
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].endpoint, "meter-2");
    EXPECT_TRUE(refused[0].secured);
    EXPECT_TRUE(daemon.told<Claim>().empty());
}

// ---- how they end ----

// "No close_notify follows a bootstrap: idle sessions must expire."
TEST_F(Associations, AnIdleOneIsClosed) {
    settings.limits.association_idle = std::chrono::milliseconds(50);
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] {
        return !device.ended.empty() && !daemon.told<AssociationClosed>().empty();
    }));
    EXPECT_EQ(device.ended[0].ending, dtls::Ending::closed_by_peer);
    EXPECT_EQ(daemon.shards->counters().peers, 0U);
}

TEST_F(Associations, OneWithASessionIsNotIdle) {
    settings.peer.session.transmission.ack_timeout = std::chrono::milliseconds(20);
    settings.limits.association_idle = std::chrono::milliseconds(50);
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.keep_claims();
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return !daemon.told<Claim>().empty(); }));
    device.silent = true;
    daemon.command(
        device.socket.local(),
        bootstrap::Grant{daemon.told<Claim>()[0].peer, daemon.assignment("meter-1"), "unanswered"});
    // Silence outlasts idleness, and the session has the last word.
    ASSERT_TRUE(daemon.run({&device}, [&] { return !daemon.told<AssociationClosed>().empty(); }));
    EXPECT_EQ(daemon.ended(Outcome::device_silent), 1U);
}

TEST_F(Associations, TheirPeersAreToldWhenTheShardsStop) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v6), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.is_established(); }));
    daemon.shards->stop();
    ASSERT_TRUE(daemon.run({&device}, [&] { return !device.ended.empty(); }));
    EXPECT_EQ(device.ended[0].ending, dtls::Ending::closed_by_peer);
    daemon.shards->stop();
}

TEST_F(Associations, SessionsThatRunWhenTheShardsStopAreInterrupted) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return !daemon.told<AssociationOpened>().empty(); }));
    device.silent = true;
    daemon.command(device.socket.local(),
                   bootstrap::Start{daemon.told<AssociationOpened>()[0].peer,
                                    daemon.assignment("meter-1"), "running"});
    daemon.shards->stop();
    EXPECT_EQ(daemon.ended(Outcome::interrupted), 1U);
}

// ---- limits ----

TEST_F(Associations, WhenFullTheOldestIdleOneMakesRoom) {
    settings.limits.associations = 1;
    DaemonSide daemon(settings, {{"meter-1", true}, {"meter-2", true}});
    Device first("meter-1", daemon.coaps(Family::v4), Transport::dials);
    Device second("meter-2", daemon.coaps(Family::v4), Transport::dials);
    first.open();
    ASSERT_TRUE(daemon.run({&first}, [&] { return daemon.told<AssociationOpened>().size() == 1; }));
    second.open();
    ASSERT_TRUE(daemon.run({&first, &second},
                           [&] { return daemon.told<AssociationOpened>().size() == 2; }));
    ASSERT_EQ(daemon.told<AssociationClosed>().size(), 1U);
    EXPECT_EQ(daemon.told<AssociationClosed>()[0].peer, daemon.told<AssociationOpened>()[0].peer);
    EXPECT_EQ(daemon.shards->counters().evicted, 1U);
    EXPECT_EQ(daemon.shards->counters().associations, 1U);
}

TEST_F(Associations, WhenFullOfSessionsNobodyElseComesIn) {
    settings.limits.associations = 1;
    DaemonSide daemon(settings, {{"meter-1", true}, {"meter-2", true}});
    daemon.keep_claims();
    Device first("meter-1", daemon.coaps(Family::v4), Transport::dials);
    first.ask();
    ASSERT_TRUE(daemon.run({&first}, [&] { return daemon.told<Claim>().size() == 1; }));
    Device second("meter-2", daemon.coaps(Family::v4), Transport::dials);
    second.open();
    ASSERT_TRUE(daemon.run({&second}, [&] { return daemon.shards->counters().dropped_limit > 0; }));
    EXPECT_FALSE(second.is_established());
    EXPECT_EQ(daemon.shards->counters().half_open, 0U);
}

TEST_F(Associations, ARebootedDeviceTakesItsOwnPlaceWhenAllAreTaken) {
    settings.limits.associations = 1;
    settings.limits.associations_per_prefix = 1;
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.keep_claims();
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<Claim>().size() == 1; }));
    const wire::SocketAddress port = device.socket.local();
    device.close_socket();
    Device rebooted("meter-1", daemon.coaps(Family::v4), Transport::dials, {}, port);
    rebooted.ask();
    ASSERT_TRUE(daemon.run({&rebooted}, [&] { return daemon.told<Claim>().size() == 2; }));
    EXPECT_EQ(daemon.shards->counters().dropped_limit, 0U);
}

TEST_F(Associations, OneSubscriberHasNoMoreThanItsShare) {
    settings.limits.associations_per_prefix = 1;
    DaemonSide daemon(settings, {{"meter-1", true}, {"meter-2", true}});
    Device first("meter-1", daemon.coaps(Family::v4), Transport::dials);
    first.open();
    ASSERT_TRUE(daemon.run({&first}, [&] { return first.is_established(); }));
    Device second("meter-2", daemon.coaps(Family::v4), Transport::dials);
    second.open();
    ASSERT_TRUE(daemon.run({&second}, [&] { return daemon.shards->counters().dropped_limit > 0; }));
    // Another network is not concerned.
    Device elsewhere("meter-2", daemon.coaps(Family::v6), Transport::dials);
    elsewhere.open();
    ASSERT_TRUE(daemon.run({&elsewhere}, [&] { return elsewhere.is_established(); }));
}

TEST_F(Associations, UnsecuredPeersAreBounded) {
    settings.limits.unsecured_peers = 1;
    DaemonSide daemon(settings, {{"meter-1", false}, {"meter-2", false}, {"meter-3", false}});
    Device first("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    first.ask();
    ASSERT_TRUE(daemon.run({&first}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    daemon.keep_claims();
    // The first is idle and makes room; the second is not, and the third stays outside.
    Device second("meter-2", daemon.coap(Family::v4), Transport::unsecured);
    second.ask();
    ASSERT_TRUE(daemon.run({&second}, [&] { return daemon.told<Claim>().size() == 2; }));
    Device third("meter-3", daemon.coap(Family::v4), Transport::unsecured);
    third.ask();
    ASSERT_TRUE(daemon.run({&third}, [&] { return daemon.shards->counters().dropped_limit > 0; }));
    EXPECT_EQ(daemon.shards->counters().evicted, 1U);
    EXPECT_EQ(daemon.shards->counters().peers, 1U);
}

TEST_F(Associations, NewLimitsTakeEffectWhileItRuns) {
    DaemonSide daemon(settings, {{"meter-1", false}});
    settings.limits.unsecured_peers = 0;
    daemon.shards->reconfigure(settings.limits);
    Device device("meter-1", daemon.coap(Family::v4), Transport::unsecured);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.shards->counters().dropped_limit > 0; }));
    EXPECT_TRUE(daemon.told<Claim>().empty());
}

TEST_F(Associations, AFloodFromOneAddressIsCutOff) {
    settings.limits.datagrams_per_second_per_peer = 5;
    DaemonSide daemon(settings, {{"meter-1", true}});
    ConnectedSocket flood(daemon.coaps(Family::v4));
    for (int i = 0; i < 100; ++i) flood.send(wire::as_bytes("no record"));
    ASSERT_TRUE(
        daemon.run({}, [&] { return daemon.shards->counters().datagrams_received == 100; }));
    const Counters counters = daemon.shards->counters();
    EXPECT_GT(counters.dropped_rate, 50U);
    EXPECT_GE(counters.dropped_malformed, 10U);
    EXPECT_EQ(counters.peers, 0U);
}

TEST_F(Associations, StrangersDatagramsAreCountedAndLeaveNothingBehind) {
    DaemonSide daemon(settings, {});
    ConnectedSocket plain(daemon.coap(Family::v4));
    plain.send(wire::Bytes{0x60, 0x00, 0x12, 0x34});        // an ACK that nobody waits for
    plain.send(wire::Bytes{0x62, 0x45, 0x12, 0x34, 1, 2});  // a 2.05 likewise
    plain.send(wire::Bytes{0xFF, 0xFF});                    // no CoAP
    plain.send(wire::Bytes(max_datagram + 1, 0x40));        // too long
    ConnectedSocket secured(daemon.coaps(Family::v4));
    wire::Bytes record{23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0};
    secured.send(record);  // of an association that is not there
    record[0] = 77;
    secured.send(record);  // no record at all
    ASSERT_TRUE(daemon.run({}, [&] {
        const Counters counters = daemon.shards->counters();
        return counters.dropped_unknown == 4 && counters.dropped_malformed == 2;
    }));
    EXPECT_EQ(daemon.shards->counters().peers, 0U);
    EXPECT_EQ(daemon.shards->counters().datagrams_sent, 0U);
}

}  // namespace
}  // namespace net::testing
