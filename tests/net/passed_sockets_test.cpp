#include <array>
#include <cerrno>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/net/datagram_batch.h"
#include "server/net/native_address.h"
#include "server/net/udp_socket.h"
#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::Outcome;
using ::testing::HasSubstr;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

// Sockets of one address as a service manager opens them: blocking, and with nothing asked of them
// but to be bound.
class Manager {
  public:
    explicit Manager(const std::string& address, std::size_t count = 1) {
        wire::SocketAddress wanted = *wire::SocketAddress::from(address);
        const bool v4 = wanted.ip.family() == Family::v4;
        for (std::size_t i = 0; i < count; ++i) {
            const int on = 1;
            const int socket = ::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (!v4) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6_, sizeof only_v6_);
            if (count > 1) ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
            NativeAddress native = to_native(wanted);
            EXPECT_EQ(::bind(socket, native.get(), native.size), 0);
            native.size = sizeof native.storage;
            EXPECT_EQ(::getsockname(socket, native.get(), &native.size), 0);
            wanted = from_native(native.storage);
            descriptors.push_back(socket);
        }
        bound = wanted;
    }
    ~Manager() {
        for (const int socket : descriptors) ::close(socket);
    }
    std::vector<PassedSocket> passed() const {
        std::vector<PassedSocket> all;
        for (const int socket : descriptors) all.push_back({bound, socket});
        return all;
    }

    wire::SocketAddress bound;
    std::vector<int> descriptors;

  private:
    int only_v6_ = 1;
};

bool wait_for(int socket, short what) {
    pollfd waiting{socket, what, 0};
    return ::poll(&waiting, 1, 20000) == 1;
}

class PassedSockets : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Both, PassedSockets, ::testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& one) { return one.param[0] == '[' ? "v6" : "v4"; });

TEST_P(PassedSockets, KeepWhatArrivesWhileNobodyServes) {
    const Manager manager(GetParam());
    ConnectedSocket sender(manager.bound);
    for (std::uint8_t life = 1; life <= 2; ++life) {
        sender.send(wire::Bytes{life});
        const auto group = UdpSocket::adopt_group(manager.bound, manager.descriptors, 1);
        ASSERT_TRUE(group);
        EXPECT_EQ((*group)[0].bound(), manager.bound);
        EXPECT_TRUE((*group)[0].receives());
        ASSERT_TRUE(wait_for((*group)[0].native(), POLLIN));
        ReceiveBatch batch;
        EXPECT_EQ(batch.fill((*group)[0].native(), manager.bound).taken, 1U);
        ASSERT_EQ(batch.datagrams().size(), 1U);
        EXPECT_EQ(batch.datagrams()[0].payload[0], life);
        EXPECT_EQ(batch.datagrams()[0].local, manager.bound);
        // It was blocking when it came.
        EXPECT_EQ(batch.fill((*group)[0].native(), manager.bound).error, EAGAIN);
    }
}

TEST_P(PassedSockets, AreSharedWhereTheyAreFewerThanTheShards) {
    const Manager manager(GetParam());
    const auto group = UdpSocket::adopt_group(manager.bound, manager.descriptors, 3);
    ASSERT_TRUE(group);
    ASSERT_EQ(group->size(), 3U);
    EXPECT_TRUE((*group)[0].receives());
    EXPECT_FALSE((*group)[1].receives());
    EXPECT_FALSE((*group)[2].receives());
    ConnectedSocket receiver(manager.bound);
    for (std::uint8_t i = 0; i < 3; ++i) {
        SendBatch batch;
        EXPECT_EQ(batch.send((*group)[i].native(), {{manager.bound, receiver.local(), {i}}}).sent,
                  1U);
        ASSERT_TRUE(wait_for(receiver.native(), POLLIN));
        EXPECT_EQ(receiver.receive(), wire::Bytes{i});
    }
}

TEST_P(PassedSockets, AreRefusedWhereTheyAreMoreThanTheShards) {
    const Manager manager(GetParam(), 2);
    const auto group = UdpSocket::adopt_group(manager.bound, manager.descriptors, 1);
    ASSERT_FALSE(group);
    EXPECT_THAT(group.error(), HasSubstr(manager.bound.to_string()));
    EXPECT_THAT(group.error(), HasSubstr("shards"));
}

