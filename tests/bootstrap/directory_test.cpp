#include <algorithm>
#include <string>
#include <utility>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(DirectoryTest, GrantsAClaimAndKeepsTheRecordOfItsEnd) {
    const SessionId session = granted(tell(claim("a", first_)));
    EXPECT_EQ(directory_.find(session)->state, SessionState::running);
    EXPECT_EQ(directory_.find(session)->mode, Mode::client_initiated);

    const auto out = tell(over(session, first_, Outcome::finished));
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(directory_.find(session)->state, SessionState::ended);
    EXPECT_EQ(directory_.find(session)->report.outcome, Outcome::finished);
    EXPECT_EQ(directory_.gauges().running, 0U);
}

TEST_F(DirectoryTest, StopsTheOlderSessionBeforeItGrantsTheNewer) {
    const SessionId old_session = granted(tell(claim("a", first_)));
    auto out = tell(claim("a", second_));
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(out.commands[0].shard, 0);
    EXPECT_EQ(std::get<Stop>(out.commands[0].command).session, old_session);

    out = tell(over(old_session, first_, Outcome::superseded));
    const SessionId new_session = granted(out);
    EXPECT_NE(new_session, old_session);
    EXPECT_EQ(directory_.find(old_session)->report.outcome, Outcome::superseded);
    EXPECT_EQ(directory_.find(new_session)->state, SessionState::running);
}

TEST_F(DirectoryTest, GrantsTheNewerAlsoWhenTheOlderHadJustFinished) {
    const SessionId old_session = granted(tell(claim("a", first_)));
    tell(claim("a", second_));
    const auto out = tell(over(old_session, first_, Outcome::finished));
    EXPECT_NE(granted(out), old_session);
    EXPECT_EQ(directory_.find(old_session)->report.outcome, Outcome::finished);
}

TEST_F(DirectoryTest, DeniesTheClaimBetweenTheOldestAndTheNewest) {
    granted(tell(claim("a", first_)));
    tell(claim("a", second_));
    const auto out = tell(claim("a", PeerRef{0, 9}));
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(std::get<Deny>(out.commands[0].command).peer, second_);
}

TEST_F(DirectoryTest, DeniesAboveTheLimitOfSessionsAndCountsIt) {
    for (int i = 0; i < 3; ++i)
        granted(tell(claim("d" + std::to_string(i), PeerRef{0, static_cast<std::uint64_t>(i)})));
    const auto out = tell(claim("d3", second_));
    EXPECT_EQ(std::get<Deny>(out.commands.at(0).command).code, coap::Code::service_unavailable);
    EXPECT_EQ(directory_.gauges().refused_by_limit, 1U);
    EXPECT_EQ(out.ended.at(0).report.outcome, Outcome::not_admitted);
}

// "With DTLS, Anjay and Wakaama open the handshake themselves and then wait: a trigger has to find
// that open association by the device it was opened by …
TEST_F(DirectoryTest, StartsOverAnAssociationThatWasOpenForLonger) {
    const Assignment who = assignment("a", Keys::psk);
    tell(opened(first_, "a"));
    now_ += 60s;
    const auto [result, out] = attach(who);
    EXPECT_EQ(std::get<AttachAccepted>(result).state, SessionState::reaching);
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(std::get<Start>(out.commands[0].command).peer, first_);

    tell(OperationAnswered{accepted(result), {}, now_, true});
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::running);
    tell(over(accepted(result), first_, Outcome::finished));
    EXPECT_EQ(directory_.find(accepted(result))->mode, Mode::server_initiated);
}

// … also when it came before the association did." And tinydtls clients, whose first POST /bs is
// lost in the handshake, need 2 s until they are heard: within `settle`.
TEST_F(DirectoryTest, GivesADeviceThatJustOpenedItsAssociationTimeToAsk) {
    const Assignment who = assignment("a", Keys::psk);
    const auto [result, out] = attach(who);
    EXPECT_THAT(out.commands, IsEmpty());
    EXPECT_THAT(tell(opened(first_, "a")).commands, IsEmpty());
    EXPECT_EQ(directory_.next_deadline(), now_ + 5s);
    const auto settled = advance(5s);
    ASSERT_THAT(settled.commands, SizeIs(1));
    EXPECT_TRUE(std::holds_alternative<Start>(settled.commands[0].command));
}

