#include "server/crypto/keys.h"

#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "server/crypto/digest.h"
#include "tests/crypto/hex.h"
#include "tests/crypto/made_certificate.h"

namespace {

using wire::as_bytes;
using wire::to_hex;

// RFC 6979 §A.2.5: a key on P-256 and its public point.
const std::string private_value =
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const std::string public_point =
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string on_p256 = "06082a8648ce3d030107";
// As RFC 5915 §3 writes it, and the example of a Bootstrap-Pack in LwM2M Core 1.2: "30 77 02 01 01
// 04 20".
const std::string sec1 =
    "30770201010420" + private_value + "a00a" + on_p256 + "a144034200" + public_point;
// As RFC 5958 §2 does.
const std::string pkcs8 = "308187020100301306072a8648ce3d0201" + on_p256 + "046d306b0201010420" +
                          private_value + "a144034200" + public_point;
// RFC 5280 §4.1.2.7, RFC 5480 §2.
const std::string spki = "3059301306072a8648ce3d0201" + on_p256 + "034200" + public_point;

// RFC 8410 §10.3 and §10.1, the same key in both versions, and its public half.
constexpr std::string_view ed25519_v1 =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view ed25519_v2 =
    "-----BEGIN PRIVATE KEY-----\n"
    "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n"
    "Z9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view ed25519_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";

std::string with(std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, what.size(), by);
}

std::string error_of(const std::string& hexadecimal) {
    const auto key = crypto::private_key(from_hex(hexadecimal));
    EXPECT_EQ(ERR_peek_error(), 0U);
    return key ? "" : key.error();
}

class Keys : public testing::Test {
  protected:
    void TearDown() override { EXPECT_EQ(ERR_peek_error(), 0U) << "left in OpenSSL's queue"; }
};

TEST_F(Keys, ReadsSec1AndWritesPkcs8) {
    const auto key = crypto::private_key(from_hex(sec1));
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(to_hex(key->reveal()), pkcs8);
    const auto public_half = crypto::public_key_of(*key);
    ASSERT_TRUE(public_half) << public_half.error();
    EXPECT_EQ(to_hex(*public_half), spki);
}

TEST_F(Keys, WritesPkcs8AsItReadsIt) {
    const auto key = crypto::private_key(from_hex(pkcs8));
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(to_hex(key->reveal()), pkcs8);
}

TEST_F(Keys, ReadsPemOfEither) {
    const std::string parameters = pem_of("EC PARAMETERS", from_hex(on_p256));
    const auto one = crypto::private_key(
        as_bytes("people write here\n" + parameters + pem_of("EC PRIVATE KEY", from_hex(sec1))));
    const auto other = crypto::private_key(as_bytes(pem_of("PRIVATE KEY", from_hex(pkcs8))));
    ASSERT_TRUE(one) << one.error();
    ASSERT_TRUE(other) << other.error();
    EXPECT_EQ(to_hex(one->reveal()), pkcs8);
    EXPECT_TRUE(one->equals(*other));
}

TEST_F(Keys, FillsInAPublicHalf) {
    const auto key =
        crypto::private_key(from_hex("30310201010420" + private_value + "a00a" + on_p256));
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(to_hex(key->reveal()), pkcs8);
}

TEST_F(Keys, ReadsBothVersionsOfEd25519) {
    for (const std::string_view text : {ed25519_v1, ed25519_v2}) {
        const auto key = crypto::private_key(as_bytes(text));
        ASSERT_TRUE(key) << key.error();
        const auto public_half = crypto::public_key_of(*key);
        const auto expected = crypto::public_key(as_bytes(ed25519_public));
        ASSERT_TRUE(public_half && expected);
        EXPECT_EQ(*public_half, *expected);
        EXPECT_EQ(key->reveal()[4], 0) << "version 0 is what every device reads";
    }
}

TEST_F(Keys, RefusesWhatIsNoPrivateKey) {
    EXPECT_NE(error_of(""), "");
    EXPECT_NE(error_of("00"), "");
    EXPECT_NE(error_of(spki), "");
    EXPECT_NE(error_of(sec1 + "00"), "");
    EXPECT_NE(error_of(pkcs8 + "00"), "");
    // Without the curve nobody knows what the octets are.
    EXPECT_NE(error_of("30250201010420" + private_value), "");
    for (std::size_t size = 0; size < pkcs8.size(); size += 2) {
        EXPECT_NE(error_of(pkcs8.substr(0, size)), "") << size;
    }
    for (std::size_t size = 0; size < sec1.size(); size += 2) {
        EXPECT_NE(error_of(sec1.substr(0, size)), "") << size;
    }
    EXPECT_FALSE(crypto::private_key(wire::Bytes(64 * 1024, 0x30)));
    EXPECT_FALSE(crypto::private_key(as_bytes(ed25519_public)));
}

