#include "server/lwm2m/text.h"

#include <cstdlib>
#include <limits>

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

using model::Single;

// LwM2M Core appendix C, the column "Text Format".
TEST(PlainText, WritesEveryType) {
    EXPECT_EQ(encode_text(std::string("coap://h\xC3\xA4")), "coap://h\xC3\xA4");
    EXPECT_EQ(encode_text(std::string()), "");
    EXPECT_EQ(encode_text(std::int64_t{-42}), "-42");
    EXPECT_EQ(encode_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(encode_text(true), "1");
    EXPECT_EQ(encode_text(false), "0");
    EXPECT_EQ(encode_text(model::Time{1367491215}), "1367491215");
    EXPECT_EQ(encode_text(model::ObjectLink{11, 0}), "11:0");
    EXPECT_EQ(encode_text(model::ObjectLink{65535, 65535}), "65535:65535");  // the null link
    EXPECT_EQ(encode_text(model::Opaque{{0xDE, 0xAD, 0xBE, 0xEF}}), "3q2+7w==");
}

TEST(PlainText, WritesFloatsAsDecimalsThatReadBackTheSame) {
    EXPECT_EQ(encode_text(0.5), "0.5");
    EXPECT_EQ(encode_text(-36.6), "-36.6");
    EXPECT_EQ(encode_text(0.1), "0.1");
    EXPECT_EQ(encode_text(1e21), "1000000000000000000000");
    for (const double value :
         {std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest(),
          -std::numeric_limits<double>::denorm_min(), 1.0 / 3}) {
        const auto text = encode_text(value);
        ASSERT_TRUE(text);
        EXPECT_EQ(text->find_first_not_of("-.0123456789"), std::string::npos);
        EXPECT_EQ(std::strtod(text->c_str(), nullptr), value);
    }
}

TEST(PlainText, HasNoFormForInfinitiesAndSecrets) {
    EXPECT_FALSE(encode_text(std::numeric_limits<double>::infinity()));
    EXPECT_FALSE(encode_text(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_FALSE(encode_text(model::Secret(wire::Bytes{1, 2, 3})));
}

// RFC 4648 §10.
TEST(Base64, EncodesTheVectorsOfTheRfc) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [octets, text] : vectors) EXPECT_EQ(to_base64(wire::as_bytes(octets)), text);
    EXPECT_EQ(to_base64(wire::Bytes{0xFB, 0xFF, 0xBF}), "+/+/");
}

}  // namespace
}  // namespace lwm2m