TEST_F(DirectoryTest, CountsTheOperationsTimesFromTheAttemptThatSentThem) {
    const Assignment who = assignment("a", Keys::psk);
    const auto [result, out] = attach(who);
    const auto triggered = wall_;
    now_ += 60s;
    wall_ += 60s;
    tell(opened(first_, "a"));
    advance(5s);
    tell(OperationAnswered{accepted(result), {}, now_ - 2s, true});
    EXPECT_EQ(directory_.find(accepted(result))->started, triggered);
    EXPECT_EQ(directory_.find(accepted(result))->operations_started, triggered + 63s);
    Ended ended = over(accepted(result), first_, Outcome::finished);
    ended.report.started = now_ - 2s;
    tell(std::move(ended));
    EXPECT_EQ(directory_.find(accepted(result))->operations_started, triggered + 63s);
}

TEST_F(DirectoryTest, LetsTheDevicesOwnRequestInheritTheWaitingTrigger) {
    const auto [result, ignored] = attach(assignment("a", Keys::psk));
    const SessionId session = granted(tell(claim("a", first_)));
    EXPECT_EQ(session, accepted(result));
    EXPECT_EQ(directory_.find(session)->mode, Mode::client_initiated);
    EXPECT_TRUE(directory_.find(session)->triggered);
}

TEST_F(DirectoryTest, LetsTheDevicesOwnRequestSupersedeTheUnaskedSession) {
    const Assignment who = assignment("a", Keys::psk);
    tell(opened(first_, "a"));
    now_ += 60s;
    const auto [result, started] = attach(who);
    tell(OperationAnswered{accepted(result), {}, now_, true});
    auto out = tell(claim("a", first_));
    EXPECT_TRUE(std::holds_alternative<Stop>(out.commands.at(0).command));
    out = tell(over(accepted(result), first_, Outcome::superseded));
    EXPECT_EQ(granted(out), accepted(result));
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::superseded);
    EXPECT_EQ(out.ended[0].trigger, accepted(result));

    // A Stop that came too late is not taken for the end of what the id stands for now.
    tell(Ended{first_, accepted(result), {}});
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::running);
}

TEST_F(DirectoryTest, ReachesAnUnsecuredDeviceAtItsAddressThroughTheShardThatOwnsIt) {
    const auto [result, out] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5001);
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(out.commands[0].shard, 1);
    const auto& reach = std::get<Reach>(out.commands[0].command);
    EXPECT_EQ(reach.remote, at("192.0.2.9:5001"));
    EXPECT_FALSE(reach.dial);
}

TEST_F(DirectoryTest, DialsADeviceWithKeysAtTheDefaultPort) {
    const auto [result, out] = attach(assignment("a", Keys::psk), "192.0.2.9");
    const auto& reach = std::get<Reach>(out.commands.at(0).command);
    EXPECT_EQ(reach.remote, at("192.0.2.9:5684"));
    EXPECT_TRUE(reach.dial);
}

TEST_F(DirectoryTest, TriesTheNextWayWhenOneStaysSilentThenPauses) {
    const auto [result, out] = attach(assignment("a", Keys::both), "192.0.2.9");
    EXPECT_FALSE(std::get<Reach>(out.commands.at(0).command).dial);
    const auto next = tell(over(accepted(result), PeerRef{1, 3}, Outcome::device_silent, false));
    EXPECT_TRUE(std::get<Reach>(next.commands.at(0).command).dial);
    const auto pause = tell(NotReached{accepted(result), "no answer", std::nullopt, {}});
    EXPECT_THAT(pause.commands, IsEmpty());
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::waiting);
    EXPECT_EQ(directory_.find(accepted(result))->attempts, 2U);
    EXPECT_EQ(directory_.find(accepted(result))->report.outcome, std::nullopt);
    EXPECT_EQ(directory_.next_deadline(), now_ + 60s);
    EXPECT_THAT(advance(60s).commands, SizeIs(1));
}

TEST_F(DirectoryTest, ExpiresATriggerWhoseDeviceNeverAnswered) {
    const auto [result, out] = attach(assignment("a", Keys::psk));
    const auto expired = advance(1000s);
    ASSERT_THAT(expired.ended, SizeIs(1));
    EXPECT_EQ(expired.ended[0].report.outcome, Outcome::expired);
    EXPECT_EQ(directory_.gauges().waiting, 0U);
    EXPECT_EQ(directory_.next_deadline(), std::nullopt);
}

