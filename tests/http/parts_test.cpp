#include <chrono>

#include <gtest/gtest.h>

#include "server/http/cursor.h"
#include "server/http/times.h"

namespace {

using namespace std::chrono_literals;
using http::from_rfc3339;

using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

// RFC 3339 §5.8 has the first four.
TEST(HttpTimes, AreReadAsRfc3339WritesThem) {
    EXPECT_EQ(from_rfc3339("1985-04-12T23:20:50.52Z"), Milliseconds(482196050520ms));
    EXPECT_EQ(from_rfc3339("1996-12-19T16:39:57-08:00"), Milliseconds(851042397000ms));
    EXPECT_EQ(from_rfc3339("1990-12-31T23:59:60Z"), Milliseconds(662688000000ms));
    EXPECT_EQ(from_rfc3339("1937-01-01T12:00:27.87+00:20"), Milliseconds(-1041337172130ms));
    EXPECT_EQ(from_rfc3339("2026-01-01t00:00:00.123999z"), Milliseconds(1767225600123ms));
    for (const char* text :
         {"", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
          "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
          "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "+026-01-01T00:00:00Z",
          "2026-00-01T00:00:00Z"})
        EXPECT_FALSE(from_rfc3339(text)) << text;
}

TEST(HttpTimes, AreWrittenInUtcWithMilliseconds) {
    EXPECT_EQ(http::to_rfc3339(std::chrono::system_clock::time_point(1767225600123ms)),
              "2026-01-01T00:00:00.123Z");
    EXPECT_EQ(http::to_rfc3339(std::chrono::system_clock::time_point(-1ms)),
              "1969-12-31T23:59:59.999Z");
}

TEST(HttpCursor, IsReadByItsOwnListAlone) {
    for (const std::string& cursor :
         {std::string(), std::string("urn:imei:1"), std::string("\0\xFF", 2)}) {
        const std::string shown = http::show_cursor("devices", cursor);
        EXPECT_EQ(http::read_cursor("devices", shown), cursor);
        EXPECT_FALSE(http::read_cursor("audit", shown));
        EXPECT_FALSE(http::read_cursor("devices", shown + "00"));
        EXPECT_FALSE(http::read_cursor("devices", shown + "0"));
        EXPECT_FALSE(http::read_cursor("devices", "0" + shown));
    }
    EXPECT_FALSE(http::read_cursor("devices", ""));
    EXPECT_FALSE(http::read_cursor("devices", "zzzzzzzzzz"));
}

}  // namespace
