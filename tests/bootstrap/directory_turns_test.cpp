// Whose turn it is: attach_rate, attach_concurrency, and the queue before them.
#include <string>
#include <utility>
#include <vector>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> reached(const Directory::Output& out) {
    std::vector<std::string> endpoints;
    for (const auto& addressed : out.commands) {
        if (const auto* reach = std::get_if<Reach>(&addressed.command))
            endpoints.push_back(reach->assignment.device->endpoint.text());
        if (const auto* start = std::get_if<Start>(&addressed.command))
            endpoints.push_back(start->assignment.device->endpoint.text());
    }
    return endpoints;
}

class DirectoryTurns : public DirectoryTest {
  protected:
    DirectoryTurns() {
        settings_.max_sessions = 100;
        settings_.max_pending_attachments = 100;
        settings_.attach_rate = 2;
        settings_.attach_concurrency = 50;
        directory_.reconfigure(settings_);
    }

    std::pair<SessionId, std::vector<std::string>> trigger(const std::string& endpoint,
                                                           const char* address = "192.0.2.9") {
        const auto [result, out] = attach(assignment(endpoint, Keys::nosec), address, 5000);
        return {accepted(result), reached(out)};
    }
    // The session, if it was over by now.
    Directory::Output silent(const SessionId& session) {
        return tell(over(session, PeerRef{0, 99}, Outcome::device_silent, false));
    }
    void opens_association(const std::string& endpoint, PeerRef peer) {
        tell(DirectoryTest::opened(peer, endpoint));
    }

    DirectorySettings settings_ = small_settings();
};

TEST_F(DirectoryTurns, AreGivenAtTheRateInTheOrderOfAsking) {
    for (const char* endpoint : {"a", "b"}) EXPECT_THAT(trigger(endpoint).second, SizeIs(1));
    for (const char* endpoint : {"e", "d", "c"}) EXPECT_THAT(trigger(endpoint).second, IsEmpty());
    EXPECT_EQ(directory_.gauges().backlog, 3U);
    EXPECT_EQ(directory_.gauges().reaching, 2U);
    EXPECT_EQ(directory_.gauges().waiting, 3U);
    EXPECT_EQ(directory_.next_deadline(), now_ + 500ms);
    EXPECT_THAT(reached(advance(500ms)), ElementsAre("e"));
    EXPECT_THAT(reached(advance(1s)), ElementsAre("d", "c"));
    EXPECT_EQ(directory_.gauges().backlog, 0U);
}

TEST_F(DirectoryTurns, TellWhoWaitsThatHeWaits) {
    for (const char* endpoint : {"a", "b"}) trigger(endpoint);
    const auto [result, out] = attach(assignment("c", Keys::nosec), "192.0.2.9", 5000);
    EXPECT_EQ(std::get<AttachAccepted>(result).state, SessionState::waiting);
    EXPECT_EQ(std::get<AttachAccepted>(result).expires, wall_ + 1000s);
}

TEST_F(DirectoryTurns, WaitUntilThereIsRoom) {
    settings_.attach_concurrency = 1;
    settings_.attach_rate = 100;
    directory_.reconfigure(settings_);
    const SessionId first = trigger("a").first;
    EXPECT_THAT(trigger("b").second, IsEmpty());
    EXPECT_THAT(reached(advance(10s)), IsEmpty());
    EXPECT_THAT(reached(silent(first)), ElementsAre("b"));
}

TEST_F(DirectoryTurns, AreTakenUpByASessionUntilItIsOver) {
    settings_.attach_concurrency = 1;
    directory_.reconfigure(settings_);
    const SessionId first = trigger("a").first;
    trigger("b");
    EXPECT_THAT(tell(OperationAnswered{first, {}, now_, true}).commands, IsEmpty());
    EXPECT_EQ(directory_.gauges().reaching, 0U);
    EXPECT_THAT(reached(tell(over(first, PeerRef{0, 99}, Outcome::finished))), ElementsAre("b"));
}

TEST_F(DirectoryTurns, KeepTheirOrderWhenANewerAddressComes) {
    for (const char* endpoint : {"a", "b"}) trigger(endpoint);
    trigger("c");
    trigger("d");
    trigger("c", "192.0.2.77");
    const auto out = advance(500ms);
    EXPECT_THAT(reached(out), ElementsAre("c"));
    EXPECT_EQ(std::get<Reach>(out.commands[0].command).remote, at("192.0.2.77:5000"));
    EXPECT_THAT(reached(advance(500ms)), ElementsAre("d"));
}