TEST_F(DirectoryTest, StopsAnUnheardAttemptWhenTheWindowClosesAndCallsItExpired) {
    const auto [result, out] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    const auto closing = advance(1000s);
    ASSERT_THAT(closing.commands, SizeIs(1));
    EXPECT_TRUE(std::holds_alternative<Stop>(closing.commands[0].command));
    const auto ended = tell(over(accepted(result), PeerRef{0, 3}, Outcome::cancelled, false));
    EXPECT_EQ(ended.ended.at(0).report.outcome, Outcome::expired);
}

TEST_F(DirectoryTest, LetsASessionGoOnPastTheWindowOnceTheDeviceHasAnswered) {
    const auto [result, out] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    tell(OperationAnswered{accepted(result), {}, now_, true});
    EXPECT_THAT(advance(2000s).commands, IsEmpty());
    EXPECT_EQ(directory_.find(accepted(result))->state, SessionState::running);
}

TEST_F(DirectoryTest, AnswersTheSameTriggerWithTheSameSession) {
    const auto [once, out] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    const auto [again, nothing] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    EXPECT_EQ(accepted(once), accepted(again));
    EXPECT_THAT(nothing.commands, IsEmpty());
}

TEST_F(DirectoryTest, RedirectsToANewAddress) {
    const auto [once, out] = attach(assignment("a", Keys::nosec), "192.0.2.9", 5000);
    const auto [again, stop] = attach(assignment("a", Keys::nosec), "192.0.2.10", 5000);
    EXPECT_EQ(accepted(once), accepted(again));
    EXPECT_TRUE(std::holds_alternative<Stop>(stop.commands.at(0).command));
    const auto next = tell(over(accepted(once), PeerRef{0, 3}, Outcome::superseded, false));
    EXPECT_EQ(std::get<Reach>(next.commands.at(0).command).remote, at("192.0.2.10:5000"));
}

TEST_F(DirectoryTest, RefusesATriggerOnceAnOperationHasBeenAnswered) {
    const SessionId session = granted(tell(claim("a", first_)));
    EXPECT_EQ(accepted(attach(assignment("a", Keys::psk)).first), session);
    tell(OperationAnswered{session, {}, now_, true});
    const auto refused = attach(assignment("a", Keys::psk)).first;
    EXPECT_EQ(std::get<AttachRefused>(refused).why, AttachRefused::Why::under_way);
}

TEST_F(DirectoryTest, GoesBackToWaitingWhenATriggeredRequestFallsSilentUnheard) {
    const SessionId session = granted(tell(claim("a", first_)));
    attach(assignment("a", Keys::psk));
    tell(over(session, first_, Outcome::device_silent, false));
    EXPECT_EQ(directory_.find(session)->state, SessionState::waiting);
}

TEST_F(DirectoryTest, RefusesWhatTheRecordRulesOut) {
    const Assignment plain = assignment("a", Keys::psk);
    auto device = std::make_shared<Device>(*plain.device);
    device->reach.mode = provisioning::Reach::Mode::dial;
    const auto refused = attach({device, plain.profile}).first;
    EXPECT_EQ(std::get<AttachRefused>(refused).why, AttachRefused::Why::unreachable);
}

TEST_F(DirectoryTest, BoundsThePendingTriggers) {
    for (const char* endpoint : {"a", "b", "c"}) attach(assignment(endpoint, Keys::psk));
    const auto refused = attach(assignment("d", Keys::psk)).first;
    EXPECT_EQ(std::get<AttachRefused>(refused).why, AttachRefused::Why::full);
    EXPECT_EQ(directory_.gauges().refused_by_limit, 1U);
}

TEST_F(DirectoryTest, EndsADialThatTheDeviceRefused) {
    const auto [result, out] = attach(assignment("a", Keys::psk), "192.0.2.9");
    const auto ended = tell(
        NotReached{accepted(result), "alert: unknown_psk_identity", Outcome::handshake_failed, {}});
    EXPECT_EQ(ended.ended.at(0).report.outcome, Outcome::handshake_failed);
    EXPECT_EQ(ended.ended.at(0).report.cause, "alert: unknown_psk_identity");
}

TEST_F(DirectoryTest, CancelsWaitingAndRunningSessions) {
    const auto [waiting, nothing] = attach(assignment("a", Keys::psk));
    const SessionId running = granted(tell(claim("b", first_)));
    Directory::Output out;
    EXPECT_TRUE(directory_.cancel(accepted(waiting), now_, wall_, out));
    EXPECT_EQ(out.ended.at(0).report.outcome, Outcome::cancelled);
    EXPECT_TRUE(directory_.cancel(running, now_, wall_, out));
    tell(over(running, first_, Outcome::cancelled));
    EXPECT_EQ(directory_.find(running)->report.outcome, Outcome::cancelled);
    EXPECT_FALSE(directory_.cancel(running, now_, wall_, out));
}

