#include "server/coap/types.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

TEST(CoapTypes, CodesReadAsClassAndDetail) {
    EXPECT_EQ(to_string(Code::changed), "2.04");
    EXPECT_EQ(to_string(Code::continue_), "2.31");
    EXPECT_EQ(to_string(Code::unsupported_content_format), "4.15");
    EXPECT_EQ(to_string(Code::empty), "0.00");
    EXPECT_EQ(to_string(Code(0xFF)), "7.31");
}

TEST(CoapTypes, CodesAreRequestsOrResponsesByTheirClass) {
    EXPECT_TRUE(is_request(Code::delete_));
    EXPECT_FALSE(is_request(Code::empty));
    EXPECT_TRUE(is_response(Code::not_found));
    EXPECT_FALSE(is_response(Code(3U << 5)));
    EXPECT_FALSE(is_success(Code::bad_request));
}

TEST(CoapTypes, TokensHaveUpToEightOctets) {
    EXPECT_TRUE(Token::from({}));
    EXPECT_EQ(Token::from(from_hex("0102030405060708"))->view().size(), 8U);
    EXPECT_FALSE(Token::from(from_hex("010203040506070809")));
}

TEST(CoapTypes, TokensThatDifferInLengthAloneAreNotTheSame) {
    EXPECT_NE(*Token::from(from_hex("00")), *Token::from(from_hex("0000")));
    EXPECT_NE(*Token::from({}), *Token::from(from_hex("00")));
}

}  // namespace
}  // namespace coap
