// Clients with certificates: bare OpenSSL against our server.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/dtls/pki_peers.h"
#include "tests/dtls/raw_client.h"
#include "tests/dtls/records.h"

namespace dtls::testing {
namespace {

constexpr const char* ccm8 = "ECDHE-ECDSA-AES128-CCM8";

RawClient::Options with(const support::Holder& own, const std::string& ciphers = ccm8) {
    RawClient::Options options;
    options.ciphers = ciphers;
    options.own = &own;
    return options;
}

class Certificates : public ::testing::Test {
  protected:
    Pki pki;
    Settings settings = pki.settings();
    Link link;

    void shake_hands(ServerSide& server, RawClient& client) {
        client.begin();
        link.settle(client, server);
    }
    static void expect_conversation(ServerSide& server, RawClient& client) {
        Link both;
        client.send("hello");
        server.connection->send(bytes("world"), server.out);
        both.settle(client, server);
        EXPECT_EQ(server.out.plaintexts, std::vector<wire::Bytes>{bytes("hello")});
        EXPECT_EQ(client.out.plaintexts, std::vector<wire::Bytes>{bytes("world")});
    }
    // One handshake of a client that is looked up with that answer.
    void expect_taken(const support::Holder& own, Trust trust) {
        ServerSide server(settings);
        server.trusts = always(trust);
        RawClient client({}, with(own));
        shake_hands(server, client);
        ASSERT_TRUE(server.connection);
        ASSERT_TRUE(server.connection->is_established())
            << (server.out.ended.empty() ? "" : server.out.ended[0].reason);
        EXPECT_FALSE(server.connection->proof_failed());
        EXPECT_TRUE(client.established());
        EXPECT_EQ(server.lookups, 1);
        ASSERT_TRUE(server.connection->claim());
        EXPECT_EQ(server.connection->claim()->certificate, crypto::sha256(own.certificate));
        expect_conversation(server, client);
    }
    void expect_refused(const support::Holder& own, Trust trust, const char* alert,
                        const char* reason) {
        ServerSide server(settings);
        server.trusts = always(trust);
        RawClient client({}, with(own));
        shake_hands(server, client);
        EXPECT_EQ(client.alert(), alert);
        EXPECT_FALSE(client.established());
        EXPECT_FALSE(server.out.established);
        ASSERT_EQ(server.out.ended.size(), 1U);
        EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
        EXPECT_THAT(server.out.ended[0].reason, ::testing::HasSubstr(reason));
        EXPECT_TRUE(server.out.ended[0].unproved);
        EXPECT_TRUE(server.connection->proof_failed());
    }
    // The client's last flight as its records; nothing of it has reached the server.
    std::vector<wire::Bytes> last_flight(ServerSide& server, RawClient& client) {
        client.begin();
        for (int turn = 0; turn < 2; ++turn) {
            carry(client.out.datagrams, [&](wire::BytesView one) { server.receive(one); });
            carry(server.out.datagrams, [&](wire::BytesView one) { client.receive(one); });
        }
        std::vector<wire::Bytes> records = split_records(joined(client.out.datagrams));
        client.out.datagrams.clear();
        return records;
    }
    template <class To>
    static void carry(std::vector<wire::Bytes>& from, To to) {
        for (const wire::Bytes& one : std::exchange(from, {})) to(one);
    }
    static wire::Bytes certificate_record(const std::vector<wire::Bytes>& chain,
                                          std::uint64_t sequence, std::uint16_t message_seq = 2) {
        RawFragment fragment;
        fragment.type = 11;
        fragment.message_seq = message_seq;
        fragment.body = certificate_message(chain);
        fragment.message_length = static_cast<std::uint32_t>(fragment.body.size());
        RawRecord record;
        record.sequence = sequence;
        record.body = raw(fragment);
        return raw(record);
    }
};

TEST_F(Certificates, OfAnAuthorityAreTaken) {
    expect_taken(pki.device, Trust::authority);
}

TEST_F(Certificates, TellTheirClaimBeforeAnythingIsDecided) {
    ServerSide server(settings);
    server.answers = false;
    RawClient client({}, with(pki.device));
    shake_hands(server, client);
    ASSERT_TRUE(server.out.identity_wanted);
    ASSERT_TRUE(server.connection->claim());
    const PublicKeyClaim& claim = *server.connection->claim();
    EXPECT_EQ(claim.endpoint, "urn:dev:1");
    EXPECT_EQ(claim.issuer, "CN=Factory CA");
    EXPECT_EQ(claim.key, crypto::sha256(pki.device.public_key));
    EXPECT_TRUE(claim.verified);
    EXPECT_TRUE(server.connection->identity().empty());
    EXPECT_FALSE(client.established());
    server.connection->trust(Trust::authority, server.out);
    link.settle(client, server);
    EXPECT_TRUE(server.connection->is_established());
    EXPECT_EQ(server.connection->claim()->endpoint, "urn:dev:1");
    expect_conversation(server, client);
}

TEST_F(Certificates, OfNoAuthorityAreTakenWhenTheyArePinned) {
    const support::Holder own = support::self_signed(support::named("urn:dev:7"));
    expect_taken(own, Trust::pinned_certificate);
    expect_taken(own, Trust::pinned_key);
    settings.peers.authorities.clear();
    expect_taken(own, Trust::pinned_certificate);
}

TEST_F(Certificates, OfAnotherAuthorityAreRefused) {
    const support::Holder root = support::self_signed(support::authority("Other root"));
    const support::Holder own = support::issued_by(root, support::named("urn:dev:1"));
    expect_refused(own, Trust::authority, "unknown CA", "unable to get local issuer certificate");
    expect_refused(own, Trust::none, "unknown CA", "unknown certificate or public key");
    const support::Holder alone = support::self_signed(support::named("urn:dev:1"));
    expect_refused(alone, Trust::authority, "unknown CA", "self");
}

TEST_F(Certificates, OutOfTheirTimeAreRefusedUnlessTheirKeyIsPinned) {
    support::Wanted wanted = support::named("urn:dev:1");
    wanted.valid_from = -std::chrono::hours(2);
    wanted.valid_to = -std::chrono::hours(1);
    const support::Holder expired = support::issued_by(pki.factory, wanted);
    expect_refused(expired, Trust::authority, "certificate expired", "has expired");
    expect_refused(expired, Trust::pinned_certificate, "certificate expired", "has expired");
    expect_taken(expired, Trust::pinned_key);
    wanted.valid_from = std::chrono::hours(1);
    wanted.valid_to = std::chrono::hours(2);
    const support::Holder early = support::issued_by(pki.factory, wanted);
    expect_refused(early, Trust::authority, "bad certificate", "not yet valid");
    expect_refused(early, Trust::pinned_certificate, "bad certificate", "not yet valid");
    expect_taken(early, Trust::pinned_key);
}

TEST_F(Certificates, ThatAreRevokedAreRefused) {
    settings.peers.revocations = {support::revocation_list(pki.factory, {pki.device.certificate})};
    expect_refused(pki.device, Trust::authority, "certificate revoked", "certificate revoked");
    expect_taken(pki.device, Trust::pinned_certificate);  // pinned by whoever runs the server
    expect_taken(support::issued_by(pki.factory, support::named("urn:dev:2")), Trust::authority);
}

TEST_F(Certificates, WithoutARevocationListAreRefusedWhereOneIsNeeded) {
    settings.peers.needs_revocations = true;
    expect_refused(pki.device, Trust::authority, "unknown CA", "unable to get certificate CRL");
    settings.peers.revocations = {support::revocation_list(pki.factory, {}),
                                  support::revocation_list(pki.root, {})};
    expect_taken(pki.device, Trust::authority);
}

TEST_F(Certificates, WithoutANameAreRefusedUnlessTheyArePinned) {
    const support::Holder nameless = support::issued_by(pki.factory, {});
    expect_refused(nameless, Trust::authority, "bad certificate", "mismatch");
    expect_taken(nameless, Trust::pinned_certificate);
}

TEST_F(Certificates, OfNobodyAreRefusedThoughTheirAuthorityIsOurs) {
    expect_refused(pki.device, Trust::none, "access denied", "its certificate is good");
}

TEST_F(Certificates, AreDemanded) {
    ServerSide server(settings);
    RawClient client({}, {ccm8});
    shake_hands(server, client);
    EXPECT_EQ(client.alert(), "handshake failure");
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].reason, "peer did not return a certificate");
    EXPECT_TRUE(server.out.ended[0].unproved);
    EXPECT_EQ(server.lookups, 0);
}