TEST_F(Keys, RefusesHalvesThatAreNotOfOneKey) {
    const auto another = crypto::make_key_pair();
    ASSERT_TRUE(another);
    const std::string point = to_hex(another->public_key).substr(spki.size() - public_point.size());
    EXPECT_NE(error_of(with(sec1, public_point, point)).find("half"), std::string::npos);
    EXPECT_NE(error_of(with(pkcs8, public_point, point)).find("half"), std::string::npos);
}

TEST_F(Keys, RefusesPointsThatAreNotOnTheCurve) {
    EXPECT_TRUE(crypto::public_key(from_hex(spki)));
    EXPECT_FALSE(crypto::public_key(from_hex(with(spki, "0460fe", "0461fe"))));
    EXPECT_NE(error_of(with(sec1, "0460fe", "0461fe")), "");
}

TEST_F(Keys, RefusesOtherCurves) {
    // secp256k1.
    const auto error = error_of("302e0201010420" + private_value + "a00706052b8104000a");
    EXPECT_NE(error.find("secp256k1"), std::string::npos) << error;
}

TEST_F(Keys, RefusesAPassphrase) {
    const std::string text =
        "-----BEGIN EC PRIVATE KEY-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n"
        "-----END EC PRIVATE KEY-----\n";
    const auto old = crypto::private_key(as_bytes(text));
    const auto later =
        crypto::private_key(as_bytes(pem_of("ENCRYPTED PRIVATE KEY", from_hex("3000"))));
    ASSERT_FALSE(old);
    ASSERT_FALSE(later);
    EXPECT_NE(old.error().find("passphrase"), std::string::npos) << old.error();
    EXPECT_NE(later.error().find("passphrase"), std::string::npos) << later.error();
}

TEST_F(Keys, TellNothingOfAKeyInErrors) {
    const std::string pem = pem_of("EC PRIVATE KEY", from_hex(sec1 + "00"));
    const auto error = crypto::private_key(as_bytes(pem)).error();
    EXPECT_EQ(error.find(pem.substr(40, 16)), std::string::npos);
    EXPECT_EQ(error.find("c9af"), std::string::npos);
}

TEST_F(Keys, ReadsPublicKeys) {
    const auto der = crypto::public_key(from_hex(spki));
    const auto pem = crypto::public_key(as_bytes(pem_of("PUBLIC KEY", from_hex(spki))));
    ASSERT_TRUE(der && pem);
    EXPECT_EQ(to_hex(*der), spki);
    EXPECT_EQ(crypto::curve_of(*der), "prime256v1");
    EXPECT_EQ(crypto::curve_of(*crypto::public_key(as_bytes(ed25519_public))), "ED25519");
    EXPECT_EQ(crypto::curve_of({}), "unknown");
    EXPECT_EQ(to_hex(*pem), spki);
    EXPECT_FALSE(crypto::public_key(from_hex(spki + "00")));
    EXPECT_FALSE(crypto::public_key(from_hex(pkcs8)));
    EXPECT_FALSE(crypto::public_key({}));
    for (std::size_t size = 0; size < spki.size(); size += 2)
        EXPECT_FALSE(crypto::public_key(from_hex(spki.substr(0, size)))) << size;
}

TEST_F(Keys, MakesPairs) {
    const auto one = crypto::make_key_pair();
    const auto other = crypto::make_key_pair();
    ASSERT_TRUE(one && other);
    EXPECT_FALSE(one->private_key.equals(other->private_key));
    const auto read = crypto::private_key(one->private_key.reveal());
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(read->equals(one->private_key));
    const auto public_half = crypto::public_key_of(one->private_key);
    ASSERT_TRUE(public_half);
    EXPECT_EQ(*public_half, one->public_key);
    EXPECT_EQ(one->public_key.size(), spki.size() / 2);
}

// RFC 5869 §A.3; with an `info`, which the vectors without a salt have not, by its §2.
TEST(Hkdf, DerivesKeys) {
    const model::Secret key(wire::Bytes(22, 0x0b));
    EXPECT_EQ(to_hex(crypto::hkdf_sha256(key, {}, 42).reveal()),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
              "9d201395faa4b61a96c8");
    const auto prk = crypto::hmac_sha256(wire::Bytes(32), key.reveal());
    const auto expected = crypto::hmac_sha256(prk, as_bytes("label\x01"));
    EXPECT_EQ(to_hex(crypto::hkdf_sha256(key, as_bytes("label"), 32).reveal()), to_hex(expected));
    EXPECT_EQ(to_hex(crypto::hkdf_sha256(key, as_bytes("label"), 16).reveal()),
              to_hex(expected).substr(0, 32));
}

}  // namespace
