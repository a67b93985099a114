#include "server/coap/fingerprint.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

// Aumasson, Bernstein, "SipHash: a fast short-input PRF", appendix A: key 00…0f, input 00…0e.
TEST(CoapFingerprint, MatchesThePapersTestValue) {
    const FingerprintKey key{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    EXPECT_EQ(fingerprint(key, from_hex("000102030405060708090a0b0c0d0e")), 0xa129ca6149be45e5ULL);
}

TEST(CoapFingerprint, TellsLengthsApart) {
    const FingerprintKey key{1, 2};
    EXPECT_NE(fingerprint(key, from_hex("00")), fingerprint(key, from_hex("0000")));
    EXPECT_NE(fingerprint(key, {}), fingerprint(key, from_hex("00")));
}

}  // namespace
}  // namespace coap