TEST_F(Certificates, AreProvedByTheirKey) {
    ServerSide server(settings);
    server.trusts = always(Trust::authority);
    const support::Holder thief = support::issued_by(pki.factory, support::named("urn:dev:66"));
    RawClient client({}, with(thief));
    std::vector<wire::Bytes> flight = last_flight(server, client);
    ASSERT_EQ(flight.size(), 5U);  // Certificate, key exchange, CertificateVerify, change, Finished
    flight[0] = certificate_record(pki.device.chain, 10);
    for (const wire::Bytes& one : flight) server.receive(one);
    ASSERT_EQ(server.claims.size(), 1U);
    EXPECT_EQ(server.claims[0].endpoint, "urn:dev:1");
    EXPECT_FALSE(server.out.established);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
    EXPECT_THAT(server.out.ended[0].reason, ::testing::HasSubstr("signature"));
    EXPECT_TRUE(server.out.ended[0].unproved);
    carry(server.out.datagrams, [&](wire::BytesView one) { client.receive(one); });
    EXPECT_EQ(client.alert(), "decrypt error");
}

// A record that OpenSSL drops as replayed shows the certificate of another; what was answered for
// that one is not for what OpenSSL sees then.
TEST_F(Certificates, OfAnotherThanWasLookedUpAreRefused) {
    ServerSide server(settings);
    server.trusts = always(Trust::pinned_key);
    const support::Holder thief = support::self_signed(support::named("urn:dev:66"));
    RawClient client({}, with(thief));
    const std::vector<wire::Bytes> flight = last_flight(server, client);
    server.receive(flight[1]);
    wire::Bytes replayed = certificate_record(pki.device.chain, 0);
    std::copy_n(flight[1].begin() + 3, 8, replayed.begin() + 3);  // epoch and sequence number
    server.receive(replayed);
    ASSERT_EQ(server.claims.size(), 1U);
    EXPECT_EQ(server.claims[0].endpoint, "urn:dev:1");
    for (const wire::Bytes& one : flight) server.receive(one);
    EXPECT_EQ(server.lookups, 1);
    EXPECT_FALSE(server.out.established);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_THAT(server.out.ended[0].reason, ::testing::HasSubstr("certificate is refused"));
    EXPECT_TRUE(server.out.ended[0].unproved);
    carry(server.out.datagrams, [&](wire::BytesView one) { client.receive(one); });
    EXPECT_EQ(client.alert(), "bad certificate");
}

