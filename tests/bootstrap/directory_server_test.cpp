// Devices that are reached through their LwM2M Server: it executes /1/x/9, and they ask.
#include <memory>
#include <string>
#include <utility>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ReachMode = provisioning::Reach::Mode;

Assignment through(const std::string& endpoint, ReachMode mode = ReachMode::automatic) {
    const Assignment plain = assignment(endpoint, Keys::psk);
    auto device = std::make_shared<Device>(*plain.device);
    device->reach.mode = mode;
    auto profile = std::make_shared<Profile>(*plain.profile);
    profile->through = provisioning::Through{"dm", 3};
    return {device, profile};
}

class DirectoryServer : public DirectoryTest {};

TEST_F(DirectoryServer, IsAskedOnceItIsTheDevicesTurn) {
    const auto [result, out] = attach(through("a"));
    ASSERT_THAT(out.asks, SizeIs(1));
    EXPECT_EQ(out.asks[0].session, accepted(result));
    EXPECT_EQ(out.asks[0].endpoint, "a");
    EXPECT_EQ(out.asks[0].server, "dm");
    EXPECT_EQ(out.asks[0].server_instance, 3);
    EXPECT_THAT(out.commands, IsEmpty());
    EXPECT_EQ(std::get<AttachAccepted>(result).state, SessionState::reaching);
    EXPECT_EQ(directory_.find(accepted(result))->mode, Mode::server_initiated);
    EXPECT_EQ(directory_.gauges().reaching, 1U);
}

TEST_F(DirectoryServer, LeadsToTheDevicesOwnRequestUnderTheTriggersId) {
    const auto [result, out] = attach(through("a"));
    answered(accepted(result));
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::waiting);
    EXPECT_THAT(directory_.find(accepted(result))->report.notes,
                ElementsAre("the LwM2M Server dm was asked to send the device here"));
    EXPECT_EQ(granted(tell(claim("a", first_))), accepted(result));
    EXPECT_TRUE(directory_.find(accepted(result))->triggered);
}

TEST_F(DirectoryServer, MayAnswerLaterThanTheDevice) {
    const auto [result, out] = attach(through("a"));
    EXPECT_EQ(granted(tell(claim("a", first_))), accepted(result));
    EXPECT_THAT(answered(accepted(result)).commands, IsEmpty());
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::running);
}

TEST_F(DirectoryServer, IsAskedAgainWhenTheDeviceDoesNotShowUp) {
    const auto [result, out] = attach(through("a"));
    for (int round = 0; round < 5; ++round) {
        answered(accepted(result));
        EXPECT_EQ(directory_.next_deadline(), now_ + 60s);
        EXPECT_THAT(advance(59s).asks, IsEmpty());
        EXPECT_THAT(advance(1s).asks, SizeIs(1));
    }
    EXPECT_EQ(directory_.find(accepted(result))->attempts, 6U);
    answered(accepted(result));
    const auto expired = advance(1000s);
    ASSERT_THAT(expired.ended, SizeIs(1));
    EXPECT_EQ(expired.ended[0].report.outcome, Outcome::expired);
    EXPECT_THAT(expired.ended[0].report.notes, SizeIs(1));
}

TEST_F(DirectoryServer, ThatCouldNotBeAskedIsAskedAgainLater) {
    const auto [result, out] = attach(through("a"));
    answered(accepted(result), "connection refused");
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::waiting);
    EXPECT_THAT(directory_.find(accepted(result))->report.notes,
                ElementsAre(HasSubstr("dm could not be asked: connection refused")));
    EXPECT_THAT(advance(60s).asks, SizeIs(1));
}

TEST_F(DirectoryServer, ThatCouldNotBeAskedLeavesTheAddress) {
    const auto [result, out] = attach(through("a"), "192.0.2.9");
    EXPECT_THAT(out.asks, SizeIs(1));
    EXPECT_THAT(out.commands, IsEmpty());
    const auto next = answered(accepted(result), "HTTP 404");
    ASSERT_THAT(next.commands, SizeIs(1));
    EXPECT_TRUE(std::get<Reach>(next.commands[0].command).dial);
}

TEST_F(DirectoryServer, WasAskedInVainThenTheAddressIsTriedThenTheServerAgain) {
    const auto [result, out] = attach(through("a"), "192.0.2.9");
    EXPECT_THAT(answered(accepted(result)).commands, IsEmpty());
    EXPECT_THAT(advance(60s).commands, SizeIs(1));
    tell(NotReached{accepted(result), "no answer", std::nullopt, {}});
    EXPECT_THAT(advance(60s).asks, SizeIs(1));
}

TEST_F(DirectoryServer, IsNotTroubledWhileTheDeviceHasAnAssociation) {
    const Assignment who = through("a");
    tell(opened(first_, "a"));
    now_ += 60s;
    const auto [result, out] = attach(who);
    EXPECT_THAT(out.asks, IsEmpty());
    EXPECT_THAT(out.commands, SizeIs(1));
}

TEST_F(DirectoryServer, IsTheOnlyWayWhereTheRecordSaysSo) {
    const Assignment who = through("a", ReachMode::server);
    tell(opened(first_, "a"));
    now_ += 60s;
    const auto [result, out] = attach(who, "192.0.2.9");
    EXPECT_THAT(out.asks, SizeIs(1));
    EXPECT_THAT(answered(accepted(result), "HTTP 404").commands, IsEmpty());
    EXPECT_THAT(advance(60s).asks, SizeIs(1));
}

TEST_F(DirectoryServer, IsNotAskedInOtherModes) {
    for (const ReachMode mode : {ReachMode::association, ReachMode::dial, ReachMode::wait})
        EXPECT_THAT(attach(through("a", mode), "192.0.2.9").second.asks, IsEmpty());
}

TEST_F(DirectoryServer, MustBeNamedByTheProfileWhereTheRecordWantsIt) {
    const Assignment who{through("a", ReachMode::server).device,
                         assignment("a", Keys::psk).profile};
    const auto refused = std::get<AttachRefused>(attach(who).first);
    EXPECT_EQ(refused.why, AttachRefused::Why::unreachable);
    EXPECT_THAT(refused.reason, HasSubstr("the profile meter names no LwM2M Server"));
}

TEST_F(DirectoryServer, ThatDoesNotAnswerHoldsTheTriggerNoLongerThanItsWindow) {
    const auto [result, out] = attach(through("a"));
    const auto expired = advance(1000s);
    ASSERT_THAT(expired.ended, SizeIs(1));
    EXPECT_EQ(expired.ended[0].report.outcome, Outcome::expired);
    EXPECT_THAT(answered(accepted(result)).asks, IsEmpty());
    EXPECT_EQ(directory_.gauges().reaching, 0U);
}

TEST_F(DirectoryServer, IsNoReasonToWaitForACancellation) {
    const auto [cancelled, out] = attach(through("a"));
    Directory::Output now;
    EXPECT_TRUE(directory_.cancel(accepted(cancelled), now_, wall_, now));
    EXPECT_EQ(now.ended.at(0).report.outcome, Outcome::cancelled);
    attach(through("b"));
    EXPECT_THAT(withdraw("b").second.ended, SizeIs(1));
    attach(through("c"));
    now = {};
    directory_.drain(now_, wall_, now);
    EXPECT_EQ(now.ended.at(0).report.outcome, Outcome::interrupted);
}

}  // namespace
}  // namespace bootstrap::testing
