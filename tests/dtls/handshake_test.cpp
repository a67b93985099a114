// Both roles of our own Connection against each other.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dtls/peers.h"

namespace dtls::testing {
namespace {

bool both_established(const ServerSide& server, const ClientSide& client) {
    return server.connection && server.connection->is_established() &&
           client.connection->is_established();
}

// A message each way over what was established.
void expect_conversation(ServerSide& server, ClientSide& client) {
    Link link;
    server.out.plaintexts.clear();
    client.out.plaintexts.clear();
    client.connection->send(bytes("request"), client.out);
    link.settle(client, server);
    server.connection->send(bytes("response"), server.out);
    link.settle(client, server);
    EXPECT_EQ(server.out.plaintexts, std::vector<wire::Bytes>{bytes("request")});
    EXPECT_EQ(client.out.plaintexts, std::vector<wire::Bytes>{bytes("response")});
}

// The number of datagrams in a handshake without loss.
std::size_t undisturbed() {
    ServerSide server;
    ClientSide client(device_psk());
    Link link;
    client.dial();
    link.settle(client, server);
    return link.carried;
}

TEST(DtlsHandshake, EstablishesBothSidesWithOneLookup) {
    ServerSide server;
    ClientSide client(device_psk());
    Link link;
    client.dial();
    link.settle(client, server);

    ASSERT_TRUE(both_established(server, client));
    EXPECT_TRUE(server.out.established);
    EXPECT_TRUE(client.out.established);
    EXPECT_EQ(server.lookups, 1);
    EXPECT_EQ(server.challenges, 1);
    EXPECT_EQ(server.connection->identity(), bytes(device_identity));
    EXPECT_TRUE(server.connection->is_server());
    EXPECT_FALSE(client.connection->is_server());
    EXPECT_EQ(server.connection->cipher_suite(), "PSK-AES128-CCM8");
    EXPECT_EQ(client.connection->cipher_suite(), "PSK-AES128-CCM8");
    EXPECT_EQ(server.connection->next_timeout(), std::nullopt);
    EXPECT_EQ(client.connection->next_timeout(), std::nullopt);
    expect_conversation(server, client);
}

// hello, verify request, hello with cookie, server's flight, client's flight, server's Finished.
TEST(DtlsHandshake, NeedsSixDatagrams) {
    EXPECT_EQ(undisturbed(), 6U);
}

TEST(DtlsHandshake, RecoversFromTheLossOfEachDatagram) {
    const std::size_t datagrams = undisturbed();
    for (std::size_t lost = 0; lost < datagrams; ++lost) {
        SCOPED_TRACE("lost datagram " + std::to_string(lost));
        ServerSide server(impatient());
        ClientSide client(device_psk(), impatient());
        Link link;
        link.lose = {lost};
        client.dial();
        link.settle(client, server);
        EXPECT_FALSE(both_established(server, client));
        for (int turn = 0; turn < 3 && !both_established(server, client); ++turn) {
            client.expire_timer();
            server.expire_timer();
            link.settle(client, server);
        }
        ASSERT_TRUE(both_established(server, client));
        EXPECT_TRUE(server.out.ended.empty());
        expect_conversation(server, client);
    }
}

TEST(DtlsHandshake, RecoversFromTheLossOfEachPairOfDatagrams) {
    const std::size_t datagrams = undisturbed() + 2;
    for (std::size_t first = 0; first < datagrams; ++first) {
        for (std::size_t second = first + 1; second < datagrams; ++second) {
            SCOPED_TRACE(std::to_string(first) + " and " + std::to_string(second));
            ServerSide server(impatient());
            ClientSide client(device_psk(), impatient());
            Link link;
            link.lose = {first, second};
            client.dial();
            link.settle(client, server);
            for (int turn = 0; turn < 4 && !both_established(server, client); ++turn) {
                client.expire_timer();
                server.expire_timer();
                link.settle(client, server);
            }
            ASSERT_TRUE(both_established(server, client));
        }
    }
}

TEST(DtlsHandshake, TakesEveryDatagramTwice) {
    ServerSide server;
    ClientSide client(device_psk());
    Link link;
    link.duplicate = true;
    client.dial();
    link.settle(client, server);
    ASSERT_TRUE(both_established(server, client));
    EXPECT_EQ(server.lookups, 1);
}

TEST(DtlsHandshake, WaitsForTheKeyWithItsTimerStanding) {
    ServerSide server(impatient());
    server.answers = false;
    ClientSide client(device_psk(), impatient());
    Link link;
    client.dial();
    link.settle(client, server);
    ASSERT_TRUE(server.out.identity_wanted);
    EXPECT_EQ(server.connection->identity(), bytes(device_identity));
    EXPECT_FALSE(server.connection->is_established());

    // The retransmission timer stands: only the handshake's own time runs.
    EXPECT_GT(server.connection->next_timeout(), std::chrono::seconds(50));
    server.connection->on_timeout(server.out);
    EXPECT_TRUE(server.out.datagrams.empty());

    // The client repeats itself meanwhile.
    client.expire_timer();
    link.settle(client, server);
    EXPECT_TRUE(server.out.datagrams.empty());
    EXPECT_FALSE(server.connection->is_established());

    server.connection->provide(key(device_key), server.out);
    link.settle(client, server);
    ASSERT_TRUE(both_established(server, client));
    expect_conversation(server, client);
}

TEST(DtlsHandshake, HoldsOnlyAFewDatagramsWhileItWaitsForTheKey) {
    ServerSide server;
    server.answers = false;
    ClientSide client(device_psk());
    Link link;
    client.dial();
    link.settle(client, server);
    ASSERT_TRUE(server.out.identity_wanted);
    const wire::Bytes junk(100, 0x17);
    for (int i = 0; i < 50; ++i) server.receive(junk);
    EXPECT_EQ(server.connection->dropped(), 45U);  // 6 held, the key exchange among them
    server.connection->provide(key(device_key), server.out);
    link.settle(client, server);
    EXPECT_TRUE(both_established(server, client));
}

TEST(DtlsHandshake, AnUnknownIdentityEndsBothSidesByAnAlert) {
    ServerSide server;
    ClientSide client({bytes("nobody"), key(device_key)});
    Link link;
    client.dial();
    link.settle(client, server);

    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
    EXPECT_EQ(server.out.ended[0].reason, "unknown PSK identity");
    ASSERT_EQ(client.out.ended.size(), 1U);
    EXPECT_EQ(client.out.ended[0].ending, Ending::refused_by_peer);
    EXPECT_EQ(client.out.ended[0].reason, "alert unknown PSK identity");
    EXPECT_TRUE(server.connection->is_ended());
    EXPECT_EQ(server.connection->next_timeout(), std::nullopt);
}

TEST(DtlsHandshake, AWrongKeyEndsBothSidesByAnAlertWhenTheFinishedIsRepeated) {
    ServerSide server(impatient());
    ClientSide client({bytes(device_identity), key("another key 1234")}, impatient());
    Link link;
    client.dial();
    link.settle(client, server);
    // One bad Finished may be a forgery.
    EXPECT_TRUE(server.out.ended.empty());
    client.expire_timer();
    link.settle(client, server);

    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
    EXPECT_THAT(server.out.ended[0].reason, ::testing::HasSubstr("another key"));
    ASSERT_EQ(client.out.ended.size(), 1U);
    EXPECT_EQ(client.out.ended[0].ending, Ending::refused_by_peer);
    EXPECT_EQ(client.out.ended[0].reason, "alert bad record mac");
    EXPECT_FALSE(server.out.established);
}

TEST(DtlsHandshake, NoCommonSuiteEndsBothSides) {
    Settings ccm;
    ccm.cipher_suites = {"PSK-AES128-CCM8"};
    Settings gcm;
    gcm.cipher_suites = {"PSK-AES128-GCM-SHA256"};
    ServerSide server(ccm);
    ClientSide client(device_psk(), gcm);
    Link link;
    client.dial();
    link.settle(client, server);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
    EXPECT_EQ(server.out.ended[0].reason, "no shared cipher");
    ASSERT_EQ(client.out.ended.size(), 1U);
    EXPECT_EQ(client.out.ended[0].reason, "alert handshake failure");
    EXPECT_EQ(server.lookups, 0);
}

TEST(DtlsHandshake, EndsWhenItsTimeIsOver) {
    Settings settings;
    settings.handshake_timeout = wire::Duration::zero();
    ServerSide server(settings);
    ClientSide client(device_psk());
    Link link;
    link.lose = {3};
    client.dial();
    link.settle(client, server);
    ASSERT_TRUE(server.connection);
    EXPECT_EQ(server.connection->next_timeout(), wire::Duration::zero());
    server.connection->on_timeout(server.out);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::handshake_timeout);
}

TEST(DtlsHandshake, ALookupThatIsNeverAnsweredEndsWithTheHandshakesTime) {
    Settings settings;
    settings.handshake_timeout = wire::Duration::zero();
    ServerSide server(settings);
    server.answers = false;
    ClientSide client(device_psk());
    Link link;
    client.dial();
    link.settle(client, server);
    ASSERT_TRUE(server.out.identity_wanted);
    server.connection->on_timeout(server.out);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::handshake_timeout);
    // The answer that comes too late does nothing.
    server.connection->provide(key(device_key), server.out);
    EXPECT_EQ(server.out.ended.size(), 1U);
    EXPECT_FALSE(server.connection->is_established());
}

