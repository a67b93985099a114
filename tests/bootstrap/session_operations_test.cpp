// Explicit operations, what is read, and the repair after a refused Finish.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::Failure;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// ---- explicit operations ----

TEST_F(SessionTest, CarriesOutAnExplicitListAsItIsWritten) {
    begin(support::profile_of(R"({
        "name": "list", "enabler": "1.1",
        "operations": [
            {"discover": "/1"},
            {"write": "/1/0/1", "value": 3600},
            {"write": "/1/0/7", "value": "UT", "contentFormat": "text"},
            {"delete": "/2"},
            {"read": "/1/0", "contentFormat": "senml-json"},
            {"discover": "/0"}]})"));
    EXPECT_EQ(name(), "GET 1");
    answer(Code::content, "</1/0>;ssid=101");
    EXPECT_EQ(name(), "PUT 1 0 1");
    EXPECT_EQ(sent().request.content_format, 11542);
    answer(Code::changed);
    EXPECT_EQ(name(), "PUT 1 0 7");
    EXPECT_EQ(sent().request.content_format, 0);
    EXPECT_EQ(wire::as_text(sent().request.payload), "UT");
    answer(Code::changed);
    EXPECT_EQ(name(), "DELETE 2");
    answer(Code::not_found);
    EXPECT_EQ(name(), "GET 1 0");
    EXPECT_EQ(sent().request.accept, 110);
    answer(Code::content, R"([{"bn":"/1/0/","n":"1","v":3600}])", 110);
    EXPECT_EQ(name(), "GET 0");
    EXPECT_EQ(sent().request.accept, 40);
    answer(Code::content, "</0/0>,</0/1>;ssid=101", 40);
    EXPECT_EQ(name(), "POST bs") << "a Finish is appended";
    answer(Code::changed);
    expect_end(Outcome::finished);

    const auto& operations = report().operations;
    ASSERT_THAT(operations, SizeIs(7));
    EXPECT_EQ(operations[4].method, "READ");
    EXPECT_EQ(operations[4].content_format, 110);
    EXPECT_THAT(operations[4].values, ElementsAre(ReadValue{"/1/0/1", "3600"}));
    EXPECT_EQ(operations[5].method, "DISCOVER");
    EXPECT_THAT(operations[5].values,
                ElementsAre(ReadValue{"/0/0", ""}, ReadValue{"/0/1", "ssid=101"}));
    EXPECT_THAT(operations[0].values, IsEmpty());
}

TEST_F(SessionTest, EndsWhenAReadOrALaterDiscoverIsRefused) {
    const auto profile = support::profile_of(R"({
        "name": "list", "enabler": "1.1",
        "operations": [{"delete": "/1"}, {"read": "/2"}, {"discover": "/0"}]})");
    for (const Code code : {Code::not_found, Code::method_not_allowed, Code::not_acceptable}) {
        begin(profile);
        answer(Code::deleted);
        answer(code);
        expect_end(Outcome::operation_refused, "READ /2 was answered " + coap::to_string(code));
    }
    begin(profile);
    answer(Code::deleted);
    answer(Code::content, "", 11542);
    EXPECT_EQ(name(), "GET 0");
    answer(Code::bad_request);
    expect_end(Outcome::operation_refused, "DISCOVER /0 was answered 4.00");
}

// What it says cannot be told, but it was answered well.
TEST_F(SessionTest, GoesOnAfterAReadThatItCannotUnderstand) {
    begin(support::profile_of(R"({
        "name": "list", "enabler": "1.1", "operations": [{"delete": "/1"}, {"read": "/2"}]})"));
    answer(Code::deleted);
    answer(Code::content, "\xff\xff", 11542);
    EXPECT_EQ(name(), "POST bs");
    EXPECT_THAT(report().operations[1].note, HasSubstr("not read"));
}

TEST_F(SessionTest, TellsTheQueriesOfItsWrites) {
    begin(support::profile_of(R"({
        "name": "versions", "enabler": "1.1", "objectVersion": "query",
        "operations": [{"delete": "/33000"}, {"write": "everything"}],
        "objects": {"/33000/0": {"version": "1.1", "0": "x"}}})"));
    answer(Code::deleted);
    EXPECT_EQ(name(), "PUT 33000 0");
    EXPECT_THAT(sent().request.queries, ElementsAre("ver=1.1"));
    EXPECT_THAT(report().operations[1].queries, ElementsAre("ver=1.1"));
    EXPECT_THAT(report().operations[0].queries, IsEmpty());
}

TEST_F(SessionTest, DoesNotFallBackForAWriteThatNamesItsFormat) {
    begin(support::profile_of(R"({
        "name": "list", "enabler": "1.1",
        "operations": [{"delete": "/1"},
                       {"write": "/1/0/1", "value": 3600, "contentFormat": "senml-json"}]})"));
    answer(Code::deleted);
    EXPECT_EQ(sent().request.content_format, 110);
    answer(Code::unsupported_content_format);
    expect_end(Outcome::operation_refused, "WRITE /1/0/1 was answered 4.15");
    EXPECT_THAT(report().notes, IsEmpty());
}

