#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::Failure;
using testing::HasSubstr;

// ---- the time bounds: D = 247 s, MAX_TRANSMIT_SPAN = 45 s, MAX_LATENCY = 100 s ----

TEST_F(SessionTest, StartsAnOperation102SecondsAfterTheLastAnsweredOneLeftButNoLater) {
    begin(support::fixed_profile());
    now_ += 102s;
    answer(Code::deleted);
    EXPECT_EQ(name(), "PUT 0 7");

    begin(support::fixed_profile());
    now_ += 102s + 1ns;
    answer(Code::deleted);
    expect_end(Outcome::deadline_exceeded, "the answer to DELETE / came too late");
    EXPECT_EQ(session_->report().operations[0].code, Code::deleted);
}

TEST_F(SessionTest, CountsFromTheFirstTransmissionOfTheAnsweredOperationNotFromItsAnswer) {
    begin(support::fixed_profile());
    now_ += 60s;
    answer(Code::deleted);
    now_ += 60s;
    answer(Code::changed);  // 60 s after its own first transmission
    EXPECT_EQ(name(), "PUT 1 0");
}

TEST_F(SessionTest, CountsALongWriteFromItsLastBlock) {
    begin(support::fixed_profile());
    answer(Code::deleted);
    auto blocks = times();
    now_ += 150s;
    blocks.last_block_sent = now_ - 1s;
    take(session_->answered({Code::changed, {}, {}}, blocks, now_));
    EXPECT_EQ(name(), "PUT 1 0");
}

TEST_F(SessionTest, CountsALongDiscoverFromItsFirstBlock) {
    begin();
    auto blocks = times();
    now_ += 150s;
    blocks.last_block_sent = now_ - 1s;
    const auto octets = wire::as_bytes(links);
    take(session_->answered({Code::content, 40, {octets.begin(), octets.end()}}, blocks, now_));
    expect_end(Outcome::deadline_exceeded);
}

TEST_F(SessionTest, LetsNoFinishLeaveAfter147SecondsAndWaitsUntil247) {
    begin_and_come_to_finish();
    const wire::TimePoint t0 = now_;
    EXPECT_EQ(sent().bounds.no_transmission_after, t0 + 147s);
    EXPECT_EQ(sent().bounds.give_up_at, t0 + 247s);
    EXPECT_EQ(session_->next_deadline(), t0 + 247s);
}

TEST_F(SessionTest, UsesTheDevicesOwnExchangeLifetime) {
    auto profile = support::fixed_profile();
    profile.device_exchange_lifetime = 200.5;
    begin(profile);
    answer(Code::deleted);
    answer(Code::changed);
    answer(Code::changed);
    EXPECT_EQ(sent().bounds.no_transmission_after, now_ + 100500ms);
    EXPECT_EQ(session_->next_deadline(), now_ + 200500ms);
}

TEST_F(SessionTest, RepeatsAnUnansweredFinishInANewExchangeWithinTheSameBounds) {
    begin_and_come_to_finish();
    const wire::TimePoint t0 = now_;
    now_ += 93s;
    fail(Failure::no_answer);
    EXPECT_EQ(name(), "POST bs");
    EXPECT_EQ(sent().bounds.no_transmission_after, t0 + 147s);
    EXPECT_EQ(sent().bounds.give_up_at, t0 + 247s);
    EXPECT_EQ(session_->report().operations.back().note, "repeated Finish");
    now_ += 93s;
    fail(Failure::transmission_bound);
    expect_end(Outcome::finish_unconfirmed);
}

TEST_F(SessionTest, FinishesOnTheAnswerToARepeatedFinish) {
    begin_and_come_to_finish();
    now_ += 93s;
    fail(Failure::no_answer);
    answer(Code::changed);
    expect_end(Outcome::finished);
}

TEST_F(SessionTest, EndsAnUnconfirmedFinishWhenTheDeviceHasExpired) {
    begin_and_come_to_finish();
    now_ += 247s - 1ns;
    take(session_->on_timer(now_));
    EXPECT_EQ(name(), "wait");
    now_ += 1ns;
    take(session_->on_timer(now_));
    expect_end(Outcome::finish_unconfirmed);
}

TEST_F(SessionTest, EndsAtItsDeadline) {
    settings_.deadline = 80s;
    begin(support::fixed_profile());
    EXPECT_EQ(session_->next_deadline(), now_ + 80s);
    EXPECT_EQ(sent().bounds.give_up_at, now_ + 80s);
    now_ += 80s;
    take(session_->on_timer(now_));
    expect_end(Outcome::deadline_exceeded, "DELETE /");
}

TEST_F(SessionTest, CallsAFinishUnconfirmedWhenTheDeadlineComesUponIt) {
    settings_.deadline = 80s;
    begin_and_come_to_finish();
    EXPECT_EQ(session_->next_deadline(), now_ + 80s);
    now_ += 80s;
    take(session_->on_timer(now_));
    expect_end(Outcome::finish_unconfirmed);
}

// A device need not set its timer back at every block: the last one of a long Write must not reach
// it when it has rolled back.
TEST_F(SessionTest, LetsNoBlockOfAWriteLeaveAfter147Seconds) {
    begin(support::fixed_profile());
    const wire::TimePoint t0 = now_;
    now_ += 20s;
    answer(Code::deleted);
    EXPECT_EQ(name(), "PUT 0 7");
    EXPECT_EQ(sent().bounds.no_transmission_after, t0 + 147s);
    EXPECT_EQ(sent().bounds.give_up_at, t0 + 600s);
}

