#include "server/cli/hex.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(CliHex, ReadsOctetsHoweverTheyWereCopied) {
    const wire::Bytes wanted{0x40, 0x01, 0xAB, 0xFF};
    for (const char* text : {"4001abff", "40 01 AB ff", "0x4001abff", "0x40, 0x01, 0xab, 0xff",
                             "40:01:ab:ff", "40-01-ab-ff", "  40\n01\tab\r\nff\n"})
        EXPECT_EQ(std::get<wire::Bytes>(parse_hex(text)), wanted) << text;
    EXPECT_TRUE(std::get<wire::Bytes>(parse_hex("")).empty());
    EXPECT_EQ(std::get<wire::Bytes>(parse_hex("00 0x00")), (wire::Bytes{0, 0}));
}

TEST(CliHex, SaysWhereItCannotGoOn) {
    const std::vector<std::pair<const char*, const char*>> cases{
        {"40 0g", "at character 5: this is no hexadecimal digit"},
        {"4 0", "at character 2: an octet has two hexadecimal digits"},
        {"400", "at character 4: the last octet has one hexadecimal digit alone"},
        {"4x0", "at character 2: this is no hexadecimal digit"},
        {"0x0x4", "at character 6: the last octet has one hexadecimal digit alone"}};
    for (const auto& [text, reason] : cases) {
        const auto parsed = parse_hex(text);
        ASSERT_TRUE(std::holds_alternative<HexError>(parsed)) << text;
        EXPECT_EQ(std::get<HexError>(parsed).reason, reason) << text;
    }
}

TEST(CliHex, EndsAtItsLimit) {
    EXPECT_TRUE(
        std::holds_alternative<wire::Bytes>(parse_hex(std::string(2 * max_hex_octets, '0'))));
    EXPECT_TRUE(
        std::holds_alternative<HexError>(parse_hex(std::string(2 * max_hex_octets + 2, '0'))));
}

}  // namespace
}  // namespace cli