TEST_F(Certificates, InAMessageWithAnotherNumberFoolNobody) {
    ServerSide server(settings);
    server.trusts = always(Trust::authority);
    RawClient client({}, with(pki.device));
    const std::vector<wire::Bytes> flight = last_flight(server, client);
    const support::Holder other = support::issued_by(pki.factory, support::named("urn:dev:9"));
    for (const std::uint16_t seq : std::initializer_list<std::uint16_t>{0, 1, 9, 65535})
        server.receive(certificate_record(other.chain, 20, seq));
    EXPECT_EQ(server.lookups, 0);
    for (const wire::Bytes& one : flight) server.receive(one);
    ASSERT_EQ(server.claims.size(), 1U);
    EXPECT_EQ(server.claims[0].endpoint, "urn:dev:1");
    EXPECT_TRUE(server.connection->is_established());
}

TEST_F(Certificates, ComeInFragmentsInAnyOrder) {
    for (const std::size_t parts : {2U, 7U, 40U}) {
        for (const bool reversed : {false, true}) {
            SCOPED_TRACE(std::to_string(parts) + (reversed ? " reversed" : ""));
            ServerSide server(settings);
            server.trusts = always(Trust::authority);
            RawClient client({}, with(pki.device));
            const std::vector<wire::Bytes> flight = last_flight(server, client);
            std::vector<wire::Bytes> fragments = split_message(flight[0], parts, 10);
            if (reversed) std::reverse(fragments.begin(), fragments.end());
            for (const wire::Bytes& one : fragments) {
                EXPECT_EQ(server.lookups, 0);
                server.receive(one);
            }
            EXPECT_EQ(server.lookups, 1);
            for (std::size_t i = 1; i < flight.size(); ++i) {
                wire::Bytes later = flight[i];
                if (later[4] == 0) later[9] = 1;  // behind the fragments' sequence numbers
                server.receive(later);
            }
            EXPECT_TRUE(server.connection->is_established());
        }
    }
}

