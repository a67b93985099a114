#include "server/metrics/tally.h"

#include <chrono>

#include <gtest/gtest.h>

namespace metrics {
namespace {

using namespace std::chrono_literals;
using bootstrap::Mode;
using bootstrap::Outcome;

bootstrap::SessionRecord session(Mode mode, Outcome outcome) {
    bootstrap::SessionRecord record;
    record.mode = mode;
    record.report.outcome = outcome;
    record.report.device_answered = true;
    record.operations_started = std::chrono::system_clock::time_point(100s);
    record.ended = record.operations_started + 2s;
    return record;
}

bootstrap::OperationRecord operation(const char* method, std::optional<coap::Code> code) {
    bootstrap::OperationRecord record;
    record.method = method;
    record.code = code;
    record.retransmissions = 2;
    if (code) record.answered = record.sent + 100ms;
    return record;
}

TEST(Tally, CountsSessionsByModeAndOutcome) {
    Tally tally;
    tally.ended(session(Mode::server_initiated, Outcome::finished));
    tally.ended(session(Mode::server_initiated, Outcome::finished));
    tally.ended(session(Mode::client_initiated, Outcome::device_silent));
    EXPECT_EQ(tally.sessions(Mode::server_initiated, Outcome::finished), 2U);
    EXPECT_EQ(tally.sessions(Mode::client_initiated, Outcome::finished), 0U);
    EXPECT_EQ(tally.sessions(Mode::client_initiated, Outcome::device_silent), 1U);
    EXPECT_EQ(tally.session_duration(Mode::server_initiated).count(), 2U);
    EXPECT_EQ(tally.session_duration(Mode::server_initiated).sum(), 4.0);
}

TEST(Tally, LeavesTheDurationOfUnheardDevicesOut) {
    Tally tally;
    auto record = session(Mode::server_initiated, Outcome::expired);
    record.report.device_answered = false;
    tally.ended(record);
    EXPECT_EQ(tally.session_duration(Mode::server_initiated).count(), 0U);
    EXPECT_EQ(tally.sessions(Mode::server_initiated, Outcome::expired), 1U);
}

TEST(Tally, CountsOperationsByMethodAndCode) {
    Tally tally;
    auto record = session(Mode::client_initiated, Outcome::operation_refused);
    record.report.operations = {operation("WRITE", coap::Code::changed),
                                operation("WRITE", coap::Code::bad_request),
                                operation("FINISH", std::nullopt)};
    tally.ended(record);
    EXPECT_EQ(tally.operations().at("WRITE").at("2.04"), 1U);
    EXPECT_EQ(tally.operations().at("WRITE").at("4.00"), 1U);
    EXPECT_EQ(tally.operations().at("FINISH").at("none"), 1U);
    EXPECT_EQ(tally.operation_duration().count(), 2U);
    EXPECT_EQ(tally.operation_retransmissions(), 6U);
}

TEST(Histogram, HasABoundInItsOwnBucket) {
    Histogram histogram(store_bounds);
    histogram.observe(0.0005);
    EXPECT_EQ(histogram.counts().front(), 1U);
    histogram.observe(1e9);
    EXPECT_EQ(histogram.count(), 2U);
    EXPECT_EQ(histogram.counts().back(), 0U);
}

}  // namespace
}  // namespace metrics
