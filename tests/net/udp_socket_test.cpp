#include "server/net/udp_socket.h"

#include <optional>
#include <poll.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/net/datagram_batch.h"
#include "tests/net/device.h"

namespace net {
namespace {

using ::testing::HasSubstr;

class Loopback : public ::testing::TestWithParam<std::string> {
  protected:
    wire::SocketAddress any_port() const { return *wire::SocketAddress::from(GetParam()); }
    static bool wait_for(int socket, short what) {
        pollfd waiting{socket, what, 0};
        return ::poll(&waiting, 1, 20000) == 1;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Loopback, ::testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& one) { return one.param[0] == '[' ? "v6" : "v4"; });

TEST_P(Loopback, SocketsOfOneGroupShareTheAddress) {
    const auto group = UdpSocket::open_group(any_port(), 3);
    ASSERT_TRUE(group);
    ASSERT_EQ(group->size(), 3U);
    EXPECT_NE((*group)[0].bound().port, 0);
    EXPECT_EQ((*group)[0].bound(), (*group)[1].bound());
    EXPECT_EQ((*group)[0].bound(), (*group)[2].bound());
}

TEST_P(Loopback, AnotherGroupOnTheAddressIsRefused) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}}) {
        const auto first = UdpSocket::open_group(any_port(), count);
        ASSERT_TRUE(first);
        for (const std::size_t other : {std::size_t{1}, std::size_t{2}}) {
            const auto second = UdpSocket::open_group((*first)[0].bound(), other);
            ASSERT_FALSE(second);
            EXPECT_THAT(second.error(), HasSubstr((*first)[0].bound().to_string()));
            EXPECT_THAT(second.error(), HasSubstr("in use"));
        }
    }
}

TEST(UdpSocket, AnAddressThatTheHostHasNotIsNamed) {
    const auto group = UdpSocket::open_group(*wire::SocketAddress::from("192.0.2.1:5683"), 1);
    ASSERT_FALSE(group);
    EXPECT_THAT(group.error(), HasSubstr("192.0.2.1:5683"));
    EXPECT_THAT(group.error(), HasSubstr("no interface"));
}

TEST_P(Loopback, DatagramsBeyondTheLimitAreDroppedAndCounted) {
    const auto group = std::move(*UdpSocket::open_group(any_port(), 1));
    testing::ConnectedSocket sender(group[0].bound());
    sender.send(wire::Bytes(max_datagram + 1, 1));
    sender.send(wire::Bytes(max_datagram, 2));
    ASSERT_TRUE(wait_for(group[0].native(), POLLIN));
    ReceiveBatch batch;
    const auto result = batch.fill(group[0].native(), group[0].bound());
    EXPECT_EQ(result.taken, 2U);
    EXPECT_EQ(result.oversized, 1U);
    ASSERT_EQ(batch.datagrams().size(), 1U);
    EXPECT_EQ(batch.datagrams()[0].payload.size(), max_datagram);
    EXPECT_EQ(batch.fill(group[0].native(), group[0].bound()).error, EAGAIN);
}

TEST_P(Loopback, MoreThanABatchIsSentInOrder) {
    const auto group = std::move(*UdpSocket::open_group(any_port(), 1));
    testing::ConnectedSocket receiver(group[0].bound());
    std::vector<Outgoing> outgoing;
    for (unsigned i = 0; i < 3 * batch_size + 1; ++i)
        outgoing.push_back({group[0].bound(), receiver.local(), {static_cast<std::uint8_t>(i)}});
    SendBatch batch;
    const auto result = batch.send(group[0].native(), outgoing);
    EXPECT_EQ(result.sent, outgoing.size());
    EXPECT_EQ(result.failed, 0U);
    for (const Outgoing& one : outgoing) {
        ASSERT_TRUE(wait_for(receiver.native(), POLLIN));
        EXPECT_EQ(receiver.receive(), one.payload);
    }
}

TEST_P(Loopback, ARefusalNamesThePeerAndTheOthersStillGetTheirs) {
    auto group = std::move(*UdpSocket::open_group(any_port(), 1));
    auto gone = std::make_optional<testing::ConnectedSocket>(group[0].bound());
    const wire::SocketAddress closed = gone->local();
    gone.reset();
    testing::ConnectedSocket receiver(group[0].bound());
    SendBatch batch;
    EXPECT_EQ(batch.send(group[0].native(), {{group[0].bound(), closed, {1}}}).sent, 1U);
    ASSERT_TRUE(wait_for(group[0].native(), POLLERR));
    // The error of the first comes up at the second, which is not to suffer from it.
    const auto result = batch.send(group[0].native(), {{group[0].bound(), receiver.local(), {2}}});
    EXPECT_EQ(result.sent, 1U);
    EXPECT_TRUE(result.refusals);
    ASSERT_TRUE(wait_for(receiver.native(), POLLIN));
    const auto refusals = group[0].take_refusals();
    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_EQ(refusals[0].remote, closed);
    EXPECT_EQ(refusals[0].local, group[0].bound());
}

TEST_P(Loopback, WhatCannotBeSentIsCountedAndTheRestIsSent) {
    auto group = std::move(*UdpSocket::open_group(any_port(), 1));
    testing::ConnectedSocket receiver(group[0].bound());
    const wire::Bytes too_long(70000, 1);
    SendBatch batch;
    const auto result =
        batch.send(group[0].native(), {{group[0].bound(), receiver.local(), {1}},
                                       {group[0].bound(), receiver.local(), too_long},
                                       {group[0].bound(), receiver.local(), {2}}});
    EXPECT_EQ(result.sent, 2U);
    EXPECT_EQ(result.failed, 1U);
    ASSERT_TRUE(wait_for(receiver.native(), POLLIN));
    EXPECT_EQ(receiver.receive(), wire::Bytes{1});
    ASSERT_TRUE(wait_for(receiver.native(), POLLIN));
    EXPECT_EQ(receiver.receive(), wire::Bytes{2});
}

TEST(UdpSocket, OnAWildcardARefusalNamesTheAddressThatWasSentFrom) {
    auto group = std::move(*UdpSocket::open_group(*wire::SocketAddress::from("0.0.0.0:0"), 1));
    const wire::SocketAddress from{*wire::IpAddress::from("127.0.0.5"), group[0].bound().port};
    auto gone = std::make_optional<testing::ConnectedSocket>(from);
    const wire::SocketAddress closed = gone->local();
    gone.reset();
    SendBatch batch;
    EXPECT_EQ(batch.send(group[0].native(), {{from, closed, {1}}}).sent, 1U);
    pollfd waiting{group[0].native(), POLLERR, 0};
    ASSERT_EQ(::poll(&waiting, 1, 20000), 1);
    const auto refusals = group[0].take_refusals();
    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_EQ(refusals[0].remote, closed);
    EXPECT_EQ(refusals[0].local, from);
}

}  // namespace
}  // namespace net
