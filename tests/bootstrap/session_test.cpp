#include "server/bootstrap/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sample.h"
#include "tests/support/seeded_random.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::Failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* links = "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=99,</1/0>;ssid=99,</3/0>";

// Drives a session through virtual time; `now_` is the present.
class SessionTest : public testing::Test {
  protected:
    void begin(provisioning::Profile profile = support::sample_profile(), bool secured = true) {
        session_.emplace(
            support::assignment(std::move(profile), support::sample_device("a", secured)),
            Mode::client_initiated, secured, settings_, random_);
        take(session_->start(now_));
    }
    void take(Session::Action action) {
        action_ = std::move(action);
        if (sends()) sent_at_ = now_;
    }
    bool sends() const { return std::holds_alternative<Session::Send>(action_); }
    bool ends() const { return std::holds_alternative<Session::End>(action_); }
    const Session::Send& sent() const { return std::get<Session::Send>(action_); }
    std::string name() const {  // "PUT /1/0"
        if (!sends()) return ends() ? "end" : "wait";
        const coap::Request& request = sent().request;
        std::string text = request.method == Code::get       ? "GET"
                           : request.method == Code::put     ? "PUT"
                           : request.method == Code::delete_ ? "DELETE"
                                                             : "POST";
        for (const auto& segment : request.path) text += " " + segment;
        return text;
    }
    coap::ExchangeTimes times() const { return {sent_at_, sent_at_, 0, false, false}; }
    void answer(Code code, std::string_view payload = {}) {
        const auto octets = wire::as_bytes(payload);
        take(session_->answered({code, {}, {octets.begin(), octets.end()}}, times(), now_));
    }
    void fail(Failure failure) { take(session_->failed(failure, times(), now_)); }
    // Up to the Finish, every answer well and at once.
    void begin_and_come_to_finish() {
        begin(support::fixed_profile());
        answer(Code::deleted);
        answer(Code::changed);
        answer(Code::changed);
        ASSERT_EQ(name(), "POST bs");
    }
    void expect_end(Outcome outcome, const std::string& cause = "") {
        EXPECT_TRUE(ends());
        ASSERT_TRUE(session_->report().outcome);
        EXPECT_EQ(to_string(*session_->report().outcome), to_string(outcome));
        EXPECT_THAT(session_->report().cause, HasSubstr(cause));
    }

    SessionSettings settings_;
    support::SeededRandom random_{1};
    std::optional<Session> session_;
    Session::Action action_ = Session::Wait{};
    wire::TimePoint now_{1000s};
    wire::TimePoint sent_at_{};
};

TEST_F(SessionTest, DiscoversDeletesWritesAndFinishesInOrder) {
    begin();
    EXPECT_EQ(name(), "GET");
    EXPECT_EQ(sent().request.accept, 40);
    answer(Code::content, links);
    EXPECT_EQ(name(), "DELETE");
    answer(Code::deleted);
    ASSERT_TRUE(sends());
    EXPECT_EQ(sent().request.method, Code::put);
    EXPECT_EQ(sent().request.path[0], "0");
    EXPECT_NE(sent().request.path[1], "0") << "that is the Bootstrap-Server's account";
    EXPECT_EQ(sent().request.content_format, 11542);
    answer(Code::changed);
    EXPECT_EQ(name(), "PUT 1 0");
    EXPECT_EQ(sent().request.content_format, 11542);
    // LwM2M Core §7.4.3: Short Server ID 101, Lifetime 86400, notifications stored, binding U.
    EXPECT_EQ(wire::to_hex(sent().request.payload),
              "c10065"
              "c40100015180"
              "c10601"
              "c10755");
    answer(Code::changed);
    EXPECT_EQ(name(), "POST bs");
    EXPECT_THAT(sent().request.payload, IsEmpty());
    answer(Code::changed);
    expect_end(Outcome::finished);
}

TEST_F(SessionTest, AddsNoQueryToAnyOperation) {
    begin();
    for (const Code code :
         {Code::content, Code::deleted, Code::changed, Code::changed, Code::changed}) {
        ASSERT_TRUE(sends());
        EXPECT_THAT(sent().request.queries, IsEmpty()) << name();
        answer(code, code == Code::content ? links : "");
    }
    EXPECT_TRUE(ends());
}

TEST_F(SessionTest, RecordsEachOperation) {
    begin(support::fixed_profile());
    now_ += 2s;
    answer(Code::deleted);
    answer(Code::changed);
    now_ += 1s;
    answer(Code::bad_request);
    expect_end(Outcome::operation_refused, "WRITE /1/0 was answered 4.00");
    const auto& operations = session_->report().operations;
    ASSERT_THAT(operations, SizeIs(3));
    EXPECT_EQ(operations[0].method, "DELETE");
    EXPECT_EQ(operations[0].path, "/");
    EXPECT_EQ(operations[0].code, Code::deleted);
    EXPECT_EQ(operations[0].sent, 0s);
    EXPECT_EQ(operations[0].answered, 2s);
    EXPECT_FALSE(operations[0].content_format);
    EXPECT_EQ(operations[2].method, "WRITE");
    EXPECT_EQ(operations[2].path, "/1/0");
    EXPECT_EQ(operations[2].content_format, 11542);
    EXPECT_EQ(operations[2].payload_size, 15u);
    EXPECT_EQ(operations[2].sent, 2s);
    EXPECT_EQ(operations[2].answered, 3s);
    EXPECT_TRUE(session_->report().device_answered);
}