// Its IPv4 addresses would be told as another family's than the socket's.
TEST(PassedSocket, OfBothFamiliesIsRefused) {
    const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int off = 0;
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    const auto group =
        UdpSocket::adopt_group(*wire::SocketAddress::from("[::]:5684"), std::array{socket}, 1);
    ::close(socket);
    ASSERT_FALSE(group);
    EXPECT_THAT(group.error(), HasSubstr("BindIPv6Only=ipv6-only"));
}

TEST(PassedSocket, ThatCannotBeUsedIsNamed) {
    const auto group =
        UdpSocket::adopt_group(*wire::SocketAddress::from("127.0.0.1:5684"), std::array{-1}, 1);
    ASSERT_FALSE(group);
    EXPECT_THAT(group.error(), HasSubstr("127.0.0.1:5684"));
}

// Devices, secured and not, of a daemon whose sockets were all passed.
class Served {
  public:
    static constexpr std::size_t count = 16;

    Served(const std::string& address, std::size_t passed, std::uint16_t shards)
        : coap(address, passed), coaps(address, passed) {
        settings = loopback_settings();
        settings.coap = {coap.bound};
        settings.coaps = {coaps.bound};
        settings.passed = coap.passed();
        for (const PassedSocket& socket : coaps.passed()) settings.passed.push_back(socket);
        settings.shards = shards;
    }
    static std::vector<DaemonSide::Known> known() {
        std::vector<DaemonSide::Known> all;
        for (std::size_t i = 0; i < count; ++i)
            all.push_back({"meter-" + std::to_string(i), i % 2 == 0});
        return all;
    }
    bool bootstraps(DaemonSide& daemon) const {
        std::vector<std::unique_ptr<Device>> devices;
        std::vector<Device*> pointers;
        for (std::size_t i = 0; i < count; ++i) {
            const bool secured = i % 2 == 0;
            devices.push_back(std::make_unique<Device>(
                "meter-" + std::to_string(i), secured ? coaps.bound : coap.bound,
                secured ? Transport::dials : Transport::unsecured));
            pointers.push_back(devices.back().get());
            devices.back()->ask();
        }
        return daemon.run(pointers, [&] { return daemon.ended(Outcome::finished) == count; });
    }

    Manager coap, coaps;
    Settings settings;
};

TEST_P(PassedSockets, OneForTwoShardsServesAFleet) {
    const Served served(GetParam(), 1, 2);
    DaemonSide daemon(served.settings, Served::known());
    ASSERT_TRUE(served.bootstraps(daemon));
    for (const auto& claim : daemon.told<bootstrap::Claim>())
        EXPECT_EQ(claim.peer.shard, daemon.shards->owner(claim.remote));
    EXPECT_FALSE(daemon.shards->is_steered());
    EXPECT_GT(daemon.shards->counters().handed_over, 0U);
    EXPECT_EQ(daemon.shards->coaps_addresses().at(0), served.coaps.bound);
}

TEST_P(PassedSockets, OneAShardServesAFleet) {
    const Served served(GetParam(), 2, 2);
    DaemonSide daemon(served.settings, Served::known());
    ASSERT_TRUE(served.bootstraps(daemon));
    if (!daemon.shards->is_steered()) GTEST_SKIP() << "THE KERNEL REFUSES THE STEERING PROGRAM";
    EXPECT_EQ(daemon.shards->counters().handed_over, 0U);
}

// The first shard hears of it, whosever the peer is.
TEST_P(PassedSockets, WhatTheNetworkRefusesIsToldToTheShardOfThePeer) {
    const Served served(GetParam(), 1, 2);
    DaemonSide daemon(served.settings, Served::known());
    std::optional<Device> device;
    do {
        device.emplace("meter-1", served.coap.bound, Transport::unsecured);
    } while (daemon.shards->owner(device->socket.local()) == 0);
    device->closes_at = "POST /bs";
    device->ask();
    ASSERT_TRUE(
        daemon.run({&*device}, [&] { return daemon.ended(Outcome::finish_unconfirmed) == 1; }));
    EXPECT_THAT(daemon.told<bootstrap::Ended>()[0].report.cause,
                HasSubstr("refused by the network"));
}

TEST_P(PassedSockets, ARequestThatCameBeforeTheDaemonIsAnswered) {
    const Served served(GetParam(), 1, 1);
    Device device("meter-1", served.coap.bound, Transport::unsecured);
    device.ask();
    DaemonSide daemon(served.settings, Served::known());
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
}

}  // namespace
}  // namespace net::testing
