#include "server/journal/line.h"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using journal::Field;
using journal::Level;
using journal::Message;

constexpr Message ended{"session_ended", Level::info, "bootstrap session ended"};
constexpr Message refused{"request_refused", Level::warning, "request of a device refused"};

// 2026-01-01T00:00:00.007Z
const std::chrono::system_clock::time_point new_year{std::chrono::milliseconds(1767225600007)};

std::string text(const std::string& value) {
    const std::vector<Field> fields{{"cause", value}};
    const std::string line = text_line(ended, fields, new_year);
    return line.substr(line.find("cause=") + 6);
}

TEST(JournalLine, WritesTimeLevelIdAndFields) {
    const std::vector<Field> fields{{"endpoint", "urn:imei:358000000000001"},
                                    {"outcome", "finished"}};
    EXPECT_EQ(text_line(ended, fields, new_year),
              "2026-01-01T00:00:00.007Z info session_ended endpoint=urn:imei:358000000000001 "
              "outcome=finished");
}

TEST(JournalLine, SaysAWarningInWords) {
    EXPECT_EQ(text_line(refused, {}, new_year),
              "2026-01-01T00:00:00.007Z warning request_refused "
              "text=\"request of a device refused\"");
}

TEST(JournalLine, WritesTimesBeforeTheEpoch) {
    const std::chrono::system_clock::time_point before{std::chrono::milliseconds(-1)};
    EXPECT_EQ(text_line(ended, {}, before), "1969-12-31T23:59:59.999Z info session_ended");
}

TEST(JournalLine, QuotesWhatIsNotOnePlainWord) {
    EXPECT_EQ(text("plain"), "plain");
    EXPECT_EQ(text(""), "\"\"");
    EXPECT_EQ(text("two words"), "\"two words\"");
    EXPECT_EQ(text("a=b"), "\"a=b\"");
    EXPECT_EQ(text("say \"hello\""), R"("say \"hello\"")");
    EXPECT_EQ(text("back\\slash"), R"("back\\slash")");
}

TEST(JournalLine, KeepsADevicesTextFromForgingALine) {
    EXPECT_EQ(text("x\n2026-01-01T00:00:00.000Z info ready"),
              R"("x\n2026-01-01T00:00:00.000Z info ready")");
    EXPECT_EQ(text("x\" outcome=finished y=\""), R"("x\" outcome=finished y=\"")");
    EXPECT_EQ(text("\x1b[2J\r\t\x7f"), R"("\x1b[2J\r\t\x7f")");
    EXPECT_EQ(text(std::string("a\0b", 3)), R"("a\x00b")");
}

TEST(JournalLine, EscapesWhatATerminalWouldObey) {
    EXPECT_EQ(text("\u0085"), R"("\u{85}")");    // next line, C1
    EXPECT_EQ(text("\u2028"), R"("\u{2028}")");  // line separator
    EXPECT_EQ(text("\u202e"), R"("\u{202e}")");  // right-to-left override
}

TEST(JournalLine, ShowsUtf8AndEscapesWhatIsNot) {
    EXPECT_EQ(text("Zähler-7"), "\"Zähler-7\"");
    EXPECT_EQ(text("\xC0\xAF"), R"("\xc0\xaf")");          // overlong "/"
    EXPECT_EQ(text("\xED\xA0\x80"), R"("\xed\xa0\x80")");  // surrogate
    EXPECT_EQ(text("\xF5\x80\x80\x80"), R"("\xf5\x80\x80\x80")");
    EXPECT_EQ(text("\xE2\x82"), R"("\xe2\x82")");  // cut short
}

TEST(JournalLine, CutsALongValueAndSaysSo) {
    const std::string value = text(std::string(5000, 'a'));
    EXPECT_EQ(value, '"' + std::string(journal::max_value, 'a') + "… (5000 octets)\"");
    // Never within a character: the cut falls into the second octet of "ä".
    const std::string odd = text("x" + [] {
        std::string many;
        for (int i = 0; i < 2000; ++i) many += "ä";
        return many;
    }());
    EXPECT_EQ(odd.find("\\x"), std::string::npos);
}

TEST(JournalLine, WritesJsonThatAParserReadsBack) {
    const std::vector<Field> fields{{"endpoint", "a\"b\\c\n\x01Zähler"}, {"remote", "\xFF"}};
    const std::string line = json_line(ended, fields, new_year);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto parsed = nlohmann::json::parse(line);
    EXPECT_EQ(parsed["time"], "2026-01-01T00:00:00.007Z");
    EXPECT_EQ(parsed["level"], "info");
    EXPECT_EQ(parsed["id"], "session_ended");
    EXPECT_EQ(parsed["text"], "bootstrap session ended");
    EXPECT_EQ(parsed["endpoint"], "a\"b\\c\n\x01Zähler");
    EXPECT_EQ(parsed["remote"], "\uFFFD");
}

}  // namespace