TEST_F(Certificates, SurviveLossAndRepetition) {
    settings.retransmission_timeout = impatient().retransmission_timeout;
    settings.mtu = 512;  // more datagrams to lose
    for (std::size_t lost = 0; lost < 12; ++lost) {
        SCOPED_TRACE(lost);
        ServerSide server(settings);
        server.trusts = always(Trust::authority);
        // Our own dial role: it repeats itself on a timer that can be waited for.
        Settings device = settings;
        device.certificates = {certificate_of(pki.device)};
        ClientSide client(ExpectedPeer{"", {crypto::sha256(pki.server.certificate)}, {}}, device);
        Link lossy;
        lossy.lose = {lost};
        lossy.duplicate = lost % 2 == 0;
        client.dial();
        lossy.settle(client, server);
        for (int turn = 0; turn < 3 && !(server.connection && server.connection->is_established() &&
                                         client.connection->is_established());
             ++turn) {
            client.expire_timer();
            server.expire_timer();
            lossy.settle(client, server);
        }
        ASSERT_TRUE(server.connection && server.connection->is_established());
        EXPECT_TRUE(client.connection->is_established());
        EXPECT_EQ(server.lookups, 1);
    }
}

TEST_F(Certificates, OnOtherCurvesAreTaken) {
    for (const auto kind : {support::KeyKind::p384, support::KeyKind::ed25519}) {
        support::Wanted wanted = support::named("urn:dev:1");
        wanted.kind = kind;
        expect_taken(support::issued_by(pki.factory, wanted), Trust::authority);
    }
    support::Wanted host = Pki::named_host("bs.example.com");
    host.kind = support::KeyKind::p384;
    settings.certificates = {certificate_of(support::issued_by(pki.root, host))};
    expect_taken(pki.device, Trust::authority);
}

TEST_F(Certificates, OnACurveThatIsNotOfferedAreRefused) {
    support::Wanted wanted = support::named("urn:dev:1");
    wanted.kind = support::KeyKind::secp256k1;
    const support::Holder own = support::issued_by(pki.factory, wanted);
    ServerSide server(settings);
    server.trusts = always(Trust::pinned_key);
    RawClient client({}, with(own));
    shake_hands(server, client);
    EXPECT_FALSE(server.out.established);
    EXPECT_FALSE(client.established());
}

TEST_F(Certificates, GoWithEverySuite) {
    settings.cipher_suites = {ccm8,
                              "ECDHE-ECDSA-AES128-CCM",
                              "ECDHE-ECDSA-AES128-SHA256",
                              "ECDHE-ECDSA-AES128-GCM-SHA256",
                              "ECDHE-ECDSA-AES256-GCM-SHA384",
                              "PSK-AES128-CCM8"};
    for (const std::string& name : settings.cipher_suites) {
        SCOPED_TRACE(name);
        ServerSide server(settings);
        server.trusts = always(Trust::authority);
        RawClient client(device_psk(), with(pki.device, name));
        shake_hands(server, client);
        ASSERT_TRUE(server.connection && server.connection->is_established());
        EXPECT_EQ(server.connection->cipher_suite(), name);
        EXPECT_EQ(server.connection->claim().has_value(), name != "PSK-AES128-CCM8");
        expect_conversation(server, client);
    }
}

