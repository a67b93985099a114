#include "server/net/peer_table.h"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace net {
namespace {

using Kind = Peer::Kind;

wire::TimePoint at(int seconds) {
    return wire::TimePoint(std::chrono::hours(1)) + std::chrono::seconds(seconds);
}
PeerKey from(const std::string& remote) {
    return {*wire::SocketAddress::from("192.0.2.1:5684"), *wire::SocketAddress::from(remote)};
}

class PeerTableTest : public ::testing::Test {
  protected:
    support::SeededRandom random{1};
    PeerTable peers{random};
    const PeerKey key = from("198.51.100.1:1000");
};

TEST_F(PeerTableTest, TheLocalAddressIsPartOfTheKey) {
    Peer& peer = peers.add(key, 0, Kind::half_open);
    PeerKey other = key;
    other.local.ip = *wire::IpAddress::from("192.0.2.2");
    EXPECT_EQ(peers.current(key), &peer);
    EXPECT_EQ(peers.current(other), nullptr);
}

TEST_F(PeerTableTest, ASuccessorTakesThePlaceOfTheOneThatGoes) {
    Peer& old = peers.add(key, 0, Kind::half_open);
    peers.established(old);
    Peer& young = peers.add(key, 0, Kind::half_open);
    EXPECT_EQ(peers.slot(key)->current, &old);
    EXPECT_EQ(peers.slot(key)->successor, &young);
    peers.remove(old);
    EXPECT_EQ(peers.slot(key)->current, &young);
    EXPECT_EQ(peers.slot(key)->successor, nullptr);
    peers.established(young);
    EXPECT_EQ(peers.established_count(), 1U);
    peers.remove(young);
    EXPECT_EQ(peers.slot(key), nullptr);
    EXPECT_EQ(peers.size(), 0U);
}

TEST_F(PeerTableTest, ASuccessorThatFailsLeavesTheOldOneWhereItWas) {
    Peer& old = peers.add(key, 0, Kind::half_open);
    peers.established(old);
    peers.remove(peers.add(key, 0, Kind::half_open));
    EXPECT_EQ(peers.slot(key)->current, &old);
    EXPECT_EQ(peers.slot(key)->successor, nullptr);
}

TEST_F(PeerTableTest, AnIdIsNeverUsedTwice) {
    Peer& first = peers.add(key, 0, Kind::unsecured);
    const std::uint64_t id = first.id;
    peers.remove(first);
    peers.sweep();
    EXPECT_NE(peers.add(key, 0, Kind::unsecured).id, id);
    EXPECT_EQ(peers.find(id), nullptr);
}

TEST_F(PeerTableTest, WhoWasRemovedLivesUntilItIsSwept) {
    Peer& peer = peers.add(key, 0, Kind::unsecured);
    peers.remove(peer);
    EXPECT_TRUE(peer.gone);
    peers.remove(peer);
    EXPECT_EQ(peers.unsecured(), 0U);
}

TEST_F(PeerTableTest, TheOldestIdleIsTheOneLongestUnused) {
    Peer& a = peers.add(from("198.51.100.1:1"), 0, Kind::unsecured);
    Peer& b = peers.add(from("198.51.100.1:2"), 0, Kind::unsecured);
    Peer& c = peers.add(from("198.51.100.1:3"), 0, Kind::unsecured);
    EXPECT_EQ(peers.oldest_idle(Kind::unsecured), nullptr);
    peers.set_idle(a, at(1));
    peers.set_idle(b, at(2));
    peers.set_idle(c, at(3));
    peers.set_idle(a, at(4));
    EXPECT_EQ(peers.oldest_idle(Kind::unsecured), &b);
    peers.set_busy(b);
    EXPECT_EQ(peers.oldest_idle(Kind::unsecured), &c);
    peers.remove(c);
    EXPECT_EQ(peers.oldest_idle(Kind::unsecured), &a);
    EXPECT_EQ(peers.oldest_idle(Kind::established), nullptr);
}

TEST_F(PeerTableTest, HalfOpenOnesStandInOrderOfAgeUntilTheirHandshakeEnds) {
    Peer& a = peers.add(from("198.51.100.1:1"), 0, Kind::half_open);
    Peer& b = peers.add(from("198.51.100.1:2"), 0, Kind::half_open);
    EXPECT_EQ(peers.oldest_half_open(), &a);
    peers.established(a);
    EXPECT_EQ(peers.oldest_half_open(), &b);
    EXPECT_EQ(peers.half_open(), 1U);
    peers.set_idle(a, at(1));
    EXPECT_EQ(peers.oldest_idle(Kind::established), &a);
}

TEST_F(PeerTableTest, AssociationsAreCountedBySubscriberPrefix) {
    Peer& first = peers.add(from("198.51.100.1:1"), 0, Kind::half_open);
    peers.add(from("198.51.100.200:1"), 0, Kind::half_open);
    peers.add(from("[2001:db8:1::1]:1"), 0, Kind::half_open);
    peers.add(from("[2001:db8:1:ffff::1]:1"), 0, Kind::half_open);
    peers.add(from("198.51.100.3:1"), 0, Kind::unsecured);
    EXPECT_EQ(peers.in_prefix_of(*wire::IpAddress::from("198.51.100.77")), 2U);
    EXPECT_EQ(peers.in_prefix_of(*wire::IpAddress::from("198.51.101.1")), 0U);
    EXPECT_EQ(peers.in_prefix_of(*wire::IpAddress::from("2001:db8:1:2::")), 2U);
    EXPECT_EQ(peers.in_prefix_of(*wire::IpAddress::from("2001:db8:2::")), 0U);
    peers.remove(first);
    EXPECT_EQ(peers.in_prefix_of(*wire::IpAddress::from("198.51.100.77")), 1U);
}

TEST_F(PeerTableTest, WarmOnesCoolInOrderOfUse) {
    Peer& a = peers.add(from("198.51.100.1:1"), 0, Kind::half_open);
    Peer& b = peers.add(from("198.51.100.1:2"), 0, Kind::half_open);
    peers.established(a);
    peers.established(b);
    peers.touch(a, at(1));
    peers.touch(b, at(2));
    peers.touch(a, at(3));
    EXPECT_EQ(peers.oldest_warm(), &b);
    peers.cooled(b);
    EXPECT_EQ(peers.oldest_warm(), &a);
    peers.remove(a);
    EXPECT_EQ(peers.oldest_warm(), nullptr);
}

}  // namespace
}  // namespace net
