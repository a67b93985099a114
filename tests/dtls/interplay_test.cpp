// Our server against bare OpenSSL: suites, fragments, forged and hostile records.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/dtls/raw_client.h"
#include "tests/dtls/records.h"

namespace dtls::testing {
namespace {

struct Suite {
    const char* name;
    unsigned id;  // IANA's number
};

class EverySuite : public ::testing::TestWithParam<Suite> {
  protected:
    static Settings settings() {
        Settings all;
        all.cipher_suites = {"PSK-AES128-CCM8", "PSK-AES128-CBC-SHA256", "PSK-AES128-GCM-SHA256",
                             "ECDHE-PSK-AES128-CBC-SHA256", "ECDHE-PSK-CHACHA20-POLY1305"};
        return all;
    }
    ServerSide server{settings()};
    RawClient client{device_psk(), {GetParam().name, 0, false}};
    Link link;

    // Up to the client's last flight, which is returned as its records.
    std::vector<wire::Bytes> last_flight() {
        client.begin();
        server.receive(take(client.out.datagrams));
        client.receive(take(server.out.datagrams));
        server.receive(take(client.out.datagrams));
        client.receive(take(server.out.datagrams));
        std::vector<wire::Bytes> records = split_records(joined(client.out.datagrams));
        client.out.datagrams.clear();
        return records;
    }
    static wire::Bytes take(std::vector<wire::Bytes>& datagrams) {
        EXPECT_EQ(datagrams.size(), 1U);
        wire::Bytes one = datagrams.at(0);
        datagrams.clear();
        return one;
    }
    void expect_established() {
        link.settle(client, server);
        ASSERT_TRUE(server.connection);
        ASSERT_TRUE(server.connection->is_established());
        ASSERT_TRUE(client.established());
        EXPECT_EQ(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(client.ssl())), GetParam().id);
        EXPECT_EQ(server.connection->identity(), bytes(device_identity));
        client.send("hello");
        server.connection->send(bytes("world"), server.out);
        link.settle(client, server);
        EXPECT_EQ(server.out.plaintexts, std::vector<wire::Bytes>{bytes("hello")});
        EXPECT_EQ(client.out.plaintexts, std::vector<wire::Bytes>{bytes("world")});
    }
};

INSTANTIATE_TEST_SUITE_P(Dtls, EverySuite,
                         ::testing::Values(Suite{"PSK-AES128-CCM8", 0xC0A8},
                                           Suite{"PSK-AES128-CBC-SHA256", 0x00AE},
                                           Suite{"PSK-AES128-GCM-SHA256", 0x00A8},
                                           Suite{"ECDHE-PSK-AES128-CBC-SHA256", 0xC037},
                                           Suite{"ECDHE-PSK-CHACHA20-POLY1305", 0xCCAC}),
                         [](const auto& suite) {
                             std::string name = suite.param.name;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_P(EverySuite, IsServed) {
    client.begin();
    expect_established();
    EXPECT_EQ(server.connection->cipher_suite(), GetParam().name);
    EXPECT_EQ(server.lookups, 1);
}

TEST_P(EverySuite, IsServedWithTheKeyExchangeInFragments) {
    for (const std::size_t parts : {1U, 2U, 5U}) {
        for (const bool reversed : {false, true}) {
            SCOPED_TRACE(std::to_string(parts) + (reversed ? " reversed" : ""));
            ServerSide fresh(settings());
            RawClient device(device_psk(), {GetParam().name, 0, false});
            device.begin();
            for (int turn = 0; turn < 2; ++turn) {
                fresh.receive(take(device.out.datagrams));
                device.receive(take(fresh.out.datagrams));
            }
            std::vector<wire::Bytes> records = split_records(joined(device.out.datagrams));
            device.out.datagrams.clear();
            ASSERT_EQ(records.size(), 3U);  // ClientKeyExchange, ChangeCipherSpec, Finished
            std::vector<wire::Bytes> fragments = split_message(records[0], parts, 10);
            if (reversed) std::reverse(fragments.begin(), fragments.end());
            for (std::size_t i = 0; i < fragments.size(); ++i) {
                EXPECT_EQ(fresh.lookups, 0);
                fresh.receive(fragments[i]);
            }
            EXPECT_EQ(fresh.lookups, 1);
            fresh.receive(joined({records[1], records[2]}));
            EXPECT_TRUE(fresh.connection->is_established());
        }
    }
}

TEST_P(EverySuite, IsNotFooledByAKeyExchangeWithAnotherMessageSeq) {
    const std::vector<wire::Bytes> flight = last_flight();
    server.known.emplace(bytes("mallory"), key("mallory's own key"));
    for (const std::uint16_t seq : std::initializer_list<std::uint16_t>{0, 1, 4, 65535}) {
        RawFragment bogus;
        bogus.message_seq = seq;
        bogus.body = {0, 7, 'm', 'a', 'l', 'l', 'o', 'r', 'y'};
        bogus.message_length = 9;
        RawRecord record;
        record.sequence = 20U + seq % 10U;
        record.body = raw(bogus);
        server.receive(raw(record));
    }
    EXPECT_EQ(server.lookups, 0);
    server.receive(joined(flight));
    EXPECT_EQ(server.connection->identity(), bytes(device_identity));
    EXPECT_EQ(server.lookups, 1);
    EXPECT_TRUE(server.connection->is_established());
}

TEST_P(EverySuite, HoldsWhatFollowsUntilTheKeyIsThere) {
    server.answers = false;
    const std::vector<wire::Bytes> flight = last_flight();
    for (const wire::Bytes& record : flight) server.receive(record);  // a datagram each
    ASSERT_TRUE(server.out.identity_wanted);
    EXPECT_FALSE(server.connection->is_established());
    server.connection->provide(key(device_key), server.out);
    EXPECT_TRUE(server.connection->is_established());
    expect_established();
}

TEST_P(EverySuite, TakesItsLastFlightInAnyOrder) {
    std::vector<wire::Bytes> flight = last_flight();
    std::reverse(flight.begin(), flight.end());
    for (const wire::Bytes& record : flight) server.receive(record);
    // The ChangeCipherSpec came before the key exchange and is lost; the client repeats itself.
    EXPECT_FALSE(server.connection->is_established());
    EXPECT_TRUE(server.out.ended.empty());
    EXPECT_EQ(server.lookups, 1);
    std::reverse(flight.begin(), flight.end());
    RawRecord again;
    again.type = 20;
    again.sequence = 40;
    again.body = {1};
    server.receive(raw(again));
    server.receive(flight[2]);
    EXPECT_TRUE(server.connection->is_established());
}

TEST_P(EverySuite, DropsForgedRecordsAndLivesOn) {
    client.begin();
    link.settle(client, server);
    ASSERT_TRUE(server.connection->is_established());
    client.send("genuine");
    const wire::Bytes genuine = take(client.out.datagrams);
    for (std::size_t i = 0; i < genuine.size(); ++i) {
        wire::Bytes forged = genuine;
        forged[i] ^= 0x80U;
        server.connection->receive(forged, server.out);
    }
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{20, 21, 22, 23, 24, 99}) {
        for (const std::uint16_t epoch : std::initializer_list<std::uint16_t>{0, 1, 2, 65535}) {
            RawRecord record;
            record.type = type;
            record.epoch = epoch;
            record.sequence = 1000;
            record.body = wire::Bytes(60, 2);
            server.connection->receive(raw(record), server.out);
            record.body = {2, 40};  // a fatal alert, in clear
            server.connection->receive(raw(record), server.out);
            // Around the least that a suite's nonce and tag take.
            for (std::size_t size = 0; size < 40; ++size) {
                record.body = wire::Bytes(size, 1);
                server.connection->receive(raw(record), server.out);
            }
        }
    }
    EXPECT_TRUE(server.out.plaintexts.empty());
    EXPECT_TRUE(server.out.ended.empty());
    server.connection->receive(genuine, server.out);
    EXPECT_EQ(server.out.plaintexts, std::vector<wire::Bytes>{bytes("genuine")});
    server.connection->receive(genuine, server.out);  // replayed
    EXPECT_EQ(server.out.plaintexts.size(), 1U);
    EXPECT_TRUE(server.connection->is_established());
}

TEST(DtlsInterplay, FailsWhenOpenSslSeesAnotherIdentityThanWasLookedUp) {
    // The identity on the wire goes on behind a zero octet; OpenSSL reads only what is before it.
    ServerSide server;
    RawClient client(device_psk(), {"PSK-AES128-CCM8", 0, false});
    client.begin();
    for (int turn = 0; turn < 2; ++turn) {
        server.receive(client.out.datagrams.at(0));
        client.out.datagrams.clear();
        client.receive(server.out.datagrams.at(0));
        server.out.datagrams.clear();
    }
    wire::Bytes longer = bytes(device_identity);
    longer.push_back(0);
    longer.push_back('x');
    server.known.emplace(longer, key(device_key));
    RawFragment exchange;
    exchange.body = longer;
    exchange.body.insert(exchange.body.begin(), {0, static_cast<std::uint8_t>(longer.size())});
    exchange.message_length = static_cast<std::uint32_t>(exchange.body.size());
    RawRecord record;
    record.sequence = 20;
    record.body = raw(exchange);
    server.receive(raw(record));
    EXPECT_EQ(server.lookups, 1);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
}

TEST(DtlsInterplay, AnIdentityAboveOpenSslsBoundEndsTheHandshake) {
    ServerSide server;
    RawClient client(device_psk(), {"PSK-AES128-CCM8", 0, false});
    client.begin();
    for (int turn = 0; turn < 2; ++turn) {
        server.receive(client.out.datagrams.at(0));
        client.out.datagrams.clear();
        client.receive(server.out.datagrams.at(0));
        server.out.datagrams.clear();
    }
    RawFragment exchange;
    exchange.body.assign(2 + 700, 'i');
    exchange.body[0] = 700 >> 8;
    exchange.body[1] = 700 & 0xFF;
    exchange.message_length = 702;
    RawRecord record;
    record.sequence = 20;
    record.body = raw(exchange);
    server.receive(raw(record));
    EXPECT_EQ(server.out.ended.size(), 1U);
}

TEST(DtlsInterplay, KeepsLittleOfRecordsWhoseKeysAreNotThereYet) {
    ServerSide server;
    RawClient client(device_psk(), {"PSK-AES128-CCM8", 0, false});
    client.begin();
    for (int turn = 0; turn < 2; ++turn) {
        server.receive(client.out.datagrams.at(0));
        client.out.datagrams.clear();
        client.receive(server.out.datagrams.at(0));
        server.out.datagrams.clear();
    }
    const std::vector<wire::Bytes> flight = client.out.datagrams;
    for (std::uint64_t i = 0; i < 100; ++i) {
        RawRecord early;
        early.epoch = 1;
        early.sequence = i + 5;
        early.body = wire::Bytes(60, 1);
        server.receive(raw(early));
    }
    EXPECT_EQ(server.connection->dropped(), 92U);
    // The genuine flight is admitted but for its Finished, which is one record too many; once the
    // keys are known a repeated one is.
    Link link;
    link.settle(client, server);
    EXPECT_FALSE(server.connection->is_established());
    for (const wire::Bytes& datagram : flight) server.receive(datagram);
    EXPECT_TRUE(server.connection->is_established());
}

TEST(DtlsInterplay, RefusesRenegotiationAndLivesOn) {
    ServerSide server;
    RawClient client(device_psk(), {"PSK-AES128-CCM8", 0, true});
    Link link;
    client.begin();
    link.settle(client, server);
    ASSERT_TRUE(server.connection->is_established());
    ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
    SSL_do_handshake(client.ssl());
    ASSERT_FALSE(client.out.datagrams.empty());
    for (const wire::Bytes& datagram : client.out.datagrams)
        server.connection->receive(datagram, server.out);
    client.out.datagrams.clear();
    EXPECT_TRUE(server.out.ended.empty());
    EXPECT_TRUE(server.connection->is_established());
    EXPECT_EQ(server.lookups, 1);
}

TEST(DtlsInterplay, TakesSmallerRecordsWhereThePeerAsksForThem) {
    ServerSide server;
    RawClient client(device_psk(), {"PSK-AES128-CCM8", TLSEXT_max_fragment_length_512, false});
    Link link;
    client.begin();
    link.settle(client, server);
    ASSERT_TRUE(server.connection->is_established());
    EXPECT_EQ(server.connection->max_plaintext(), 512U);
    server.connection->send(wire::Bytes(513, 'x'), server.out);
    EXPECT_TRUE(server.out.datagrams.empty());
    server.connection->send(wire::Bytes(512, 'x'), server.out);
    link.settle(client, server);
    ASSERT_EQ(client.out.plaintexts.size(), 1U);
    EXPECT_EQ(client.out.plaintexts[0].size(), 512U);
}

}  // namespace
}  // namespace dtls::testing