TEST_F(Certificates, StandBesidePreSharedKeys) {
    // Who offers both gets the server's first.
    ServerSide server(settings);
    RawClient client(device_psk(), with(pki.device, std::string(ccm8) + ":PSK-AES128-CCM8"));
    shake_hands(server, client);
    ASSERT_TRUE(server.connection->is_established());
    EXPECT_EQ(server.connection->cipher_suite(), "PSK-AES128-CCM8");
    EXPECT_EQ(server.connection->identity(), bytes(device_identity));
    EXPECT_FALSE(server.connection->claim());

    ServerSide denying(settings);
    RawClient unknown({bytes("nobody"), key(device_key)}, {"PSK-AES128-CCM8"});
    shake_hands(denying, unknown);
    ASSERT_EQ(denying.out.ended.size(), 1U);
    EXPECT_EQ(denying.out.ended[0].reason, "unknown PSK identity");
    EXPECT_TRUE(denying.out.ended[0].unproved);
}

TEST_F(Certificates, AreAnsweredByTrustAlone) {
    ServerSide server(settings);
    server.answers = false;
    RawClient client({}, with(pki.device));
    shake_hands(server, client);
    ASSERT_TRUE(server.out.identity_wanted);
    server.connection->provide(key(device_key), server.out);
    EXPECT_EQ(server.out.ended.size(), 1U);
    server.connection->trust(Trust::authority, server.out);
    server.connection->deny(server.out);
    EXPECT_EQ(server.out.ended.size(), 1U);

    ServerSide psk(settings);
    psk.answers = false;
    RawClient other(device_psk(), {"PSK-AES128-CCM8"});
    shake_hands(psk, other);
    psk.connection->trust(Trust::pinned_key, psk.out);
    ASSERT_EQ(psk.out.ended.size(), 1U);
    EXPECT_EQ(psk.out.ended[0].reason, "unknown PSK identity");
}

TEST_F(Certificates, AreNotLookedForWhereNoneIsInTheSettings) {
    ServerSide server;
    RawClient client({}, with(pki.device));
    shake_hands(server, client);
    EXPECT_EQ(client.alert(), "handshake failure");
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].reason, "no shared cipher");
    EXPECT_FALSE(server.out.ended[0].unproved);
}

TEST_F(Certificates, AreRefusedWithASuiteOrAVersionThatIsNotOffered) {
    for (const char* name : {"ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-AES128-SHA"}) {
        ServerSide server(settings);
        RawClient client({}, with(pki.device, name));
        shake_hands(server, client);
        EXPECT_EQ(client.alert(), "handshake failure");
        ASSERT_EQ(server.out.ended.size(), 1U);
        EXPECT_FALSE(server.out.ended[0].unproved);
    }
    RawClient::Options old = with(pki.device, "ECDHE-ECDSA-AES128-SHA");
    old.dtls_1_0 = true;
    ServerSide server(settings);
    RawClient client({}, old);
    shake_hands(server, client);
    EXPECT_FALSE(client.established());
    EXPECT_FALSE(server.out.established);
    EXPECT_EQ(server.lookups, 0);
}

TEST_F(Certificates, AreNotRenegotiated) {
    ServerSide server(settings);
    server.trusts = always(Trust::authority);
    RawClient client({}, with(pki.device));
    shake_hands(server, client);
    ASSERT_TRUE(server.connection->is_established());
    ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
    SSL_do_handshake(client.ssl());
    carry(client.out.datagrams,
          [&](wire::BytesView one) { server.connection->receive(one, server.out); });
    EXPECT_TRUE(server.out.ended.empty());
    EXPECT_TRUE(server.connection->is_established());
    EXPECT_EQ(server.lookups, 1);
}

