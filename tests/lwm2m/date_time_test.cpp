#include "server/lwm2m/date_time.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

TEST(DateTime, ReadsTheExamplesOfTheRfc) {  // RFC 3339 §5.8
    EXPECT_EQ(from_date_time("1985-04-12T23:20:50.52Z"), model::Time{482196050});
    EXPECT_EQ(from_date_time("1996-12-19T16:39:57-08:00"), model::Time{851042397});
    EXPECT_EQ(from_date_time("1990-12-31T23:59:60Z"), model::Time{662688000});
    EXPECT_EQ(from_date_time("1990-12-31T15:59:60-08:00"), model::Time{662688000});
    EXPECT_EQ(from_date_time("1937-01-01T12:00:27.87+00:20"), model::Time{-1041337173});
}

TEST(DateTime, ReadsTheEndsOfItsRange) {
    EXPECT_EQ(from_date_time("1970-01-01t00:00:00z"), model::Time{0});
    EXPECT_EQ(from_date_time("0000-01-01T00:00:00Z"), model::Time{-62167219200});
    EXPECT_EQ(from_date_time("9999-12-31T23:59:59Z"), model::Time{253402300799});
    EXPECT_EQ(from_date_time("2024-02-29T00:00:00Z"), model::Time{1709164800});
}

TEST(DateTime, RefusesWhatIsNone) {
    for (const auto* text : {"",
                             "2013",
                             "2013-03-21",
                             "2013-03-21T20:04:00",
                             "2013-03-21 20:04:00Z",
                             "13-03-21T20:04:00Z",
                             "2013-3-21T20:04:00Z",
                             "2013-13-21T20:04:00Z",
                             "2013-00-21T20:04:00Z",
                             "2013-02-29T20:04:00Z",
                             "2013-03-32T20:04:00Z",
                             "2013-03-00T20:04:00Z",
                             "2013-03-21T24:04:00Z",
                             "2013-03-21T20:60:00Z",
                             "2013-03-21T20:04:61Z",
                             "2013-03-21T20:04:00.Z",
                             "2013-03-21T20:04:00.5",
                             "2013-03-21T20:04:00+1:00",
                             "2013-03-21T20:04:00+24:00",
                             "2013-03-21T20:04:00+01:60",
                             "2013-03-21T20:04:00+0100",
                             "2013-03-21T20:04:00Zx",
                             "2013-03-21T20:04:-1Z"})
        EXPECT_FALSE(from_date_time(text)) << text;
}

}  // namespace
}  // namespace lwm2m
