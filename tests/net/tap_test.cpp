#include "server/net/tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/coap/message.h"
#include "server/net/peer.h"
#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::Outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using trace::Direction;
using Family = wire::IpAddress::Family;

// One peer, and what a Tap hands up of it.
class NetTap : public ::testing::Test {
  protected:
    NetTap() {
        peer.conversation =
            std::make_unique<bootstrap::Peer>(peer_settings, random, bootstrap::Transport{});
        trace({"meter-1"});
    }
    void trace(TracedEndpoints endpoints) {
        tap.set(std::make_shared<const TracedEndpoints>(std::move(endpoints)));
    }
    static wire::Bytes request(std::string_view query) {
        coap::MessageWriter out(coap::Type::confirmable, coap::Code::post, coap::MessageId(1), {});
        out.option(coap::OptionNumber::uri_path, wire::as_bytes("bs"));
        out.option(coap::OptionNumber::uri_query, wire::as_bytes(query));
        return out.take();
    }
    // Whose the message is.
    std::vector<std::string> receive(const wire::Bytes& message) {
        seen.clear();
        tap.received(peer, {0, 1}, message);
        return seen.empty() ? std::vector<std::string>() : seen.at(0).endpoints;
    }
    std::vector<std::string> send() {
        seen.clear();
        tap.sent(peer, {0, 1}, answer);
        return seen.empty() ? std::vector<std::string>() : seen.at(0).endpoints;
    }

    const wire::Bytes answer = coap::encode_empty(coap::Type::acknowledgement, coap::MessageId(1));
    std::vector<Tapped> seen;
    const Tap::Handler handler = [this](Tapped one) { seen.push_back(std::move(one)); };
    Tap tap{handler};
    support::SeededRandom random{1};
    bootstrap::PeerSettings peer_settings;
    Peer peer;
};

TEST_F(NetTap, IsOffUntilAnEndpointIsTraced) {
    Tap off(handler);
    EXPECT_FALSE(off.is_on());
    off.set(std::make_shared<const TracedEndpoints>());
    EXPECT_FALSE(off.is_on());
    EXPECT_TRUE(tap.is_on());
    tap.set(nullptr);
    EXPECT_FALSE(tap.is_on());
}

TEST_F(NetTap, SeesTheRequestThatTellsTheEndpointAndWhatFollows) {
    peer.key.local = *wire::SocketAddress::from("192.0.2.1:5683");
    peer.key.remote = *wire::SocketAddress::from("192.0.2.2:40000");
    EXPECT_THAT(send(), IsEmpty());
    EXPECT_THAT(receive(answer), IsEmpty());
    EXPECT_THAT(receive(request("ep=meter-2")), IsEmpty());
    const wire::Bytes asked = request("ep=meter-1");
    EXPECT_THAT(receive(asked), ElementsAre("meter-1"));
    const trace::Datagram& datagram = seen[0].datagram;
    EXPECT_EQ(datagram.message, asked);
    EXPECT_EQ(datagram.direction, Direction::inbound);
    EXPECT_EQ(datagram.local, peer.key.local);
    EXPECT_EQ(datagram.remote, peer.key.remote);
    EXPECT_EQ(datagram.peer, (bootstrap::PeerRef{0, 1}));
    EXPECT_THAT(send(), ElementsAre("meter-1"));
    EXPECT_EQ(seen[0].datagram.direction, Direction::outbound);
    EXPECT_THAT(receive(answer), ElementsAre("meter-1"));
    // Another device by now.
    EXPECT_THAT(receive(request("ep=meter-2")), IsEmpty());
    EXPECT_THAT(send(), IsEmpty());
}

TEST_F(NetTap, KnowsAPeerByItsKeyOrSession) {
    Tap::know(peer, "meter-1");
    EXPECT_THAT(receive(request("pct=112")), ElementsAre("meter-1"));
    Tap::know(peer, "meter-2");
    EXPECT_THAT(receive(request("pct=112")), IsEmpty());
}

TEST_F(NetTap, LetsASessionDecideWhateverWasSaidBefore) {
    EXPECT_THAT(receive(request("ep=meter-1")), ElementsAre("meter-1"));
    Tap::know(peer, "meter-2");
    EXPECT_THAT(send(), IsEmpty());
}

