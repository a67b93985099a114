#include "server/crypto/digest.h"

#include <string>

#include <gtest/gtest.h>

namespace {

using wire::as_bytes;
using wire::to_hex;

// FIPS 180-4's examples, published by NIST as "SHA256.pdf".
TEST(Digest, IsSha256) {
    EXPECT_EQ(to_hex(crypto::sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(crypto::sha256({})),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// FIPS 180-4's examples, "SHA384.pdf" and "SHA512.pdf".
TEST(Digest, IsSha384AndSha512) {
    EXPECT_EQ(to_hex(crypto::sha384(as_bytes("abc"))),
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
              "8086072ba1e7cc2358baeca134c825a7");
    EXPECT_EQ(to_hex(crypto::sha512(as_bytes("abc"))),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

// RFC 4231 §4.2, §4.3 and §4.7.
TEST(Digest, IsHmacSha256) {
    EXPECT_EQ(to_hex(crypto::hmac_sha256(as_bytes(std::string(20, '\x0b')), as_bytes("Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(
        to_hex(crypto::hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(crypto::hmac_sha256(
                  as_bytes(std::string(131, '\xaa')),
                  as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Of an empty key and an empty message, as RFC 2104 defines it.
TEST(Digest, TakesAnEmptyKeyForOne) {
    EXPECT_EQ(to_hex(crypto::hmac_sha256({}, {})),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 1321 §A.5.
TEST(Digest, IsMd5) {
    EXPECT_EQ(to_hex(crypto::md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
}

// RFC 2202 §2.
TEST(Digest, IsHmacMd5) {
    EXPECT_EQ(to_hex(crypto::hmac_md5(as_bytes(std::string(16, '\x0b')), as_bytes("Hi There"))),
              "9294727a3638bb1c13f48ef8158bfc9d");
    EXPECT_EQ(to_hex(crypto::hmac_md5(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
              "750c783e6ab0b503eaa86e310a5db738");
}

TEST(Digest, ComparesOctets) {
    EXPECT_TRUE(crypto::equal({}, {}));
    EXPECT_TRUE(crypto::equal(as_bytes("abc"), as_bytes("abc")));
    EXPECT_FALSE(crypto::equal(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(crypto::equal(as_bytes("abc"), as_bytes("ab")));
}

}  // namespace
