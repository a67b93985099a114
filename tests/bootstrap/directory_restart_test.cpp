// Triggers that outlive the daemon.
#include <string>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DirectoryRestart : public DirectoryTest {
  protected:
    DirectoryRestart() {
        DirectorySettings settings = small_settings();
        settings.triggers_outlive = true;
        directory_.reconfigure(settings);
        wall_ += std::chrono::hours(1000);
    }

    Directory::Output restore(const SessionId& session, const Assignment& who,
                              std::chrono::seconds left, const char* address = nullptr) {
        Directory::Restored restored{session, {who, {}, {}, "api"}, wall_ - 600s, wall_ + left};
        restored.endpoint = "a";
        if (address != nullptr) restored.attachment.address = wire::IpAddress::from(address);
        Directory::Output out;
        directory_.restore(std::move(restored), now_, wall_, out);
        return out;
    }
};

TEST_F(DirectoryRestart, GivesATriggerItsIdAndWhatIsLeftOfItsWindow) {
    const auto out = restore("s-1", assignment("a", Keys::nosec), 30s, "192.0.2.9");
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(std::get<Reach>(out.commands[0].command).session, "s-1");
    EXPECT_EQ(directory_.find("s-1")->started, wall_ - 600s);
    EXPECT_TRUE(directory_.find("s-1")->triggered);
    EXPECT_EQ(directory_.next_deadline(), now_ + 30s);
    advance(30s);
    const auto expired = tell(over("s-1", PeerRef{0, 3}, Outcome::cancelled, false));
    EXPECT_EQ(expired.ended.at(0).report.outcome, Outcome::expired);
}

TEST_F(DirectoryRestart, ExpiresWhatClosedMeanwhile) {
    const auto out = restore("s-1", assignment("a", Keys::psk), -1s);
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].id, "s-1");
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::expired);
    EXPECT_EQ(out.ended[0].started, wall_ - 600s);
    EXPECT_EQ(out.ended[0].ended, wall_);
    EXPECT_EQ(directory_.gauges().waiting, 0U);
}

TEST_F(DirectoryRestart, CancelsWhatHasLostItsDeviceOrProfile) {
    auto out = restore("s-1", {}, 30s);
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].endpoint, "a");
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::cancelled);
    out = restore("s-2", {assignment("b", Keys::psk).device, nullptr}, 30s);
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].endpoint, "b");
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::cancelled);
}

TEST_F(DirectoryRestart, LeavesTheDeviceToTheSessionThatItHasAlready) {
    const SessionId running = granted(tell(claim("a", first_)));
    const auto out = restore("s-1", assignment("a", Keys::psk), 30s);
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::superseded);
    EXPECT_EQ(out.ended[0].trigger, running);
    EXPECT_EQ(directory_.find(running)->state, SessionState::running);
}

TEST_F(DirectoryRestart, TellsNoEndOfTriggersThatAreStillToBeServed) {
    attach(assignment("waiting", Keys::psk));
    const auto reached = accepted(attach(assignment("reached", Keys::nosec), "192.0.2.9").first);
    const auto heard = accepted(attach(assignment("heard", Keys::nosec), "192.0.2.8").first);
    tell(OperationAnswered{heard, {}, now_, true});
    Directory::Output out;
    directory_.drain(now_, wall_, out);
    EXPECT_THAT(out.ended, IsEmpty());
    directory_.interrupt(now_, wall_, out);
    EXPECT_THAT(out.commands, SizeIs(2));
    EXPECT_THAT(tell(over(reached, PeerRef{0, 3}, Outcome::interrupted, false)).ended, IsEmpty());
    const auto interrupted = tell(over(heard, PeerRef{0, 4}, Outcome::interrupted, true));
    ASSERT_THAT(interrupted.ended, SizeIs(1));
    EXPECT_EQ(interrupted.ended[0].report.outcome, Outcome::interrupted);
    EXPECT_THAT(directory_.live({}, 10), IsEmpty());
}

}  // namespace
}  // namespace bootstrap::testing