TEST_F(SessionTest, CallsALongWriteThatTakesTooLongADeadlineExceeded) {
    begin(support::fixed_profile());
    answer(Code::deleted);
    auto blocks = times();
    blocks.answered_once = true;
    now_ += 148s;
    take(session_->failed(Failure::transmission_bound, blocks, now_));
    expect_end(Outcome::deadline_exceeded, "WRITE /0/7 takes longer");

    begin(support::fixed_profile());
    answer(Code::deleted);
    now_ += 148s;
    fail(Failure::transmission_bound);
    expect_end(Outcome::device_silent);
}

// ---- refused Finish ----

TEST_F(SessionTest, TellsThatTheDeviceCallsItsConfigurationInconsistent) {
    begin_and_come_to_finish();
    answer(Code::not_acceptable);
    expect_end(Outcome::finish_refused, "4.06");
}

TEST_F(SessionTest, A406CountsAlsoForARepeatedFinish) {
    begin_and_come_to_finish();
    auto repeated = times();
    repeated.last_message_repeated = true;
    take(session_->answered({Code::not_acceptable, {}, {}}, repeated, now_));
    expect_end(Outcome::finish_refused);
}

TEST_F(SessionTest, AnErrorToAFinishThatLeftOnceIsARefusal) {
    begin_and_come_to_finish();
    answer(Code::bad_request);
    expect_end(Outcome::operation_refused, "FINISH was answered 4.00");
}

TEST_F(SessionTest, AnErrorToARepeatedFinishLeavesItUnconfirmed) {
    begin_and_come_to_finish();
    auto repeated = times();
    repeated.last_message_repeated = true;  // a retransmission is a repetition
    take(session_->answered({Code::not_found, {}, {}}, repeated, now_));
    expect_end(Outcome::finish_unconfirmed, "4.04");

    begin_and_come_to_finish();
    now_ += 93s;
    fail(Failure::no_answer);
    answer(Code::not_found);
    expect_end(Outcome::finish_unconfirmed);
}

TEST_F(SessionTest, AResetOfAFinishDependsOnWhetherItWasRepeated) {
    begin_and_come_to_finish();
    fail(Failure::reset);
    expect_end(Outcome::operation_refused);

    begin_and_come_to_finish();
    auto repeated = times();
    repeated.last_message_repeated = true;
    take(session_->failed(Failure::reset, repeated, now_));
    expect_end(Outcome::finish_unconfirmed);
}

TEST_F(SessionTest, AnAnswerToAFinishThatCannotBeReadLeavesItUnconfirmed) {
    begin_and_come_to_finish();
    fail(Failure::bad_response);
    expect_end(Outcome::finish_unconfirmed);
}

// ---- from outside ----

TEST_F(SessionTest, TheNetworksRefusalCountsForARepeatedFinishAlone) {
    begin(support::fixed_profile());
    take(session_->refused_by_network(now_ + 50s));
    EXPECT_EQ(name(), "wait");

    begin_and_come_to_finish();
    take(session_->refused_by_network(now_ + 1s));  // it left once
    EXPECT_EQ(name(), "wait");
    take(session_->refused_by_network(now_ + 3s));  // ACK_TIMEOUT · ACK_RANDOM_FACTOR: repeated
    expect_end(Outcome::finish_unconfirmed, "network");
}

TEST_F(SessionTest, ALostTransportIsSilenceOrAnUnconfirmedFinish) {
    begin(support::fixed_profile());
    take(session_->transport_lost("close_notify", now_));
    expect_end(Outcome::device_silent, "close_notify, at DELETE /");

    begin_and_come_to_finish();
    take(session_->transport_lost("close_notify", now_));
    expect_end(Outcome::finish_unconfirmed, "close_notify");
}

TEST_F(SessionTest, StopsAsItIsAskedTo) {
    begin(support::fixed_profile());
    take(session_->stop(Session::Stop::superseded, "a newer request", now_));
    expect_end(Outcome::superseded, "a newer request");
    begin(support::fixed_profile());
    take(session_->stop(Session::Stop::cancelled, "by an operator", now_));
    expect_end(Outcome::cancelled);
    begin(support::fixed_profile());
    take(session_->stop(Session::Stop::interrupted, "the daemon stops", now_));
    expect_end(Outcome::interrupted);
}

TEST_F(SessionTest, TellsThatAFinishWasUnderWayWhenItStopped) {
    begin_and_come_to_finish();
    take(session_->stop(Session::Stop::cancelled, "by an operator", now_));
    expect_end(Outcome::cancelled, "Finish was under way");
    EXPECT_THAT(session_->report().operations.back().note, HasSubstr("Finish was under way"));
}

TEST_F(SessionTest, KeepsItsOutcomeWhateverComesAfterwards) {
    begin_and_come_to_finish();
    answer(Code::changed);
    answer(Code::not_acceptable);
    fail(Failure::no_answer);
    take(session_->on_timer(now_ + 1000s));
    take(session_->stop(Session::Stop::cancelled, "late", now_));
    take(session_->transport_lost("late", now_));
    take(session_->refused_by_network(now_ + 1000s));
    expect_end(Outcome::finished);
    EXPECT_EQ(session_->report().cause, "");
}

}  // namespace
}  // namespace bootstrap