TEST_F(DirectoryTest, DrainsThenInterrupts) {
    const auto [waiting, nothing] = attach(assignment("a", Keys::psk));
    const SessionId running = granted(tell(claim("b", first_)));
    Directory::Output out;
    directory_.drain(now_, wall_, out);
    EXPECT_EQ(out.ended.at(0).report.outcome, Outcome::interrupted);
    EXPECT_TRUE(std::holds_alternative<Deny>(tell(claim("c", second_)).commands.at(0).command));
    EXPECT_EQ(std::get<AttachRefused>(attach(assignment("d", Keys::psk)).first).why,
              AttachRefused::Why::full);
    directory_.interrupt(now_, wall_, out);
    ASSERT_THAT(out.commands, SizeIs(1));
    tell(over(running, first_, Outcome::interrupted));
    EXPECT_EQ(directory_.find(running)->report.outcome, Outcome::interrupted);
    EXPECT_EQ(directory_.gauges().running, 0U);
}

TEST_F(DirectoryTest, ADeliveredPackEndsTheTriggerThatItInherited) {
    const auto [result, reach] = attach(assignment("a", Keys::psk));
    const SessionId trigger = accepted(result);
    EXPECT_EQ(granted(tell(claim("a", first_))), trigger);
    Ended over_now = over(trigger, first_, Outcome::pack_delivered, false);
    const auto out = tell(std::move(over_now));
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::pack_delivered);
    EXPECT_FALSE(directory_.next_deadline()) << "nothing is left to try";
}

TEST_F(DirectoryTest, AnOrdinaryBootstrapFollowsAPackThatCouldNotBeMade) {
    const SessionId pack = granted(tell(claim("a", first_)));
    tell(over(pack, first_, Outcome::plan_impossible, false));
    const SessionId next = granted(tell(claim("a", first_)));
    EXPECT_NE(next, pack);
    EXPECT_EQ(directory_.find(pack)->report.outcome, Outcome::plan_impossible);
    EXPECT_EQ(directory_.find(next)->state, SessionState::running);
}

// "A refused Wakaama client returns every 70 s, Anjay every 20 s": refusals have a ledger of their
// own.
TEST_F(DirectoryTest, KeepsTheNewestRecordsAndRefusalsApart) {
    for (int i = 0; i < 7; ++i) {
        const SessionId session = granted(tell(claim("a", first_)));
        tell(over(session, first_, Outcome::finished));
        tell(NotAdmitted{"a", at("192.0.2.1:5"), true, "unknown identity"});
    }
    EXPECT_EQ(directory_.gauges().records, 7U);  // 5 sessions and 2 refusals
}

TEST_F(DirectoryTest, ForgetsARecordThatIsKeptElsewhere) {
    const SessionId session = granted(tell(claim("a", first_)));
    directory_.forget(session);
    EXPECT_TRUE(directory_.find(session)) << "it runs";
    tell(over(session, first_, Outcome::finished));
    EXPECT_EQ(directory_.gauges().records, 1U);
    directory_.forget(session);
    EXPECT_FALSE(directory_.find(session));
    EXPECT_EQ(directory_.gauges().records, 0U);
}

TEST_F(DirectoryTest, ListsWhatRunsOrWaitsNewestFirst) {
    attach(assignment("a", Keys::psk));
    const SessionId running = granted(tell(claim("b", first_)));
    tell(over(granted(tell(claim("c", second_))), second_, Outcome::finished));
    const auto all = directory_.live({}, 100);
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[0].id, running);
    EXPECT_EQ(all[1].endpoint, "a");
    EXPECT_THAT(directory_.live({}, 1), SizeIs(1));
    EXPECT_THAT(directory_.live("a", 1), SizeIs(1));
    EXPECT_THAT(directory_.live("c", 1), IsEmpty());
}

TEST_F(DirectoryTest, ForgetsAnAssociationThatClosed) {
    const Assignment who = assignment("a", Keys::psk);
    tell(opened(first_, "a"));
    EXPECT_EQ(directory_.gauges().associations, 1U);
    tell(AssociationClosed{first_});
    EXPECT_EQ(directory_.gauges().associations, 0U);
    now_ += 60s;
    EXPECT_THAT(attach(who).second.commands, IsEmpty());
}

}  // namespace
}  // namespace bootstrap::testing