TEST_F(NetTap, NamesBothWhereADeviceCallsItselfAnother) {
    trace({"meter-1", "meter-2"});
    peer.kind = Peer::Kind::established;
    Tap::know(peer, "meter-1");
    EXPECT_THAT(receive(request("ep=meter-2")), ElementsAre("meter-1", "meter-2"));
    EXPECT_THAT(send(), ElementsAre("meter-1", "meter-2"));
    trace({"meter-2"});
    EXPECT_THAT(send(), ElementsAre("meter-2"));
    // An address alone is no device's for long.
    trace({"meter-1", "meter-2"});
    peer.kind = Peer::Kind::unsecured;
    EXPECT_THAT(receive(request("ep=meter-2")), ElementsAre("meter-2"));
}

TEST_F(NetTap, ForgetsWhatWasSaidWhileNothingWasTraced) {
    EXPECT_THAT(receive(request("ep=meter-1")), ElementsAre("meter-1"));
    trace({"meter-1", "meter-2"});
    EXPECT_THAT(send(), ElementsAre("meter-1"));
    tap.set(nullptr);
    trace({"meter-1"});
    EXPECT_THAT(send(), IsEmpty());
}

TEST_F(NetTap, BearsWhatIsNoMessage) {
    for (const wire::Bytes& octets : {wire::Bytes{}, wire::Bytes{0xFF}, wire::Bytes{0x48, 1, 0, 1}})
        EXPECT_THAT(receive(octets), IsEmpty());
    Tap::know(peer, "meter-1");
    EXPECT_THAT(receive(wire::Bytes{0xFF}), ElementsAre("meter-1"));
}

// ---- through real sockets ----

bool has_text(const Tapped& tapped, std::string_view text) {
    return wire::as_text(tapped.datagram.message).find(text) != std::string_view::npos;
}

TEST(NetTrace, HasASessionFromItsRequestToTheAnswerToFinishAndNobodyElses) {
    for (const bool secured : {false, true}) {
        DaemonSide daemon(loopback_settings(), {{"meter-1", secured}, {"meter-2", secured}});
        daemon.shards->trace({"meter-1"});
        const auto server = secured ? daemon.coaps(Family::v4) : daemon.coap(Family::v4);
        const auto transport = secured ? Device::Transport::dials : Device::Transport::unsecured;
        Device traced("meter-1", server, transport);
        Device other("meter-2", server, transport);
        traced.ask();
        other.ask();
        ASSERT_TRUE(
            daemon.run({&traced, &other}, [&] { return daemon.ended(Outcome::finished) == 2; }));
        const auto seen = daemon.tapped();
        ASSERT_GE(seen.size(), 6U);
        for (const Tapped& one : seen) {
            EXPECT_THAT(one.endpoints, ElementsAre("meter-1"));
            EXPECT_EQ(one.datagram.remote, traced.socket.local());
            EXPECT_EQ(one.datagram.local, server);
            EXPECT_TRUE(coap::decode(one.datagram.message)) << "not deciphered";
        }
        EXPECT_EQ(seen.front().datagram.direction, Direction::inbound);
        EXPECT_TRUE(has_text(seen.front(), "ep=meter-1"));
        EXPECT_EQ(seen.back().datagram.direction, Direction::inbound);
        EXPECT_EQ(coap::decode(seen.back().datagram.message)->code, coap::Code::changed);

        daemon.shards->trace({});
        traced.ask();
        ASSERT_TRUE(daemon.run({&traced}, [&] { return daemon.ended(Outcome::finished) == 3; }));
        EXPECT_EQ(daemon.tapped().size(), seen.size());
    }
}

TEST(NetTrace, HasASessionThatTheDaemonBegan) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", false}});
    daemon.shards->trace({"meter-1"});
    support::Habits habits;
    habits.accepts_unasked = true;
    Device device("meter-1", daemon.coap(Family::v4), Device::Transport::unsecured, habits);
    daemon.reach(device.socket.local(), false, "meter-1", "reached");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    const auto seen = daemon.tapped();
    ASSERT_THAT(seen, Not(IsEmpty()));
    EXPECT_EQ(seen.front().datagram.direction, Direction::outbound);
    EXPECT_TRUE(coap::is_request(coap::decode(seen.front().datagram.message)->code));
    EXPECT_EQ(seen.back().datagram.direction, Direction::inbound);
}

}  // namespace
}  // namespace net::testing