TEST(DtlsHandshake, TheRetransmissionTimerBeginsWithTheSettingsAndDoubles) {
    Settings settings = impatient();
    ClientSide client(device_psk(), settings);
    client.dial();
    const auto first = client.connection->next_timeout();
    ASSERT_TRUE(first);
    EXPECT_LE(*first, settings.retransmission_timeout);
    client.expire_timer();
    EXPECT_EQ(client.out.datagrams.size(), 2U);
    const auto second = client.connection->next_timeout();
    ASSERT_TRUE(second);
    EXPECT_LE(*second, 2 * settings.retransmission_timeout);
    EXPECT_GT(*second, settings.retransmission_timeout);
}

TEST(DtlsHandshake, DialRefusesAnIdentityThatOpenSslCannotCarry) {
    const std::vector<Psk> bad{{bytes(""), key(device_key)},
                               {bytes(std::string_view("a\0b", 3)), key(device_key)},
                               {wire::Bytes(300, 'x'), key(device_key)},
                               {bytes("device"), key("")}};
    for (const Psk& psk : bad) {
        ClientSide client(psk);
        client.dial();
        ASSERT_EQ(client.out.ended.size(), 1U);
        EXPECT_EQ(client.out.ended[0].ending, Ending::refused_by_us);
        EXPECT_TRUE(client.out.datagrams.empty());
        EXPECT_TRUE(client.connection->is_ended());
        EXPECT_EQ(client.connection->next_timeout(), std::nullopt);
    }
}

TEST(DtlsHandshake, ARebootedDeviceOpensAnotherAssociationFromTheSameAddress) {
    ServerSide server;
    ClientSide before(device_psk());
    Link link;
    before.dial();
    link.settle(before, server);
    ASSERT_TRUE(both_established(server, before));
    const wire::BytesView view = server.connection->client_random();
    const wire::Bytes old_random(view.begin(), view.end());

    ClientSide after(device_psk());
    after.dial();
    link.settle(after, server);
    ASSERT_TRUE(both_established(server, after));
    EXPECT_FALSE(std::ranges::equal(server.connection->client_random(), old_random));
    expect_conversation(server, after);
}

}  // namespace
}  // namespace dtls::testing