TEST_F(DirectoryTurns, AreForTheRecordAndProfileThatWereToldLast) {
    for (const char* endpoint : {"a", "b", "c"}) trigger(endpoint);
    const Assignment old = assignment("c", Keys::nosec);
    auto profile = std::make_shared<Profile>(*old.profile);
    profile->name = "newer";
    attach({old.device, profile}, "192.0.2.9", 5000);
    const auto out = advance(500ms);
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(std::get<Reach>(out.commands[0].command).assignment.profile, profile);
    EXPECT_EQ(out.started.at(0).profile, "newer");
}

TEST_F(DirectoryTurns, OfARetryComeAfterEverybodyElses) {
    const SessionId first = trigger("a").first;
    trigger("b");
    trigger("c");
    silent(first);
    EXPECT_EQ(directory_.gauges().backlog, 1U) << "the retry has its pause first";
    directory_.reconfigure([&] {
        settings_.attach_concurrency = 1;
        return settings_;
    }());
    advance(60s);  // "b" takes all the room there is
    EXPECT_EQ(directory_.gauges().backlog, 2U);
    settings_.attach_concurrency = 2;
    directory_.reconfigure(settings_);
    EXPECT_THAT(reached(advance(1s)), ElementsAre("c"));
}

TEST_F(DirectoryTurns, AreNotLostBySettling) {
    for (const char* endpoint : {"a", "b"}) trigger(endpoint);
    attach(assignment("c", Keys::psk), "192.0.2.9");
    trigger("d");
    opens_association("c", first_);
    EXPECT_EQ(directory_.gauges().backlog, 1U) << "who settles does not stand in the queue";
    settings_.attach_concurrency = 2;  // none is left
    directory_.reconfigure(settings_);
    advance(5s);
    EXPECT_EQ(directory_.gauges().backlog, 2U);
    settings_.attach_concurrency = 3;
    directory_.reconfigure(settings_);
    const auto out = advance(1s);
    EXPECT_THAT(reached(out), ElementsAre("c"));
    EXPECT_TRUE(std::holds_alternative<Start>(out.commands.at(0).command));
}

TEST_F(DirectoryTurns, AreForgottenWhenTheDeviceAsksByItself) {
    for (const char* endpoint : {"a", "b"}) trigger(endpoint);
    const SessionId waiting = trigger("c").first;
    EXPECT_EQ(granted(tell(claim("c", first_, Keys::nosec))), waiting);
    EXPECT_EQ(directory_.gauges().backlog, 0U);
    EXPECT_THAT(reached(advance(10s)), IsEmpty());
}

TEST_F(DirectoryTurns, LeaveAQuarterOfTheSessionsToDevicesThatAsk) {
    settings_.max_sessions = 8;
    settings_.attach_rate = 100;
    directory_.reconfigure(settings_);
    for (int i = 0; i < 10; ++i) trigger("d" + std::to_string(i));
    EXPECT_EQ(directory_.gauges().reaching, 6U);
    EXPECT_EQ(directory_.gauges().backlog, 4U);
    granted(tell(claim("x", first_)));
    granted(tell(claim("y", second_)));
    const auto denied = tell(claim("z", PeerRef{1, 8}));
    EXPECT_TRUE(std::holds_alternative<Deny>(denied.commands.at(0).command));
}

TEST_F(DirectoryTurns, AreNoReasonToHoldADeviceUpThatAsks) {
    for (int i = 0; i < 20; ++i) trigger("d" + std::to_string(i));
    EXPECT_EQ(directory_.gauges().backlog, 18U);
    granted(tell(claim("x", first_)));
}

TEST_F(DirectoryTurns, ThatComeLateAreTurnsAllTheSame) {
    settings_.attach_concurrency = 1;
    directory_.reconfigure(settings_);
    const SessionId first = trigger("a").first;
    const SessionId last = trigger("b").first;
    now_ += 999s;
    EXPECT_THAT(reached(silent(first)), ElementsAre("b"));
    advance(1s);
    EXPECT_EQ(directory_.find(last)->state, SessionState::reaching);
    EXPECT_THAT(advance(4s).commands, SizeIs(1)) << "nothing was heard in five seconds";
    const auto out = tell(over(last, PeerRef{0, 99}, Outcome::cancelled, false));
    EXPECT_EQ(out.ended.at(0).report.outcome, Outcome::expired);
}

TEST_F(DirectoryTurns, EndWithTheWindow) {
    settings_.attach_concurrency = 1;
    directory_.reconfigure(settings_);
    trigger("a");
    trigger("b");
    const auto out = advance(1000s);
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].endpoint, "b");
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::expired);
    EXPECT_EQ(out.ended[0].attempts, 0U);
    EXPECT_EQ(directory_.gauges().backlog, 0U);
}

}  // namespace
}  // namespace bootstrap::testing
