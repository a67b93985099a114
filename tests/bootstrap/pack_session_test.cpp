#include "server/bootstrap/pack_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sample.h"
#include "tests/support/seeded_random.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class PackSessionTest : public testing::Test {
  protected:
    coap::Response begin() { return session_.start(Pack{112, {1, 2, 3}}, now_); }
    std::string_view outcome() const {
        return session_.has_ended() ? to_string(*session_.report().outcome) : "runs";
    }
    const OperationRecord& record() const { return session_.report().operations.at(0); }

    SessionSettings settings_;
    wire::TimePoint now_{1000s};
    PackSession session_{settings_};
};

TEST_F(PackSessionTest, AnswersByThePackAndRecordsItAsOneOperation) {
    const coap::Response response = begin();
    EXPECT_EQ(response.code, coap::Code::content);
    EXPECT_EQ(response.content_format, 112);
    EXPECT_EQ(response.payload, (wire::Bytes{1, 2, 3}));
    EXPECT_EQ(outcome(), "runs");
    ASSERT_EQ(session_.report().operations.size(), 1U);
    EXPECT_EQ(record().method, "PACK");
    EXPECT_EQ(record().path, "/bspack");
    EXPECT_EQ(record().code, coap::Code::content);
    EXPECT_EQ(record().content_format, 112);
    EXPECT_EQ(record().payload_size, 3U);
    EXPECT_EQ(record().note, "no Finish follows a pack");
    EXPECT_EQ(session_.report().content_format, 112);
    EXPECT_EQ(session_.report().started, now_);
}

TEST_F(PackSessionTest, IsDeliveredWhenTheLastBlockHasLeft) {
    begin();
    session_.settled(true, now_ + 3s);
    EXPECT_EQ(outcome(), "pack_delivered");
    EXPECT_EQ(record().answered, 3s);
    EXPECT_TRUE(session_.report().device_answered);
}

TEST_F(PackSessionTest, ThatLeftInOneMessageIsDeliveredAsFarAsAnybodyKnows) {
    begin();
    session_.left(now_);
    EXPECT_EQ(outcome(), "pack_delivered");
    EXPECT_FALSE(session_.report().device_answered);
}

TEST_F(PackSessionTest, IsSilentWhenTheFetchStopsHalfWay) {
    begin();
    session_.settled(false, now_ + 247s);
    EXPECT_EQ(outcome(), "device_silent");
    EXPECT_FALSE(session_.report().device_answered);
}

TEST_F(PackSessionTest, WithoutAPackIsNotImplementedAndSaysWhy) {
    const coap::Response response = session_.start(std::string("no id is free"), now_);
    EXPECT_EQ(response.code, coap::Code::not_implemented);
    EXPECT_TRUE(response.payload.empty());
    EXPECT_EQ(outcome(), "plan_impossible");
    EXPECT_EQ(session_.report().cause, "no id is free");
    EXPECT_EQ(record().code, coap::Code::not_implemented);
}

TEST_F(PackSessionTest, IsStoppedAndLost) {
    begin();
    session_.stop(Session::Stop::superseded, "the device asked again");
    EXPECT_EQ(outcome(), "superseded");
    session_.transport_lost("close_notify");
    EXPECT_EQ(outcome(), "superseded") << "it ends once";

    PackSession other(settings_);
    other.start(Pack{112, {}}, now_);
    other.transport_lost("close_notify");
    EXPECT_EQ(other.report().outcome, Outcome::device_silent);
    EXPECT_THAT(other.report().cause, HasSubstr("close_notify"));
}

// A block a minute would keep it for ever.
TEST_F(PackSessionTest, HasADeadline) {
    begin();
    EXPECT_EQ(session_.next_deadline(), now_ + settings_.deadline);
    session_.on_timer(now_ + settings_.deadline - 1s);
    EXPECT_EQ(outcome(), "runs");
    session_.on_timer(now_ + settings_.deadline);
    EXPECT_EQ(outcome(), "deadline_exceeded");
}

}  // namespace
}  // namespace bootstrap
