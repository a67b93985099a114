#include "server/dtls/listener.h"

#include <algorithm>
#include <malloc.h>

#include <gtest/gtest.h>

#include "tests/dtls/peers.h"

namespace dtls::testing {
namespace {

using wire::SocketAddress;

class CookieKeysTest : public ::testing::Test {
  protected:
    CountingRandom random;
    CookieKeys keys{random};
    SocketAddress local = server_address();
    SocketAddress remote = device_address();
    wire::TimePoint now = wire::TimePoint(CookieKeys::lifetime * 1000);
    wire::Bytes cookie = keys.cookie(local, remote, now);
};

TEST_F(CookieKeysTest, VerifiesItsOwnCookie) {
    EXPECT_EQ(cookie.size(), 16U);
    EXPECT_TRUE(keys.verify(cookie, local, remote, now));
}

TEST_F(CookieKeysTest, HonoursTheCookieOfThePreviousPeriodAndNoOlderOne) {
    EXPECT_TRUE(keys.verify(cookie, local, remote, now + CookieKeys::lifetime));
    EXPECT_FALSE(keys.verify(cookie, local, remote, now + 2 * CookieKeys::lifetime));
    EXPECT_FALSE(keys.verify(cookie, local, remote, now - CookieKeys::lifetime));
}

TEST_F(CookieKeysTest, BindsACookieToBothAddresses) {
    for (const char* other : {"198.51.100.7:40001", "198.51.100.8:40000", "[2001:db8::1]:40000"})
        EXPECT_FALSE(keys.verify(cookie, local, *SocketAddress::from(other), now)) << other;
    EXPECT_FALSE(keys.verify(cookie, *SocketAddress::from("192.0.2.2:5684"), remote, now));
    EXPECT_FALSE(keys.verify(cookie, remote, local, now));
}

TEST_F(CookieKeysTest, RefusesEveryChangedOrCutCookie) {
    for (std::size_t i = 0; i < cookie.size(); ++i) {
        wire::Bytes changed = cookie;
        changed[i] ^= 1U;
        EXPECT_FALSE(keys.verify(changed, local, remote, now)) << i;
    }
    EXPECT_FALSE(keys.verify(wire::BytesView(cookie).first(15), local, remote, now));
    EXPECT_FALSE(keys.verify({}, local, remote, now));
}

TEST_F(CookieKeysTest, DiffersFromKeysOfAnotherStart) {
    CookieKeys others(random);
    EXPECT_FALSE(others.verify(cookie, local, remote, now));
}

// A hello with a good cookie, from a client that talked to `server` so far.
wire::Bytes second_hello(ServerSide& server, ClientSide& client) {
    client.dial();
    server.receive(client.out.datagrams.at(0));
    client.out.datagrams.clear();
    client.receive(server.out.datagrams.at(0));
    server.out.datagrams.clear();
    wire::Bytes hello = client.out.datagrams.at(0);
    client.out.datagrams.clear();
    return hello;
}

TEST(Listener, ChallengesAHelloWithoutCookie) {
    ServerSide server;
    ClientSide client(device_psk());
    client.dial();
    Output out;
    const auto result =
        server.listener.hello(client.out.datagrams[0], server_address(), device_address(), {}, out);
    const auto* challenged = std::get_if<Listener::Challenged>(&result);
    ASSERT_TRUE(challenged);
    EXPECT_TRUE(out.datagrams.empty());
    // No more leaves for a spoofed address than came.
    EXPECT_LT(challenged->datagram.size(), client.out.datagrams[0].size());
}

TEST(Listener, MakesAConnectionOfAHelloWithItsCookie) {
    ServerSide server;
    ClientSide client(device_psk());
    const wire::Bytes hello = second_hello(server, client);
    server.receive(hello);
    ASSERT_TRUE(server.connection);
    EXPECT_FALSE(server.out.datagrams.empty());
    EXPECT_TRUE(
        std::ranges::equal(server.connection->client_random(), peek_client_hello(hello)->random));
}

TEST(Listener, ChallengesAgainWhenTheCookieIsOldOrSomebodyElses) {
    ServerSide server;
    ClientSide client(device_psk());
    server.now = wire::TimePoint(CookieKeys::lifetime * 1000);
    const wire::Bytes hello = second_hello(server, client);
    Output out;
    const auto ask = [&](const SocketAddress& remote, wire::TimePoint now) {
        return server.listener.hello(hello, server_address(), remote, now, out);
    };
    const wire::TimePoint now = server.now;
    const auto elsewhere = *SocketAddress::from("198.51.100.7:40001");
    using Challenged = Listener::Challenged;
    EXPECT_TRUE(std::holds_alternative<Challenged>(ask(elsewhere, now)));
    EXPECT_TRUE(
        std::holds_alternative<Challenged>(ask(device_address(), now + 2 * CookieKeys::lifetime)));
    EXPECT_TRUE(out.datagrams.empty());
    // Honoured in the period after its own.
    EXPECT_TRUE(std::holds_alternative<Listener::Proved>(
        ask(device_address(), now + CookieKeys::lifetime)));
}

TEST(Listener, DropsWhatIsNoHello) {
    ServerSide server;
    Output out;
    wire::Bytes junk(200, 0x16);
    const auto result = server.listener.hello(junk, server_address(), device_address(), {}, out);
    EXPECT_TRUE(std::holds_alternative<Listener::Dropped>(result));
}

TEST(Listener, DropsEveryCutHelloAndGoesOn) {
    ServerSide server;
    ClientSide client(device_psk());
    const wire::Bytes hello = second_hello(server, client);
    for (std::size_t size = 0; size < hello.size(); ++size) {
        const wire::Bytes cut(hello.begin(), hello.begin() + static_cast<std::ptrdiff_t>(size));
        Output out;
        const auto result = server.listener.hello(cut, server_address(), device_address(), {}, out);
        EXPECT_TRUE(std::holds_alternative<Listener::Dropped>(result)) << size;
        EXPECT_TRUE(out.datagrams.empty());
    }
    server.receive(hello);
    EXPECT_TRUE(server.connection);
}

// A handshake that OpenSSL would never go on with: it waits for message 1.
TEST(Listener, DropsACookieInAFirstMessage) {
    ServerSide server;
    ClientSide client(device_psk());
    wire::Bytes hello = second_hello(server, client);
    hello[13 + 5] = 0;  // message_seq
    Output out;
    const auto result = server.listener.hello(hello, server_address(), device_address(), {}, out);
    EXPECT_TRUE(std::holds_alternative<Listener::Dropped>(result));
}

TEST(Listener, KeepsNothingOfAFloodOfHellos) {
    ServerSide server;
    ClientSide client(device_psk());
    client.dial();
    const wire::Bytes hello = client.out.datagrams[0];
    const auto flood = [&](std::uint32_t hellos) {
        for (std::uint32_t i = 0; i < hellos; ++i) {
            Output out;
            const auto remote =
                SocketAddress{wire::IpAddress::v4({10, static_cast<std::uint8_t>(i >> 16U),
                                                   static_cast<std::uint8_t>(i >> 8U),
                                                   static_cast<std::uint8_t>(i)}),
                              5684};
            const auto result = server.listener.hello(hello, server_address(), remote, {}, out);
            ASSERT_TRUE(std::holds_alternative<Listener::Challenged>(result));
        }
    };
    flood(10);
    const std::size_t before = mallinfo2().uordblks;
    flood(20000);
    EXPECT_LT(mallinfo2().uordblks, before + 4096);
}

}  // namespace
}  // namespace dtls::testing
