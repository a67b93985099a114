// The network says that a device has left.
#include <string>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DirectoryWithdrawal : public DirectoryTest {
  protected:
    Directory::Output withdraw_from(const std::string& origin) {
        Directory::Output out;
        directory_.withdraw_from(origin, "the gateway restarted", now_, wall_, out);
        return out;
    }
};

TEST_F(DirectoryWithdrawal, CancelsAWaitingTrigger) {
    const auto [result, nothing] = attach(assignment("a", Keys::psk));
    const auto [session, out] = withdraw("a");
    EXPECT_EQ(session, accepted(result));
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::cancelled);
    EXPECT_EQ(out.ended[0].report.cause, "it has left");
    EXPECT_FALSE(withdraw("a").first);
    EXPECT_FALSE(directory_.next_deadline());
}

// A gateway's late Stop, after the device has attached through another one.
TEST_F(DirectoryWithdrawal, LeavesATriggerThatKnowsAnotherAddress) {
    attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    const auto [session, out] = withdraw("a", "192.0.2.8");
    EXPECT_FALSE(session);
    EXPECT_THAT(out.ended, IsEmpty());
    EXPECT_THAT(out.commands, IsEmpty());
    EXPECT_TRUE(withdraw("a", "192.0.2.9").first);
}

TEST_F(DirectoryWithdrawal, IsNotWhatAChangedRecordIs) {
    const auto [result, nothing] = attach(assignment("a", Keys::psk));
    auto device = std::make_shared<provisioning::Device>(*assignment("a", Keys::psk).device);
    device->profile = "other";
    auto profile = std::make_shared<provisioning::Profile>();
    profile->name = "other";
    directory_.refresh({device, profile});
    const auto record = directory_.find(accepted(result));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->profile, "other");
    EXPECT_EQ(record->state, SessionState::waiting);
    directory_.refresh(assignment("nobody", Keys::psk));
}

TEST_F(DirectoryWithdrawal, TakesAnyAddressWhereNoneIsKnown) {
    attach(assignment("a", Keys::psk));
    EXPECT_TRUE(withdraw("a", "192.0.2.8").first);
}

TEST_F(DirectoryWithdrawal, StopsAnAttemptThatHasHeardNothing) {
    const auto [result, reach] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    const auto [session, out] = withdraw("a");
    EXPECT_EQ(session, accepted(result));
    EXPECT_THAT(out.ended, IsEmpty());
    EXPECT_TRUE(std::holds_alternative<Stop>(out.commands.at(0).command));
    const auto over_now = tell(over(*session, PeerRef{0, 3}, Outcome::cancelled, false));
    ASSERT_THAT(over_now.ended, SizeIs(1));
    EXPECT_EQ(over_now.ended[0].report.outcome, Outcome::cancelled);
    EXPECT_EQ(over_now.ended[0].report.cause, "it has left");
}

TEST_F(DirectoryWithdrawal, ThatCrossesWithTheEndOfTheAttemptHoldsToo) {
    const auto [result, reach] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    withdraw("a");
    const auto out = tell(over(accepted(result), PeerRef{0, 3}, Outcome::device_silent, false));
    EXPECT_EQ(out.ended.at(0).report.outcome, Outcome::cancelled);
}

TEST_F(DirectoryWithdrawal, LetsASessionGoOnThatWasAnswered) {
    const auto [result, reach] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    tell(OperationAnswered{accepted(result), {}, now_, true});
    const auto [session, out] = withdraw("a");
    EXPECT_FALSE(session);
    EXPECT_THAT(out.commands, IsEmpty());
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::running);
}

TEST_F(DirectoryWithdrawal, LetsTheDevicesOwnRequestGoOnButWaitsForItNoMore) {
    const SessionId session = granted(tell(claim("a", first_)));
    attach(assignment("a", Keys::psk));
    EXPECT_FALSE(withdraw("a").first);
    const auto out = tell(over(session, first_, Outcome::device_silent, false));
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::device_silent);
}

TEST_F(DirectoryWithdrawal, IsUndoneByAnAttachmentThatComesBeforeItTookEffect) {
    const auto [result, reach] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    withdraw("a");
    EXPECT_EQ(accepted(attach(assignment("a", Keys::nosec), "192.0.2.9", 5000).first),
              accepted(result));
    const auto out = tell(over(accepted(result), PeerRef{0, 3}, Outcome::cancelled, false));
    EXPECT_THAT(out.ended, IsEmpty());
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::waiting);
}

TEST_F(DirectoryWithdrawal, OfAGatewaysTriggersLeavesThoseOfOthers) {
    attach_from("core-1", assignment("a", Keys::psk));
    attach_from("core-2", assignment("b", Keys::psk));
    attach(assignment("c", Keys::psk));
    const auto out = withdraw_from("core-1");
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].endpoint, "a");
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::cancelled);
    EXPECT_EQ(out.ended[0].report.cause, "the gateway restarted");
    EXPECT_THAT(withdraw_from("core-1").ended, IsEmpty());
    EXPECT_THAT(withdraw_from("unknown").ended, IsEmpty());
    EXPECT_EQ(directory_.gauges().waiting, 2U);
}

TEST_F(DirectoryWithdrawal, OfAGatewaysTriggersIsAboutTheOneThatToldLast) {
    attach_from("core-1", assignment("a", Keys::psk));
    attach_from("core-2", assignment("a", Keys::psk));
    EXPECT_THAT(withdraw_from("core-1").ended, IsEmpty());
    EXPECT_THAT(withdraw_from("core-2").ended, SizeIs(1));
}

TEST_F(DirectoryWithdrawal, OfManyIsDoneInPartsAndSparesWhatIsToldAfterwards) {
    DirectorySettings settings = small_settings();
    settings.max_pending_attachments = 10'000;
    directory_.reconfigure(settings);
    for (int i = 0; i < 2500; ++i)
        attach_from("core-1", assignment("d" + std::to_string(i), Keys::psk));
    EXPECT_THAT(withdraw_from("core-1").ended, SizeIs(1000));
    // One that has not had its turn yet attaches again; another is new.
    attach_from("core-1", assignment("d2400", Keys::psk));
    attach_from("core-1", assignment("new", Keys::psk));
    EXPECT_EQ(directory_.next_deadline(), now_) << "the rest is due at once";
    EXPECT_THAT(advance(0s).ended, SizeIs(1000));
    EXPECT_THAT(advance(0s).ended, SizeIs(499));
    EXPECT_THAT(advance(0s).ended, IsEmpty());
    EXPECT_THAT(directory_.live({}, 10), SizeIs(2));
    EXPECT_THAT(withdraw_from("core-1").ended, SizeIs(2));
}

}  // namespace
}  // namespace bootstrap::testing