// ---- 4.06 and the repair ----

class RefusedFinish : public SessionTest {
  protected:
    // Writes one Resource of a Server that the device may not have, then, when the device objects,
    // the rest of it.
    static provisioning::Profile profile(bool with_repair = true) {
        auto made = support::profile_of(R"({
            "name": "repaired", "enabler": "1.1",
            "operations": [{"delete": "/2"}, {"write": "/1/0/1", "value": 3600}],
            "onFinishRefused": [
                {"write": "/1/0/6", "value": true},
                {"write": "/1/0/7", "value": "U"}]})");
        if (!with_repair) made.on_finish_refused.clear();
        return made;
    }
    void begin_and_refuse_the_finish(bool with_repair = true) {
        begin(profile(with_repair));
        answer(Code::deleted);
        answer(Code::changed);
        ASSERT_EQ(name(), "POST bs");
        answer(Code::not_acceptable);
    }
};

TEST_F(RefusedFinish, EndsTheSessionWhereThereIsNoRepair) {
    begin_and_refuse_the_finish(false);
    expect_end(Outcome::finish_refused, "FINISH was answered 4.06");
}

TEST_F(RefusedFinish, IsFollowedByTheRepairAndASecondFinish) {
    begin_and_refuse_the_finish();
    EXPECT_EQ(name(), "PUT 1 0 6");
    answer(Code::changed);
    EXPECT_EQ(name(), "PUT 1 0 7");
    answer(Code::changed);
    EXPECT_EQ(name(), "POST bs");
    EXPECT_EQ(report().operations.back().note, "after the repair");
    answer(Code::changed);
    expect_end(Outcome::finished);
    EXPECT_EQ(report().cause, "");
    EXPECT_THAT(report().notes, Contains(HasSubstr("the repair follows")));
    EXPECT_THAT(report().operations, SizeIs(6));
}

TEST_F(RefusedFinish, TwiceEndsTheSession) {
    begin_and_refuse_the_finish();
    answer(Code::changed);
    answer(Code::changed);
    answer(Code::not_acceptable);
    expect_end(Outcome::finish_refused, "in the repair after a FINISH that was answered 4.06");
}

TEST_F(RefusedFinish, TellsTheStoryOfARefusedRepair) {
    begin_and_refuse_the_finish();
    answer(Code::bad_request);
    expect_end(Outcome::operation_refused, "WRITE /1/0/6 was answered 4.00; in the repair");
}

TEST_F(RefusedFinish, IsRepairedOnlyWhileThereIsTime) {
    begin(profile());
    answer(Code::deleted);
    answer(Code::changed);
    now_ += 103s;
    answer(Code::not_acceptable);
    expect_end(Outcome::finish_refused, "too late");
}

// t0 is the refused Finish: the device heard it and goes on waiting.
TEST_F(RefusedFinish, SetsTheBoundsOfTheRepair) {
    begin(profile());
    answer(Code::deleted);
    answer(Code::changed);
    now_ += 50s;
    const auto finish_sent = sent_at_;
    answer(Code::not_acceptable);
    EXPECT_EQ(sent().bounds.no_transmission_after, finish_sent + 147s);
    EXPECT_EQ(session_->next_deadline(), sent_at_ - 50s + 600s) << "no Finish is under way now";
}

TEST_F(RefusedFinish, LeavesTheBoundsOfALostSecondFinishAsTheyAre) {
    begin_and_refuse_the_finish();
    answer(Code::changed);
    answer(Code::changed);
    const auto t0 = now_;
    EXPECT_EQ(sent().bounds.no_transmission_after, t0 + 147s);
    now_ += 93s;
    fail(Failure::no_answer);
    EXPECT_EQ(name(), "POST bs");
    EXPECT_EQ(report().operations.back().note, "repeated Finish");
    now_ += 93s;
    fail(Failure::transmission_bound);
    expect_end(Outcome::finish_unconfirmed);
}

// The second Finish left once: its error is not one to a repetition.
TEST_F(RefusedFinish, DoesNotMakeTheSecondFinishARepetition) {
    begin_and_refuse_the_finish();
    answer(Code::changed);
    answer(Code::changed);
    answer(Code::bad_request);
    expect_end(Outcome::operation_refused, "FINISH was answered 4.00");

    begin_and_refuse_the_finish();
    take(session_->refused_by_network(now_ + 50s));
    EXPECT_EQ(name(), "wait") << "no Finish is under way";
    take(session_->transport_lost("close_notify", now_));
    expect_end(Outcome::device_silent, "close_notify");
}

TEST_F(RefusedFinish, MakesEveryPayloadOfTheRepairBeforeTheFirstDelete) {
    auto made = profile();
    made.on_finish_refused[0].content_format = model::ContentFormat::opaque;  // of a boolean
    begin(made);
    expect_end(Outcome::plan_impossible, "WRITE /1/0/6");
    EXPECT_THAT(report().operations, IsEmpty());
}

}  // namespace
}  // namespace bootstrap
