// What has to be made for the device before anything is written to it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using testing::IsEmpty;
using testing::SizeIs;

class SessionPreparation : public SessionTest {
  protected:
    static provisioning::Profile wanting(provisioning::Profile profile) {
        profile.wanted.secrets["key"] = {};
        return profile;
    }
    bool prepares() const { return std::holds_alternative<Session::Prepare>(action_); }
    void prepared() {
        take(session_->prepared(std::make_shared<const provisioning::Issued>(), now_));
    }
    void refused(Outcome outcome = Outcome::key_share_refused) {
        take(session_->prepared(PreparationRefused{outcome, "the share \"eu\" says 503"}, now_));
    }
    // Nothing has been sent, or the Discover alone.
    void begin_unasked() {
        begin(wanting(support::fixed_profile()));
        ASSERT_TRUE(prepares());
        ASSERT_THAT(report().operations, IsEmpty());
    }
    void begin_and_discover() {
        begin(wanting(support::sample_profile()));
        ASSERT_EQ(name(), "GET");
        answer(Code::content, links);
        ASSERT_TRUE(prepares());
        ASSERT_THAT(report().operations, SizeIs(1));
    }
};

TEST_F(SessionPreparation, ComesAfterDiscoverAndBeforeAnythingIsWritten) {
    begin_and_discover();
    prepared();
    EXPECT_EQ(name(), "DELETE");
}

TEST_F(SessionPreparation, IsLeftOutWhereTheProfileWantsNothing) {
    begin();
    answer(Code::content, links);
    EXPECT_EQ(name(), "DELETE");
}

// The receiving side of a hand-over: its profile may keep the keys.
TEST_F(SessionPreparation, IsAskedForWhereAnOldAccountIsToBePurged) {
    auto device = support::sample_device("a", true);
    device.purge = {0};
    session_.emplace(support::assignment(support::fixed_profile(), device), Mode::client_initiated,
                     true, Asked{}, settings_, random_);
    take(session_->start(now_));
    EXPECT_TRUE(prepares());
}

TEST_F(SessionPreparation, LeavesTheDeviceUntouchedWhenAShareIsRefused) {
    begin_and_discover();
    refused();
    expect_end(Outcome::key_share_refused, "the share \"eu\" says 503");
    EXPECT_THAT(report().operations, SizeIs(1));

    begin_unasked();
    refused(Outcome::interrupted);
    expect_end(Outcome::interrupted);
    EXPECT_THAT(report().operations, IsEmpty());
}

TEST_F(SessionPreparation, ProvesAnUnsecuredAddressBeforeItWrites) {
    auto profile = wanting(support::fixed_profile());
    profile.delete_all = false;
    begin(profile, false);
    ASSERT_TRUE(prepares());
    prepared();
    EXPECT_EQ(name(), "GET");
}

// D = 247 s, MAX_TRANSMIT_SPAN = 45 s, MAX_LATENCY = 100 s: nothing begins after 102 s.
TEST_F(SessionPreparation, DoesNotStopTheDevicesTimer) {
    begin_and_discover();
    const wire::TimePoint t0 = now_;
    EXPECT_EQ(session_->next_deadline(), t0 + 102s);
    now_ = t0 + 102s;
    prepared();
    EXPECT_EQ(name(), "DELETE");
    EXPECT_EQ(sent().bounds.no_transmission_after, t0 + 147s);

    for (const bool discovers : {true, false}) {
        if (discovers)
            begin_and_discover();
        else
            begin_unasked();
        now_ += 102s + 1ns;
        prepared();
        expect_end(Outcome::deadline_exceeded, "what is made for the device came too late");
    }
}

TEST_F(SessionPreparation, IsNotWaitedForLongerThanItIsOfUse) {
    begin_unasked();
    now_ += 102s - 1ns;
    take(session_->on_timer(now_));
    EXPECT_EQ(name(), "wait");
    now_ += 1ns;
    take(session_->on_timer(now_));
    expect_end(Outcome::deadline_exceeded, "was not there in time");

    settings_.deadline = 80s;
    begin_and_discover();
    EXPECT_EQ(session_->next_deadline(), now_ + 80s);
    now_ += 80s;
    take(session_->on_timer(now_));
    expect_end(Outcome::deadline_exceeded, "was not there in time");
    EXPECT_EQ(report().operations.back().note, "") << "the Discover was answered";
}

TEST_F(SessionPreparation, IsNotAskedForWhenItIsTooLateAlready) {
    begin(wanting(support::sample_profile()));
    now_ += 103s;
    answer(Code::content, links);
    expect_end(Outcome::deadline_exceeded, "the answer to DISCOVER / came too late");
}

// Each that may come from outside, with and without an operation before it.
TEST_F(SessionPreparation, EndsAsOtherwiseWhateverComesMeanwhile) {
    for (const bool discovers : {true, false}) {
        const auto again = [&] {
            if (discovers)
                begin_and_discover();
            else
                begin_unasked();
        };
        again();
        take(session_->stop(Session::Stop::superseded, "the device asked again", now_));
        expect_end(Outcome::superseded, "the device asked again");
        prepared();
        expect_end(Outcome::superseded);

        again();
        take(session_->stop(Session::Stop::cancelled, "by an operator", now_));
        expect_end(Outcome::cancelled);

        again();
        take(session_->stop(Session::Stop::interrupted, "the daemon stops", now_));
        expect_end(Outcome::interrupted);

        again();
        take(session_->transport_lost("close_notify", now_));
        expect_end(Outcome::device_silent, "close_notify");

        again();
        take(session_->refused_by_network(now_ + 50s));
        EXPECT_EQ(name(), "wait");
        answer(Code::changed);
        EXPECT_EQ(name(), "wait") << "nothing is under way";
        fail(coap::Failure::no_answer);
        EXPECT_EQ(name(), "wait");
        prepared();
        EXPECT_EQ(name(), "DELETE");
        prepared();
        EXPECT_EQ(name(), "wait") << "it was told already";
    }
}

}  // namespace
}  // namespace bootstrap
