#include "provisioning/octets.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace provisioning {
namespace {

TEST(Octets, ReadHexadecimalBase64AndText) {
    struct Case {
        std::string text, hex;
    };
    // base64 vectors: RFC 4648 §10, with and without padding; §5's alphabet.
    const std::vector<Case> cases = {
        {"", ""},
        {"00fF", "00ff"},
        {"hex:0aB0", "0ab0"},
        {"base64:", ""},
        {"base64:Zg==", "66"},
        {"base64:Zm8=", "666f"},
        {"base64:Zm9v", "666f6f"},
        {"base64:Zm9vYg", "666f6f62"},
        {"base64:Zm9vYmE", "666f6f6261"},
        {"base64:Zm9vYmFy", "666f6f626172"},
        {"base64:+/+/", "fbffbf"},
        {"base64:-_-_", "fbffbf"},
        {"text:", ""},
        {"text:hex:00", "6865783a3030"},
        {"text:\xc3\xa9", "c3a9"},
    };
    for (const Case& each : cases) {
        const auto octets = parse_octets(each.text);
        ASSERT_TRUE(octets) << each.text;
        EXPECT_EQ(wire::to_hex(*octets), each.hex) << each.text;
    }
}

TEST(Octets, RefuseWhatIsNeither) {
    struct Case {
        std::string text;
        OctetsErrc error;
    };
    const std::vector<Case> cases = {
        {"0", OctetsErrc::odd_number_of_digits},
        {"0g", OctetsErrc::not_hexadecimal},
        {"00 11", OctetsErrc::not_hexadecimal},
        {"0x00", OctetsErrc::not_hexadecimal},
        {"secret", OctetsErrc::not_hexadecimal},
        {"base64:Z", OctetsErrc::not_base64},
        {"base64:Zg=", OctetsErrc::not_base64},
        {"base64:Zg===", OctetsErrc::not_base64},
        {"base64:====", OctetsErrc::not_base64},
        {"base64:Zh==", OctetsErrc::not_base64},  // bits left over, RFC 4648 §3.5
        {"base64:Zm9v ", OctetsErrc::not_base64},
        {"base64:Zm\n9v", OctetsErrc::not_base64},
    };
    for (const Case& each : cases) {
        const auto octets = parse_octets(each.text);
        ASSERT_FALSE(octets) << each.text;
        EXPECT_EQ(octets.error(), each.error) << each.text;
    }
}

TEST(Octets, OfAnIdentityAreItsTextWithoutAPrefix) {
    EXPECT_EQ(wire::as_text(*parse_identity("358000000000001")), "358000000000001");
    EXPECT_EQ(wire::to_hex(*parse_identity("hex:00ff")), "00ff");
    EXPECT_EQ(wire::as_text(*parse_identity("text:hex:00")), "hex:00");
    EXPECT_FALSE(parse_identity("base64:?"));
}

}  // namespace
}  // namespace provisioning