// The alert of a client that does not like our certificate says nothing of the client.
TEST_F(Certificates, OfOursThatTheClientRefusesEndTheHandshake) {
    ServerSide server(settings);
    Settings device = settings;
    device.certificates = {certificate_of(pki.device)};
    ClientSide client(ExpectedPeer{"another", {}, {}}, device);
    client.dial();
    link.settle(client, server);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_peer);
    EXPECT_FALSE(server.out.ended[0].unproved);
}

TEST_F(Certificates, ThatAreHugeCostLittle) {
    ServerSide server(settings);
    RawClient client({}, with(pki.device));
    last_flight(server, client);
    // A message of 16 KiB in one octet, at every number that OpenSSL would keep it for.
    for (std::uint16_t seq = 2; seq < 12; ++seq) {
        RawFragment fragment;
        fragment.type = 11;
        fragment.message_seq = seq;
        fragment.message_length = 16 * 1024;
        fragment.body = {0};
        RawRecord record;
        record.sequence = seq + 20U;
        record.body = raw(fragment);
        server.receive(raw(record));
    }
    EXPECT_EQ(server.connection->dropped(), 10U);
    EXPECT_TRUE(server.out.ended.empty());
    // A chain above the bound is passed over; one of too many is refused.
    server.receive(certificate_record({wire::Bytes(9000, 1)}, 50));
    EXPECT_EQ(server.connection->dropped(), 11U);
    server.receive(certificate_record(std::vector<wire::Bytes>(9, pki.device.certificate), 51));
    EXPECT_EQ(server.lookups, 0);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_TRUE(server.out.ended[0].unproved);
}

TEST_F(Certificates, ThatCannotBeReadAreRefused) {
    for (const wire::Bytes& junk : {bytes("junk"), wire::Bytes{0x30, 0}, wire::Bytes(3000, 0x30)}) {
        ServerSide server(settings);
        server.trusts = always(Trust::pinned_key);
        RawClient client({}, with(pki.device));
        last_flight(server, client);
        server.receive(certificate_record({junk}, 50));
        EXPECT_EQ(server.lookups, 0);
        ASSERT_EQ(server.out.ended.size(), 1U);
        EXPECT_EQ(server.out.ended[0].ending, Ending::refused_by_us);
        EXPECT_TRUE(server.out.ended[0].unproved);
    }
}

// One bad Finished may be a forgery; it is no proof either, if the handshake is then given up.
TEST_F(Certificates, AFinishedThatDoesNotVerifyIsRemembered) {
    const auto guess = [this](ServerSide& server) {
        RawClient client({bytes(device_identity), key("another key")}, {"PSK-AES128-CCM8"});
        shake_hands(server, client);
        EXPECT_TRUE(server.out.ended.empty());
        EXPECT_TRUE(server.connection->proof_failed());
    };
    settings.handshake_timeout = wire::Duration::zero();
    ServerSide timed_out(settings);
    guess(timed_out);
    timed_out.connection->on_timeout(timed_out.out);
    ASSERT_EQ(timed_out.out.ended.size(), 1U);
    EXPECT_EQ(timed_out.out.ended[0].ending, Ending::handshake_timeout);
    EXPECT_TRUE(timed_out.out.ended[0].unproved);

    // Nothing is held against a client that proves itself then.
    ServerSide server(settings);
    RawClient client(device_psk(), {"PSK-AES128-CCM8"});
    const std::vector<wire::Bytes> flight = last_flight(server, client);
    server.receive(flight[0]);
    server.receive(flight[1]);
    wire::Bytes forged = flight[2];
    forged.back() ^= 1U;
    server.receive(forged);
    EXPECT_TRUE(server.connection->proof_failed());
    server.receive(flight[2]);
    EXPECT_TRUE(server.connection->is_established());
    EXPECT_FALSE(server.connection->proof_failed());
}

}  // namespace
}  // namespace dtls::testing
