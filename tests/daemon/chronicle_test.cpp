#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/daemon_chronicle.h"

namespace {

using bootstrap::Outcome;
using bootstrapd::Chronicle;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

bootstrap::SessionRecord record(Outcome outcome) {
    bootstrap::SessionRecord of;
    of.id = "7";
    of.endpoint = "meter-1";
    of.remote = "192.0.2.1:5683";
    of.started = std::chrono::system_clock::time_point(std::chrono::seconds(100));
    of.ended = of.started + std::chrono::milliseconds(1500);
    of.report.outcome = outcome;
    of.report.cause = "WRITE /0/1 was answered 4.00";
    of.report.operations.resize(2);
    return of;
}

TEST(DaemonChronicle, TellsHowASessionEndedAndCountsIt) {
    CaptureStderr();
    journal::Journal journal(journal::Level::info, journal::Format::text);
    Chronicle chronicle(journal);
    chronicle.ended(record(Outcome::operation_refused));
    EXPECT_THAT(GetCapturedStderr(),
                HasSubstr("session_ended session=7 endpoint=meter-1 outcome=operation_refused "
                          "cause=\"WRITE /0/1 was answered 4.00\" mode=client-initiated "
                          "remote=192.0.2.1:5683 operations=2 took=1500ms\n"));
    EXPECT_EQ(chronicle.count(Outcome::operation_refused), 1U);
    EXPECT_EQ(chronicle.count(Outcome::finished), 0U);
}

// Those withheld are told, and what is no stranger's is never among them.
TEST(DaemonChronicle, DoesNotLetStrangersFillTheLog) {
    CaptureStderr();
    journal::Journal journal(journal::Level::info, journal::Format::text);
    Chronicle chronicle(journal);
    for (int i = 0; i < 5000; ++i) chronicle.ended(record(Outcome::not_admitted));
    chronicle.ended(record(Outcome::finished));
    journal.flush();
    const std::string log = GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("session_not_admitted session=7 endpoint=meter-1 cause="));
    EXPECT_THAT(log, HasSubstr("outcome=finished"));
    EXPECT_THAT(log, HasSubstr("messages_withheld message=session_not_admitted count="));
    EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 2500);
    EXPECT_EQ(chronicle.count(Outcome::not_admitted), 5000U);
}

}  // namespace
