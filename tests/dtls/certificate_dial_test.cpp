// We dial a device that listens, by certificate: both roles of our own Connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dtls/pki_peers.h"

namespace dtls::testing {
namespace {

class CertificateDial : public ::testing::Test {
  protected:
    Pki pki;
    Settings ours = pki.settings();
    Settings theirs = device_settings(pki.device);
    Link link;

    static Settings device_settings(const support::Holder& device) {
        Settings settings;
        settings.certificates = {certificate_of(device)};
        return settings;
    }
    // How it ended for us; empty: established.
    std::string dialled(const ExpectedPeer& expected) {
        ServerSide device(theirs);
        device.trusts = always(Trust::pinned_key);
        ClientSide server(expected, ours);
        server.dial();
        link.settle(server, device);
        claim = server.connection->claim();
        seen_by_device = device.claims;
        device_ended = device.out.ended;
        if (server.connection->is_established()) {
            EXPECT_TRUE(device.connection->is_established());
            server.connection->send(bytes("request"), server.out);
            link.settle(server, device);
            EXPECT_EQ(device.out.plaintexts, std::vector<wire::Bytes>{bytes("request")});
            return "";
        }
        if (server.out.ended.size() != 1U) return "not ended";
        EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
        EXPECT_TRUE(server.out.ended[0].unproved);
        return server.out.ended[0].reason;
    }
    std::optional<PublicKeyClaim> claim;
    std::vector<PublicKeyClaim> seen_by_device;
    std::vector<Ended> device_ended;
};

TEST_F(CertificateDial, ReachesADeviceByItsName) {
    EXPECT_EQ(dialled({"urn:dev:1", {}, {}}), "");
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->endpoint, "urn:dev:1");
    EXPECT_TRUE(claim->verified);
    ASSERT_EQ(seen_by_device.size(), 1U);
    EXPECT_EQ(seen_by_device[0].certificate, crypto::sha256(pki.server.certificate));
}

TEST_F(CertificateDial, ReachesADeviceByItsPinnedCertificateOrKey) {
    ours.peers.authorities.clear();
    EXPECT_EQ(dialled({"", {crypto::sha256(pki.device.certificate)}, {}}), "");
    EXPECT_EQ(dialled({"", {}, {crypto::sha256(pki.device.public_key)}}), "");
}

TEST_F(CertificateDial, RefusesAnotherDevice) {
    EXPECT_THAT(dialled({"urn:dev:2", {}, {}}), ::testing::HasSubstr("mismatch"));
    ASSERT_EQ(device_ended.size(), 1U);
    EXPECT_EQ(device_ended[0].reason, "alert bad certificate");
    EXPECT_EQ(device_ended[0].ending, Ending::refused_by_peer);
    EXPECT_THAT(dialled({"", {crypto::sha256(pki.server.certificate)}, {}}),
                ::testing::HasSubstr("refused"));
    EXPECT_THAT(dialled({"", {}, {crypto::sha256(pki.server.public_key)}}),
                ::testing::HasSubstr("refused"));
    EXPECT_THAT(dialled({}), ::testing::HasSubstr("refused"));
}

TEST_F(CertificateDial, RefusesWhatNoAuthorityVouchesFor) {
    theirs = device_settings(support::self_signed(support::named("urn:dev:1")));
    EXPECT_THAT(dialled({"urn:dev:1", {}, {}}), ::testing::HasSubstr("self"));
    EXPECT_EQ(device_ended[0].reason, "alert unknown CA");
    support::Wanted wanted = support::named("urn:dev:1");
    wanted.valid_to = -std::chrono::minutes(1);
    const support::Holder expired = support::issued_by(pki.factory, wanted);
    theirs = device_settings(expired);
    EXPECT_THAT(dialled({"urn:dev:1", {}, {}}), ::testing::HasSubstr("expired"));
    EXPECT_EQ(device_ended[0].reason, "alert certificate expired");
    EXPECT_THAT(dialled({"", {crypto::sha256(expired.certificate)}, {}}),
                ::testing::HasSubstr("expired"));
    EXPECT_EQ(dialled({"", {}, {crypto::sha256(expired.public_key)}}), "");
    theirs = device_settings(pki.device);
    ours.peers.revocations = {support::revocation_list(pki.factory, {pki.device.certificate})};
    EXPECT_THAT(dialled({"urn:dev:1", {}, {}}), ::testing::HasSubstr("revoked"));
    EXPECT_EQ(device_ended[0].reason, "alert certificate revoked");
}

TEST_F(CertificateDial, NeedsACertificateOfOurOwn) {
    ours.certificates.clear();
    ClientSide server(ExpectedPeer{"urn:dev:1", {}, {}}, ours);
    server.dial();
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_THAT(server.out.ended[0].reason, ::testing::HasSubstr("no certificate of our own"));
    EXPECT_TRUE(server.out.datagrams.empty());
    EXPECT_FALSE(server.out.ended[0].unproved);
}

// A device that has both never gets us to show a certificate for a PSK.
TEST_F(CertificateDial, ByPskOffersNoOtherSuites) {
    theirs.cipher_suites = {"ECDHE-ECDSA-AES128-CCM8"};
    ServerSide device(theirs);
    ClientSide server(device_psk(), ours);
    server.dial();
    link.settle(server, device);
    ASSERT_EQ(device.out.ended.size(), 1U);
    EXPECT_EQ(device.out.ended[0].reason, "no shared cipher");

    ours.cipher_suites = {"ECDHE-ECDSA-AES128-CCM8"};
    ClientSide without(device_psk(), ours);
    without.dial();
    ASSERT_EQ(without.out.ended.size(), 1U);
    EXPECT_EQ(without.out.ended[0].reason, "no PSK cipher suite is in the settings");
}

TEST_F(CertificateDial, AsksForNoName) {
    ClientSide server(ExpectedPeer{"urn:dev:1", {}, {}}, ours);
    server.dial();
    ASSERT_EQ(server.out.datagrams.size(), 1U);
    const std::string_view hello = wire::as_text(server.out.datagrams[0]);
    EXPECT_EQ(hello.find("urn:dev:1"), std::string_view::npos);
    EXPECT_EQ(hello.find("example"), std::string_view::npos);
}

}  // namespace
}  // namespace dtls::testing
