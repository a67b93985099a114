#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "server/crypto/keys.h"
#include "server/crypto/openssl_objects.h"
#include "tests/crypto/made_certificate.h"

namespace {

using wire::as_bytes;

class Certificates : public testing::Test {
  protected:
    void TearDown() override { EXPECT_EQ(ERR_peek_error(), 0U) << "left in OpenSSL's queue"; }
};

wire::Bytes joined(const wire::Bytes& one, const wire::Bytes& other) {
    wire::Bytes both = one;
    both.insert(both.end(), other.begin(), other.end());
    return both;
}

TEST_F(Certificates, TellWhatTheyHold) {
    const auto made = make_certificate({.common_name = "urn:dev:1",
                                        .alternative_names = "DNS:a.example.com,URI:urn:dev:2",
                                        .not_before = 1'700'000'000,
                                        .not_after = 1'800'000'000});
    const auto facts = crypto::facts(made.der);
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_EQ(facts->not_before, 1'700'000'000);
    EXPECT_EQ(facts->not_after, 1'800'000'000);
    EXPECT_EQ(facts->subject, "CN=urn:dev:1");
    EXPECT_EQ(facts->issuer, "CN=urn:dev:1");
    EXPECT_EQ(facts->common_names, std::vector<std::string>{"urn:dev:1"});
    EXPECT_EQ(facts->dns_names, std::vector<std::string>{"a.example.com"});
    EXPECT_EQ(facts->uris, std::vector<std::string>{"urn:dev:2"});
    EXPECT_EQ(facts->curve, "prime256v1");
    EXPECT_FALSE(facts->is_authority);
    EXPECT_EQ(facts->public_key, *crypto::public_key_of(made.key));
}

TEST_F(Certificates, TellOtherKeysAndAuthorities) {
    const auto made = make_certificate({.is_authority = true, .curve = "ED25519"});
    const auto facts = crypto::facts(made.der);
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_EQ(facts->curve, "ED25519");
    EXPECT_TRUE(facts->is_authority);
    EXPECT_EQ(crypto::facts(make_certificate({.curve = "P-384"}).der)->curve, "secp384r1");
}

TEST_F(Certificates, AreReadAsTheyWereWritten) {
    const auto one = make_certificate({});
    const auto other = make_certificate({});
    EXPECT_EQ(*crypto::certificate(one.der), one.der);
    const std::string pem = pem_of("CERTIFICATE", one.der) +
                            pem_of("PRIVATE KEY", one.key.reveal()) +
                            pem_of("CERTIFICATE", other.der);
    EXPECT_EQ(*crypto::certificate(as_bytes(pem)), one.der);
    const std::vector<wire::Bytes> both = {one.der, other.der};
    EXPECT_EQ(*crypto::certificates(as_bytes(pem)), both);
    EXPECT_EQ(*crypto::certificates(joined(one.der, other.der)), both);
}

TEST_F(Certificates, AreRefusedDamaged) {
    const auto made = make_certificate({});
    for (std::size_t size = 0; size < made.der.size(); ++size)
        EXPECT_FALSE(crypto::certificates(wire::BytesView(made.der).first(size))) << size;
    EXPECT_FALSE(crypto::certificates(joined(made.der, {0x00})));
    EXPECT_FALSE(crypto::facts(joined(made.der, made.der)));
    EXPECT_FALSE(crypto::facts({}));
    EXPECT_FALSE(crypto::certificate(as_bytes(pem_of("PRIVATE KEY", made.key.reveal()))));
    EXPECT_FALSE(crypto::certificate(as_bytes(pem_of("CERTIFICATE", joined(made.der, {0x00})))));
    EXPECT_FALSE(crypto::certificates(wire::Bytes(2 * 1024 * 1024, 0x30)));
}

TEST_F(Certificates, AreLimitedInNumber) {
    const auto made = make_certificate({});
    wire::Bytes many;
    for (int i = 0; i < 513; ++i) many.insert(many.end(), made.der.begin(), made.der.end());
    EXPECT_FALSE(crypto::certificates(many));
    many.resize(512 * made.der.size());
    ASSERT_TRUE(crypto::certificates(many));
    EXPECT_EQ(crypto::certificates(many)->size(), 512U);
}

TEST_F(Certificates, TellWhoIssuedThem) {
    const auto root = make_certificate({.common_name = "root", .is_authority = true});
    const auto twin = make_certificate({.common_name = "root", .is_authority = true});
    const auto leaf = make_certificate({.issuer = &root});
    EXPECT_TRUE(crypto::is_issued_by(leaf.der, root.der));
    EXPECT_FALSE(crypto::is_issued_by(leaf.der, twin.der)) << "the name alone is nothing";
    EXPECT_FALSE(crypto::is_issued_by(root.der, leaf.der));
    EXPECT_FALSE(crypto::is_issued_by(leaf.der, {}));
}

TEST_F(Certificates, NameHosts) {
    const auto by_name = make_certificate({.common_name = "x.example.com"});
    EXPECT_TRUE(crypto::names_host(by_name.der, "x.example.com"));
    const auto by_san = make_certificate(
        {.common_name = "x.example.com", .alternative_names = "DNS:*.example.org"});
    EXPECT_TRUE(crypto::names_host(by_san.der, "a.example.org"));
    EXPECT_FALSE(crypto::names_host(by_san.der, "x.example.com"));
    EXPECT_FALSE(crypto::names_host({}, "x.example.com"));
}

wire::Bytes make_revocation_list() {
    const crypto::CrlPointer list(X509_CRL_new());
    const crypto::PkeyPointer key(EVP_EC_gen("P-256"));
    const std::unique_ptr<ASN1_TIME, crypto::Release<ASN1_TIME_free>> now(
        ASN1_TIME_set(nullptr, 1'700'000'000));
    X509_CRL_set_version(list.get(), 1);
    X509_CRL_set1_lastUpdate(list.get(), now.get());
    X509_CRL_sign(list.get(), key.get(), EVP_sha256());
    return crypto::encoded(i2d_X509_CRL, list.get());
}

TEST_F(Certificates, AreRevokedByLists) {
    const wire::Bytes list = make_revocation_list();
    ASSERT_FALSE(list.empty());
    EXPECT_EQ(*crypto::revocation_lists(list), std::vector<wire::Bytes>{list});
    EXPECT_EQ(*crypto::revocation_lists(as_bytes(pem_of("X509 CRL", list))),
              std::vector<wire::Bytes>{list});
    EXPECT_FALSE(crypto::revocation_lists(make_certificate({}).der));
    EXPECT_FALSE(crypto::revocation_lists({}));
}

}  // namespace
