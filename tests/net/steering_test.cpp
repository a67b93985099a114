#include "server/net/steering.h"

#include <array>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <gtest/gtest.h>

#include "server/net/datagram_batch.h"
#include "server/net/udp_socket.h"
#include "tests/net/device.h"

namespace net {
namespace {

wire::SocketAddress address(const std::string& text) {
    return *wire::SocketAddress::from(text);
}

TEST(Steering, OneShardOwnsEverybody) {
    const Steering steering(1, 12345);
    EXPECT_EQ(steering.owner(address("192.0.2.1:5683")), 0);
    EXPECT_EQ(steering.owner(address("[2001:db8::1]:5683")), 0);
}

// The formula of the architecture, by hand: ((port ^ address) * key >> 16) mod n, in 32 bits.
TEST(Steering, IsThatFunctionOfAddressAndPort) {
    const Steering steering(7, 0x10001);
    // 0xC0000201 ^ 0x1633 = 0xC0001432; * 0x10001 = 0xD4321432 mod 2^32; >> 16 = 0xD432 = 54322.
    EXPECT_EQ(steering.owner(address("192.0.2.1:5683")), 54322 % 7);
    // 0x20010DB8 ^ 1 ^ 0x1633 = 0x20011B8A; * 0x10001 = 0x3B8B1B8A; >> 16 = 0x3B8B = 15243.
    EXPECT_EQ(steering.owner(address("[2001:db8::1]:5683")), 15243 % 7);
}

TEST(Steering, SpreadsTheDevicesOfOneAddress) {
    const Steering steering(4, 0x9E3779B1);
    std::array<unsigned, 4> count{};
    for (unsigned port = 1024; port < 1024 + 4000; ++port)
        ++count[steering.owner(
            {*wire::IpAddress::from("192.0.2.1"), static_cast<std::uint16_t>(port)})];
    for (const unsigned one : count) EXPECT_GT(one, 500U);
}

// Sends from many ports to a group of sockets and looks where the kernel puts each datagram.
void expect_kernel_agrees(const std::string& listen, const std::string& connect) {
    constexpr std::uint16_t shards = 5;
    const Steering steering(shards, 0xB5297A4D);
    auto group = std::move(*UdpSocket::open_group(address(listen), shards));
    if (!steering.attach(group[0].native()))
        GTEST_SKIP() << "THE KERNEL REFUSES THE STEERING PROGRAM: HAND-OVER ALONE IS TESTED";
    const wire::SocketAddress to{*wire::IpAddress::from(connect), group[0].bound().port};
    std::array<unsigned, shards> arrived{};
    ReceiveBatch batch;
    for (unsigned i = 0; i < 64; ++i) {
        testing::ConnectedSocket sender(to);
        sender.send(wire::as_bytes("x"));
        const std::uint16_t owner = steering.owner(sender.local());
        pollfd waiting{group[owner].native(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 20000), 1) << sender.local().to_string();
        ASSERT_EQ(batch.fill(group[owner].native(), group[owner].bound()).taken, 1U);
        EXPECT_EQ(batch.datagrams()[0].remote, sender.local());
        EXPECT_EQ(batch.datagrams()[0].local, to);
        ++arrived[owner];
    }
    for (const unsigned one : arrived) EXPECT_GT(one, 0U);
}

TEST(Steering, TheKernelAgreesOverIPv4) {
    expect_kernel_agrees("127.0.0.1:0", "127.0.0.1");
}
TEST(Steering, TheKernelAgreesOverIPv6) {
    expect_kernel_agrees("[::1]:0", "::1");
}
TEST(Steering, TheKernelAgreesOnAWildcard) {
    expect_kernel_agrees("0.0.0.0:0", "127.0.0.9");
}

}  // namespace
}  // namespace net