// ---- Discover ----

TEST_F(SessionTest, GoesOnWithoutADiscoverThatIsRefused) {
    auto profile = support::fixed_profile();
    profile.discover = true;
    for (const Code code : {Code::bad_request, Code::not_found, Code::method_not_allowed}) {
        begin(profile);
        answer(code);
        EXPECT_EQ(name(), "DELETE");
        EXPECT_EQ(session_->report().operations[0].code, code);
        EXPECT_THAT(session_->report().operations[0].note, HasSubstr("without"));
    }
}

TEST_F(SessionTest, GoesOnWithoutADiscoverThatItCannotRead) {
    auto profile = support::fixed_profile();
    profile.discover = true;
    begin(profile);
    answer(Code::content, "<<<");
    EXPECT_EQ(name(), "DELETE");
    begin(profile);
    fail(Failure::response_too_large);
    EXPECT_EQ(name(), "DELETE");
}

TEST_F(SessionTest, WritesNothingWhenThePlanNeedsTheDiscoverThatWasRefused) {
    begin();
    answer(Code::bad_request);
    expect_end(Outcome::plan_impossible);
    EXPECT_FALSE(session_->report().cause.empty());
    EXPECT_THAT(session_->report().operations, SizeIs(1));
}

TEST_F(SessionTest, SendsNothingWhenThePlanIsImpossibleFromTheStart) {
    auto profile = support::sample_profile();
    profile.discover = false;  // and yet the instance of /0 is open
    begin(profile);
    expect_end(Outcome::plan_impossible);
    EXPECT_THAT(session_->report().operations, IsEmpty());
}

TEST_F(SessionTest, MakesEveryPayloadBeforeTheFirstDelete) {
    auto profile = support::fixed_profile();
    profile.content_format = model::ContentFormat::opaque;  // cannot hold an instance
    begin(profile);
    expect_end(Outcome::plan_impossible, "WRITE");
    EXPECT_THAT(session_->report().operations, IsEmpty());
}

// ---- unsecured ----

TEST_F(SessionTest, UnsecuredProvesTheAddressBeforeAnyPayloadLeaves) {
    auto profile = support::fixed_profile();
    profile.delete_all = false;
    begin(profile, false);
    EXPECT_EQ(name(), "GET");
    EXPECT_THAT(sent().request.payload, IsEmpty());
    answer(Code::bad_request);  // its result is not needed
    EXPECT_EQ(name(), "PUT 0 7");
}

TEST_F(SessionTest, UnsecuredBeginsWithDeleteWhereThePlanDoes) {
    begin(support::fixed_profile(), false);
    EXPECT_EQ(name(), "DELETE");
}

TEST_F(SessionTest, SecuredMayBeginWithAWrite) {
    auto profile = support::fixed_profile();
    profile.delete_all = false;
    begin(profile, true);
    EXPECT_EQ(name(), "PUT 0 7");
}

// ---- answers that are not well ----

TEST_F(SessionTest, TakesADeleteOfNothingForWell) {
    begin(support::fixed_profile());
    answer(Code::not_found);
    EXPECT_EQ(name(), "PUT 0 7");
}

TEST_F(SessionTest, EndsWithoutAFinishAfterAnyRefusal) {
    begin(support::fixed_profile());
    answer(Code::method_not_allowed);
    expect_end(Outcome::operation_refused, "DELETE / was answered 4.05");

    begin(support::fixed_profile());
    answer(Code::deleted);
    answer(Code::unsupported_content_format);
    expect_end(Outcome::operation_refused, "WRITE /0/7 was answered 4.15");
}

TEST_F(SessionTest, TakesA2xxThatIsNotTheOperationsForARefusal) {
    begin(support::fixed_profile());
    answer(Code::content);
    expect_end(Outcome::operation_refused);

    begin_and_come_to_finish();
    answer(Code::content);
    expect_end(Outcome::operation_refused, "2.05");
}

TEST_F(SessionTest, TakesAResetForARefusal) {
    begin(support::fixed_profile());
    fail(Failure::reset);
    expect_end(Outcome::operation_refused, "Reset");
    EXPECT_TRUE(session_->report().device_answered);
}

TEST_F(SessionTest, NamesTheOperationAtWhichTheDeviceFellSilent) {
    begin(support::fixed_profile());
    answer(Code::deleted);
    now_ += 93s;
    fail(Failure::no_answer);
    expect_end(Outcome::device_silent, "WRITE /0/7: no answer");
    EXPECT_TRUE(session_->report().device_answered);
}

TEST_F(SessionTest, TellsThatADeviceNeverAnswered) {
    begin(support::fixed_profile());
    now_ += 93s;
    fail(Failure::no_answer);
    expect_end(Outcome::device_silent);
    EXPECT_FALSE(session_->report().device_answered);
}

TEST_F(SessionTest, CountsAnEmptyAcknowledgementAsHavingHeardTheDevice) {
    begin(support::fixed_profile());
    auto acknowledged = times();
    acknowledged.answered_once = true;
    now_ += 93s;
    take(session_->failed(Failure::no_response, acknowledged, now_));
    expect_end(Outcome::device_silent);
    EXPECT_TRUE(session_->report().device_answered);
}

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
