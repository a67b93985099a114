#include "server/explain/text_table.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace explain {
namespace {

TEST(ExplainTextTable, AlignsColumnsAndLeavesNoBlanksAtTheEnd) {
    TextTable table("  ");
    table.row({"a", "über", "x"});
    table.row({"bcd", "e", ""});
    table.row({std::string(60, 'w'), "f", "y"});
    EXPECT_EQ(table.text(), "  a    über  x\n  bcd  e\n  " + std::string(60, 'w') + "  f     y\n");
}

TEST(ExplainTextTable, LetsNothingThroughThatATerminalObeys) {
    EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
    EXPECT_EQ(printable("\u009b31m"), "\\xc2\\x9b31m");
    EXPECT_EQ(printable("\x9b"
                        "31m\xc3(\xe0\x80\x80"),
              "\\x9b31m\\xc3(\\xe0\\x80\\x80");
    EXPECT_EQ(printable("\u202egnp.exe"), "\\xe2\\x80\\xaegnp.exe");
    EXPECT_EQ(printable("größe"), "größe");
}

TEST(ExplainTextTable, CutsLongTextsBetweenCharacters) {
    EXPECT_EQ(printable("aéé", 2), "a… (5 octets)");
    EXPECT_EQ(printable("aéé", 3), "aé… (5 octets)");
    EXPECT_EQ(printable("aéé", 5), "aéé");
}

TEST(ExplainTextTable, GroupsHexadecimalDigits) {
    EXPECT_EQ(hex_lines("", ">"), "");
    EXPECT_EQ(hex_lines("00112233445566778899", ">"), ">0011223344556677 8899\n");
    EXPECT_EQ(hex_lines(std::string(65, '0'), ">"),
              ">0000000000000000 0000000000000000 0000000000000000 0000000000000000\n>0\n");
}

TEST(ExplainTextTable, TellsATimeInWordsToo) {
    const nlohmann::ordered_json row{{"path", "/5/0/9"}, {"type", "Time"}, {"value", 1700000000}};
    EXPECT_EQ(value_cells(row).back(), "1700000000 (2023-11-14T22:13:20Z)");
    const nlohmann::ordered_json odd{{"type", "Time"}, {"value", -1}};
    EXPECT_EQ(value_cells(odd).back(), "-1");
}

}  // namespace
}  // namespace explain
