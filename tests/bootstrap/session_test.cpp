#include "server/bootstrap/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::Failure;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

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

// ---- the plan ----

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

}  // namespace
}  // namespace bootstrap
