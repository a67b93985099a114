#include "server/lwm2m/utf8.h"

#include <gtest/gtest.h>

#include "tests/lwm2m/decoding.h"

namespace lwm2m {
namespace {

bool check(std::string_view hex) {
    return is_utf8(ExactCopy(from_hex(hex)).view());
}

TEST(Utf8, AcceptsTheFirstAndLastOfEveryLength) {  // RFC 3629 §3
    for (const auto* octets : {"", "00", "7F", "C2 80", "DF BF", "E0 A0 80", "ED 9F BF", "EE 80 80",
                               "EF BF BF", "F0 90 80 80", "F4 8F BF BF", "41 E2 89 A2 CE 91 2E"})
        EXPECT_TRUE(check(octets)) << octets;
}

TEST(Utf8, RefusesWhatIsNone) {  // RFC 3629 §3, §10
    for (const auto* octets :
         {"80",       "BF",          "C0 80",    "C1 BF",       "C2",          "C2 7F",
          "C2 C0",    "E0 9F BF",    "E0 A0",    "E1 80",       "E1 80 7F",    "ED A0 80",
          "ED BF BF", "F0 8F BF BF", "F0 90 80", "F4 90 80 80", "F5 80 80 80", "F8 88 80 80 80",
          "FE",       "FF",          "41 80",    "E2 89 A2 CE"})
        EXPECT_FALSE(check(octets)) << octets;
}

}  // namespace
}  // namespace lwm2m
