// Raw public keys, RFC 7250: both roles of our own Connection. OpenSSL has them from 3.2.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dtls/pki_peers.h"
#include "tests/dtls/raw_client.h"

namespace dtls::testing {
namespace {

class RawPublicKeys : public ::testing::Test {
  protected:
    Pki pki;
    support::Holder device_pair = support::self_signed(support::named("unused"));
    support::Holder server_pair = support::self_signed(support::named("unused"));
    Link link;

    void SetUp() override {
        if (!has_raw_public_keys()) GTEST_SKIP() << "OpenSSL before 3.2";
    }
    static Settings with_key(const support::Holder& pair) {
        Settings settings;
        Certificate raw;
        raw.key = pair.key;
        settings.certificates = {raw};
        return settings;
    }
    static ExpectedPeer key_of(const support::Holder& pair) {
        return {"", {}, {crypto::sha256(pair.public_key)}};
    }
};

TEST_F(RawPublicKeys, OfBothSidesAreTaken) {
    ServerSide server(with_key(server_pair));
    server.trusts = always(Trust::pinned_key);
    ClientSide device(key_of(server_pair), with_key(device_pair));
    device.dial();
    link.settle(device, server);
    ASSERT_TRUE(server.connection && server.connection->is_established());
    ASSERT_TRUE(device.connection->is_established());
    ASSERT_EQ(server.claims.size(), 1U);
    EXPECT_EQ(server.claims[0].key, crypto::sha256(device_pair.public_key));
    EXPECT_FALSE(server.claims[0].certificate);
    EXPECT_EQ(server.claims[0].endpoint, "");
    EXPECT_FALSE(server.claims[0].verified);
    ASSERT_TRUE(device.connection->claim());
    EXPECT_EQ(device.connection->claim()->key, crypto::sha256(server_pair.public_key));
    device.connection->send(bytes("request"), device.out);
    link.settle(device, server);
    EXPECT_EQ(server.out.plaintexts, std::vector<wire::Bytes>{bytes("request")});
}

TEST_F(RawPublicKeys, AreNoCertificates) {
    for (const Trust trust : {Trust::none, Trust::authority, Trust::pinned_certificate}) {
        ServerSide server(with_key(server_pair));
        server.trusts = always(trust);
        ClientSide device(key_of(server_pair), with_key(device_pair));
        device.dial();
        link.settle(device, server);
        ASSERT_EQ(server.out.ended.size(), 1U);
        EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
        EXPECT_TRUE(server.out.ended[0].unproved);
        ASSERT_EQ(device.out.ended.size(), 1U);
        EXPECT_EQ(device.out.ended[0].ending, Ending::refused_by_peer);
    }
}

TEST_F(RawPublicKeys, OfAnotherServerAreRefused) {
    ServerSide server(with_key(server_pair));
    server.trusts = always(Trust::pinned_key);
    ClientSide device(key_of(device_pair), with_key(device_pair));
    device.dial();
    link.settle(device, server);
    ASSERT_EQ(device.out.ended.size(), 1U);
    EXPECT_EQ(device.out.ended[0].ending, Ending::refused_by_us);
    EXPECT_TRUE(device.out.ended[0].unproved);
    EXPECT_EQ(server.lookups, 0);
}

// One listener has both, and each device sees what it asked for.
TEST_F(RawPublicKeys, StandBesideCertificatesAndPreSharedKeys) {
    Settings both = pki.settings();
    Certificate raw;
    raw.key = server_pair.key;
    both.certificates.push_back(raw);

    ServerSide server(both);
    server.trusts = always(Trust::authority);
    RawClient::Options options;
    options.ciphers = "ECDHE-ECDSA-AES128-CCM8";
    options.own = &pki.device;
    RawClient with_certificate({}, options);
    with_certificate.begin();
    link.settle(with_certificate, server);
    ASSERT_TRUE(server.connection && server.connection->is_established());
    EXPECT_EQ(with_certificate.server_certificate(), pki.server.certificate);
    EXPECT_TRUE(server.claims.at(0).certificate);

    ServerSide again(both);
    RawClient with_psk(device_psk(), {});
    with_psk.begin();
    link.settle(with_psk, again);
    EXPECT_TRUE(again.connection->is_established());
}

}  // namespace
}  // namespace dtls::testing
