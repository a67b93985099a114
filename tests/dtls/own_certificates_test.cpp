#include "server/dtls/own_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dtls/pki_peers.h"
#include "tests/dtls/raw_client.h"

namespace dtls::testing {
namespace {

TEST(OwnCertificates, ANameCoversAHost) {
    EXPECT_TRUE(covers("bs.example.com", "BS.Example.com"));
    EXPECT_TRUE(covers("bs.example.com", "bs.example.com."));
    EXPECT_TRUE(covers("*.example.com", "bs.example.com"));
    EXPECT_FALSE(covers("*.example.com", "example.com"));
    EXPECT_FALSE(covers("*.example.com", ".example.com"));
    EXPECT_FALSE(covers("*.example.com", "a.b.example.com"));
    EXPECT_FALSE(covers("bs.example.com", "bs.example.co"));
    EXPECT_FALSE(covers("", ""));
    EXPECT_FALSE(covers("", "."));
    EXPECT_FALSE(covers("*", "example"));
    EXPECT_FALSE(covers("*.", "example"));
}

std::string problem(const Settings& settings) {
    const auto made = Context::make(settings);
    return made ? "" : made.error();
}

TEST(OwnCertificates, TellWhichOneCannotBeUsed) {
    const Pki pki;
    Settings settings = pki.settings();
    EXPECT_EQ(problem(settings), "");
    settings.certificates.push_back(certificate_of(pki.server));
    settings.certificates[1].key = pki.device.key;
    EXPECT_EQ(problem(settings),
              "certificate 2: the private key is not the one of the certificate");
    settings.certificates[1].key = key("no key");
    EXPECT_EQ(problem(settings), "certificate 2: its private key cannot be read as PKCS #8");
    settings.certificates[1] = certificate_of(pki.server);
    settings.certificates[1].chain.push_back(bytes("no certificate"));
    EXPECT_EQ(problem(settings), "certificate 2: a certificate of its chain cannot be read");
    settings.certificates[1].chain = {bytes("no certificate")};
    EXPECT_EQ(problem(settings), "certificate 2: it cannot be read");
    settings.certificates[1].chain = {pki.server.certificate};
    settings.certificates[1].chain[0].push_back(0);
    EXPECT_EQ(problem(settings), "certificate 2: it cannot be read");
}

TEST(OwnCertificates, HaveAKeyThatTheSuitesCanUse) {
    const Pki pki;
    support::Wanted wanted = Pki::named_host("bs.example.com");
    wanted.kind = support::KeyKind::p384;
    Settings good = pki.settings();
    good.certificates = {certificate_of(support::issued_by(pki.root, wanted))};
    EXPECT_EQ(problem(good), "");
    for (const auto kind :
         {support::KeyKind::rsa, support::KeyKind::secp256k1, support::KeyKind::ed25519}) {
        wanted.kind = kind;
        Settings settings = pki.settings();
        settings.certificates = {certificate_of(support::issued_by(pki.root, wanted))};
        EXPECT_THAT(problem(settings), ::testing::HasSubstr("P-256 or P-384"));
    }
}

TEST(OwnCertificates, ARawPublicKeyNeedsANewerOpenSsl) {
    const Pki pki;
    Settings settings = pki.settings();
    Certificate raw;
    raw.key = pki.server.key;
    settings.certificates.push_back(raw);
    if (has_raw_public_keys())
        EXPECT_EQ(problem(settings), "");
    else
        EXPECT_THAT(problem(settings),
                    ::testing::StartsWith(
                        "the raw public key: raw public keys need OpenSSL 3.2 or newer, this is "));
}

TEST(OwnCertificates, AreTakenOutOfTheSettings) {
    EXPECT_TRUE(make_context(Pki().settings())->settings().certificates.empty());
}

// What a client is shown that asks for a name at a listening address.
class Shown : public ::testing::Test {
  protected:
    Pki pki;
    support::Holder other = support::issued_by(pki.root, Pki::named_host("*.other.example"));
    Settings settings = pki.settings();

    Shown() { settings.certificates.push_back(certificate_of(other)); }

    wire::Bytes at(const std::string& local, const std::string& name) {
        ServerSide server(settings);
        server.local = *wire::SocketAddress::from(local);
        server.trusts = always(Trust::authority);
        RawClient::Options options;
        options.ciphers = "ECDHE-ECDSA-AES128-CCM8";
        options.own = &pki.device;
        options.server_name = name;
        RawClient client({}, options);
        Link link;
        client.begin();
        link.settle(client, server);
        EXPECT_EQ(client.established(), !client.server_certificate().empty());
        return client.server_certificate();
    }
};

TEST_F(Shown, GoesByTheNameAskedFor) {
    EXPECT_EQ(at("192.0.2.1:5684", "bs.example.com"), pki.server.certificate);
    EXPECT_EQ(at("192.0.2.1:5684", "x.OTHER.example"), other.certificate);
    EXPECT_EQ(at("192.0.2.1:5684", "elsewhere.example"), pki.server.certificate);
    EXPECT_EQ(at("192.0.2.1:5684", ""), pki.server.certificate);
    settings.certificates[1].names = {"elsewhere.example"};
    EXPECT_EQ(at("192.0.2.1:5684", "elsewhere.example"), other.certificate);
}

TEST_F(Shown, GoesByTheListeningAddress) {
    settings.certificates[0].listeners = {*wire::SocketAddress::from("192.0.2.1:5684")};
    settings.certificates[1].listeners = {*wire::SocketAddress::from("0.0.0.0:5694"),
                                          *wire::SocketAddress::from("[2001:db8::1]:5684")};
    EXPECT_EQ(at("192.0.2.1:5684", ""), pki.server.certificate);
    EXPECT_EQ(at("192.0.2.1:5694", ""), other.certificate);
    EXPECT_EQ(at("[2001:db8::1]:5684", ""), other.certificate);
    // No name is answered where its certificate is not for the address.
    EXPECT_EQ(at("192.0.2.1:5684", "x.other.example"), pki.server.certificate);
    // Nothing fits: no suite is left.
    EXPECT_EQ(at("192.0.2.2:5684", ""), wire::Bytes());
    EXPECT_EQ(at("[2001:db8::1]:5694", ""), wire::Bytes());
}

TEST_F(Shown, ComesWithItsChain) {
    const support::Holder below = support::issued_by(pki.factory, Pki::named_host("a.example"));
    settings.certificates = {certificate_of(below)};
    ServerSide server(settings);
    RawClient::Options options;
    options.ciphers = "ECDHE-ECDSA-AES128-CCM8";
    options.own = &pki.device;
    RawClient client({}, options);
    server.trusts = always(Trust::authority);
    Link link;
    client.begin();
    link.settle(client, server);
    EXPECT_EQ(client.server_certificate(), below.certificate);
    EXPECT_EQ(client.server_chain(), 2);
}

}  // namespace
}  // namespace dtls::testing
