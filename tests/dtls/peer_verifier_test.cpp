#include "server/dtls/peer_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dtls/pki_peers.h"

namespace dtls::testing {
namespace {

using support::issued_by;
using support::named;

class Verifier : public ::testing::Test {
  protected:
    Pki pki;
    PeerVerification settings;

    Verifier() { settings.authorities = {pki.root.certificate}; }

    std::optional<Judgement> judge(const std::vector<wire::Bytes>& chain,
                                   PeerVerifier::As as = PeerVerifier::As::client) {
        const auto made = PeerVerifier::make(settings);
        if (!made) throw std::runtime_error(made.error());
        return made->judge({chain.begin(), chain.end()}, as);
    }
    // In OpenSSL's words; empty: verified.
    std::string why_not(const support::Holder& holder) {
        const auto judgement = judge(holder.chain);
        if (!judgement) return "unreadable";
        EXPECT_EQ(judgement->claim.verified, judgement->claim.why_not.empty());
        EXPECT_EQ(judgement->claim.verified, judgement->authority == X509_V_OK);
        return judgement->claim.why_not;
    }
    std::string problem() const {
        const auto made = PeerVerifier::make(settings);
        return made ? "" : made.error();
    }
};

TEST_F(Verifier, TellsWhatACertificateSays) {
    const auto judgement = judge(pki.device.chain);
    ASSERT_TRUE(judgement);
    const PublicKeyClaim& claim = judgement->claim;
    EXPECT_EQ(claim.key, crypto::sha256(pki.device.public_key));
    EXPECT_EQ(claim.certificate, crypto::sha256(pki.device.certificate));
    EXPECT_EQ(claim.endpoint, "urn:dev:1");
    EXPECT_EQ(claim.issuer, "CN=Factory CA");
    EXPECT_TRUE(claim.verified);
    EXPECT_EQ(judgement->time, X509_V_OK);
}

TEST_F(Verifier, NeedsTheWholeChain) {
    EXPECT_EQ(why_not(pki.device), "");
    support::Holder alone = pki.device;
    alone.chain.resize(1);
    EXPECT_EQ(why_not(alone), "unable to get local issuer certificate");
    settings.authorities = {pki.factory.certificate};  // an authority may stand below a root
    EXPECT_EQ(why_not(alone), "");
}

TEST_F(Verifier, RefusesOtherAuthorities) {
    const support::Holder other = support::self_signed(support::authority("Root"));
    EXPECT_NE(why_not(issued_by(other, named("urn:dev:1"))), "");
    EXPECT_NE(why_not(support::self_signed(named("urn:dev:1"))), "");
    settings.authorities.clear();
    EXPECT_EQ(why_not(pki.device), "there is no authority for it");
}

TEST_F(Verifier, RefusesADeviceThatIssues) {
    const support::Holder forged = issued_by(pki.device, named("urn:dev:2"));
    EXPECT_EQ(why_not(forged), "invalid CA certificate");
}

TEST_F(Verifier, LooksAtTheTime) {
    support::Wanted wanted = named("urn:dev:1");
    wanted.valid_from = -std::chrono::hours(2);
    wanted.valid_to = -std::chrono::hours(1);
    const support::Holder expired = issued_by(pki.factory, wanted);
    EXPECT_EQ(why_not(expired), "certificate has expired");
    EXPECT_EQ(judge(expired.chain)->time, X509_V_ERR_CERT_HAS_EXPIRED);
    wanted.valid_from = std::chrono::hours(1);
    wanted.valid_to = std::chrono::hours(2);
    const support::Holder early = issued_by(pki.factory, wanted);
    EXPECT_EQ(why_not(early), "certificate is not yet valid");
    EXPECT_EQ(judge(early.chain)->time, X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_F(Verifier, LooksAtRevocationLists) {
    const support::Holder second = issued_by(pki.factory, named("urn:dev:2"));
    settings.revocations = {support::revocation_list(pki.factory, {pki.device.certificate})};
    EXPECT_EQ(why_not(pki.device), "certificate revoked");
    // The root has no list: nothing is said of what it issued.
    EXPECT_EQ(why_not(second), "");
    settings.revocations.push_back(support::revocation_list(pki.root, {pki.factory.certificate}));
    EXPECT_EQ(why_not(second), "certificate revoked");
}

TEST_F(Verifier, RefusesWhereAListIsMissingIfOneIsNeeded) {
    settings.needs_revocations = true;
    EXPECT_EQ(why_not(pki.device), "unable to get certificate CRL");
    settings.revocations = {support::revocation_list(pki.factory, {})};
    EXPECT_EQ(why_not(pki.device), "unable to get certificate CRL");
    settings.revocations.push_back(support::revocation_list(pki.root, {}));
    EXPECT_EQ(why_not(pki.device), "");
    // What is ours itself needs none above it.
    settings.authorities = {pki.factory.certificate};
    settings.revocations.pop_back();
    EXPECT_EQ(why_not(pki.device), "");
}

TEST_F(Verifier, RefusesWhereAListIsTooOldOrForged) {
    settings.revocations = {support::revocation_list(pki.factory, {}, -std::chrono::hours(1))};
    EXPECT_EQ(why_not(pki.device), "CRL has expired");
    support::Holder forger = support::self_signed(support::authority("Factory CA"));
    settings.revocations = {support::revocation_list(forger, {})};
    EXPECT_EQ(why_not(pki.device), "CRL signature failure");
}

TEST_F(Verifier, RefusesWeakSignaturesAndLongChains) {
    support::Wanted wanted = named("urn:dev:1");
    wanted.by_sha1 = true;
    EXPECT_EQ(why_not(issued_by(pki.factory, wanted)), "CA signature digest algorithm too weak");
    support::Holder issuer = pki.root;
    for (int depth = 0; depth < 4; ++depth) {
        issuer = issued_by(issuer, support::authority("CA " + std::to_string(depth)));
        EXPECT_EQ(why_not(issued_by(issuer, named("urn:dev:1"))), "") << depth;
    }
    issuer = issued_by(issuer, support::authority("CA 5"));
    EXPECT_NE(why_not(issued_by(issuer, named("urn:dev:1"))), "");
}

TEST_F(Verifier, LooksAtWhatTheKeyIsFor) {
    support::Wanted wanted = named("urn:dev:1");
    wanted.key_purposes = "serverAuth";
    const support::Holder server = issued_by(pki.factory, wanted);
    EXPECT_FALSE(judge(server.chain, PeerVerifier::As::client)->claim.verified);
    EXPECT_TRUE(judge(server.chain, PeerVerifier::As::server)->claim.verified);
    // A device that we dial may have a client's certificate.
    wanted.key_purposes = "clientAuth";
    const support::Holder client = issued_by(pki.factory, wanted);
    EXPECT_TRUE(judge(client.chain, PeerVerifier::As::client)->claim.verified);
    EXPECT_TRUE(judge(client.chain, PeerVerifier::As::server)->claim.verified);
    wanted.key_purposes = "codeSigning";
    const support::Holder neither = issued_by(pki.factory, wanted);
    EXPECT_FALSE(judge(neither.chain, PeerVerifier::As::client)->claim.verified);
    EXPECT_FALSE(judge(neither.chain, PeerVerifier::As::server)->claim.verified);
}

TEST_F(Verifier, FindsTheEndpointByTheRule) {
    support::Wanted wanted = named("by common name");
    wanted.dns_names = {"device.example.com"};
    wanted.uris = {"urn:dev:mac:0024befffe804ff1"};
    const support::Holder holder = issued_by(pki.factory, wanted);
    settings.name = PeerVerification::Name::common_name;
    EXPECT_EQ(judge(holder.chain)->claim.endpoint, "by common name");
    settings.name = PeerVerification::Name::dns_name;
    EXPECT_EQ(judge(holder.chain)->claim.endpoint, "device.example.com");
    settings.name = PeerVerification::Name::uri;
    EXPECT_EQ(judge(holder.chain)->claim.endpoint, "urn:dev:mac:0024befffe804ff1");
}

TEST_F(Verifier, FindsNoEndpointInNoneOrSeveralNamesOrInNoName) {
    const auto endpoint = [this](const support::Wanted& wanted) {
        return judge(issued_by(pki.factory, wanted).chain)->claim.endpoint;
    };
    support::Wanted wanted;
    EXPECT_EQ(endpoint(wanted), "");
    wanted.common_names = {"one", "two"};
    EXPECT_EQ(endpoint(wanted), "");
    wanted.common_names = {std::string("one\0two", 7)};
    EXPECT_EQ(endpoint(wanted), "");
    settings.name = PeerVerification::Name::uri;
    EXPECT_EQ(endpoint(wanted), "");
    wanted.uris = {"urn:dev:1", "urn:dev:2"};
    EXPECT_EQ(endpoint(wanted), "");
    // What is no name hides no second one.
    wanted.uris = {"urn:dev:1", std::string("\x01", 1)};
    EXPECT_EQ(endpoint(wanted), "");
    wanted.uris = {std::string(256, 'u')};
    EXPECT_EQ(endpoint(wanted), "");
    wanted.uris = {std::string(255, 'u')};
    EXPECT_EQ(endpoint(wanted), std::string(255, 'u'));
}

TEST_F(Verifier, ReadsOnlyTheExactOctets) {
    support::Holder holder = pki.device;
    holder.chain[0].push_back(0);
    EXPECT_EQ(why_not(holder), "unreadable");
    holder.chain[0].resize(40);
    EXPECT_EQ(why_not(holder), "unreadable");
    // The outer length in more octets than it needs: the same certificate, not in DER.
    const wire::Bytes& der = pki.device.certificate;
    ASSERT_EQ(der[1], 0x82);
    holder.chain[0] = {der[0], 0x83, 0x00, der[2], der[3]};
    holder.chain[0].insert(holder.chain[0].end(), der.begin() + 4, der.end());
    EXPECT_EQ(why_not(holder), "unreadable");
    holder.chain.clear();
    EXPECT_EQ(why_not(holder), "unreadable");
}

TEST_F(Verifier, PassesOverAnIssuerThatCannotBeRead) {
    support::Holder holder = pki.device;
    holder.chain.insert(holder.chain.begin() + 1, bytes("junk"));
    EXPECT_EQ(why_not(holder), "");
}

TEST_F(Verifier, TellsTheKeyOfARawPublicKey) {
    const auto judgement = PeerVerifier::judge_key(pki.device.public_key);
    ASSERT_TRUE(judgement);
    EXPECT_EQ(judgement->claim.key, crypto::sha256(pki.device.public_key));
    EXPECT_FALSE(judgement->claim.certificate);
    EXPECT_FALSE(judgement->claim.verified);
    wire::Bytes longer = pki.device.public_key;
    longer.push_back(0);
    EXPECT_FALSE(PeerVerifier::judge_key(longer));
    EXPECT_FALSE(PeerVerifier::judge_key(wire::Bytes()));
}

TEST_F(Verifier, TellsWhichOfTheSettingsCannotBeUsed) {
    settings.authorities.push_back(pki.server.certificate);
    EXPECT_EQ(problem(), "authority 2 is no certificate of an authority");
    settings.authorities[1] = bytes("junk");
    EXPECT_EQ(problem(), "authority 2 cannot be read");
    settings.authorities.pop_back();
    settings.revocations = {bytes("junk")};
    EXPECT_EQ(problem(), "revocation list 1 cannot be read");
    settings.revocations.clear();
    EXPECT_EQ(problem(), "");
}

// ---- what follows from it ----

TEST(CheckTrust, GoesByWhatIsKnown) {
    Judgement good;
    good.claim.certificate.emplace();
    good.claim.endpoint = "urn:dev:1";
    good.authority = good.time = X509_V_OK;
    EXPECT_EQ(check_trust(good, Trust::authority), X509_V_OK);
    EXPECT_EQ(check_trust(good, Trust::pinned_certificate), X509_V_OK);
    EXPECT_EQ(check_trust(good, Trust::pinned_key), X509_V_OK);
    EXPECT_NE(check_trust(good, Trust::none), X509_V_OK);

    Judgement nameless = good;
    nameless.claim.endpoint.clear();
    EXPECT_EQ(check_trust(nameless, Trust::authority), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(check_trust(nameless, Trust::pinned_certificate), X509_V_OK);

    Judgement expired = good;
    expired.authority = expired.time = X509_V_ERR_CERT_HAS_EXPIRED;
    EXPECT_EQ(check_trust(expired, Trust::authority), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(check_trust(expired, Trust::pinned_certificate), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(check_trust(expired, Trust::pinned_key), X509_V_OK);
    EXPECT_EQ(check_trust(expired, Trust::none), X509_V_ERR_CERT_HAS_EXPIRED);

    Judgement raw = good;
    raw.claim.certificate.reset();
    raw.authority = X509_V_ERR_CERT_UNTRUSTED;
    EXPECT_EQ(check_trust(raw, Trust::pinned_key), X509_V_OK);
    EXPECT_NE(check_trust(raw, Trust::pinned_certificate), X509_V_OK);
    EXPECT_NE(check_trust(raw, Trust::authority), X509_V_OK);
}

TEST(CheckExpected, NeedsOneOfWhatIsExpected) {
    Judgement seen;
    seen.claim.key = {1};
    seen.claim.certificate = crypto::Sha256{2};
    seen.claim.endpoint = "urn:dev:1";
    seen.authority = seen.time = X509_V_OK;
    EXPECT_EQ(check_expected(seen, {"urn:dev:1", {}, {}}), X509_V_OK);
    EXPECT_EQ(check_expected(seen, {"urn:dev:2", {}, {}}), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(check_expected(seen, {"", {}, {}}), X509_V_ERR_CERT_UNTRUSTED);
    EXPECT_EQ(check_expected(seen, {"", {{9}, {2}}, {}}), X509_V_OK);
    EXPECT_EQ(check_expected(seen, {"", {{9}}, {{9}, {1}}}), X509_V_OK);
    EXPECT_NE(check_expected(seen, {"", {{1}}, {{2}}}), X509_V_OK);

    seen.authority = seen.time = X509_V_ERR_CERT_HAS_EXPIRED;
    EXPECT_EQ(check_expected(seen, {"urn:dev:1", {}, {}}), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(check_expected(seen, {"", {{2}}, {}}), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(check_expected(seen, {"", {}, {{1}}}), X509_V_OK);
    // A name alone, without an authority behind it, is nothing.
    seen.time = X509_V_OK;
    seen.authority = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    EXPECT_NE(check_expected(seen, {"urn:dev:1", {}, {}}), X509_V_OK);
    EXPECT_EQ(check_expected(seen, {"urn:dev:1", {{2}}, {}}), X509_V_OK);
}

}  // namespace
}  // namespace dtls::testing
