#include "server/cli/follow.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/scripted_daemon.h"

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedDaemon;

class CliFollow : public ::testing::Test {
  protected:
    CliFollow() {
        following.place.socket = daemon.socket();
        following.pause = std::chrono::milliseconds(0);
        following.take = [this](const ServerEvent& event) {
            taken.push_back(event.kind + " " + event.data);
            return event.data != "last";
        };
    }
    ExitCode run() { return follow(following, err); }
    static std::string event(const std::string& id, const std::string& data) {
        return "id: " + id + "\nevent: attach\ndata: " + data + "\n\n";
    }

    ScriptedDaemon daemon;
    Following following;
    std::vector<std::string> taken;
    std::ostringstream err;
};

TEST_F(CliFollow, GoesOnBehindTheLastEventAfterABreak) {
    daemon.on("GET /v1/events", ScriptedDaemon::events(event("b-1", "one") + event("b-2", "two")));
    daemon.on("GET /v1/events", ScriptedDaemon::json(503, R"({"detail":"the daemon starts"})"));
    daemon.on("GET /v1/events", ScriptedDaemon::events("id: b-3\nevent: attach\ndata: cut o"));
    daemon.on("GET /v1/events", ScriptedDaemon::events(":\n\n" + event("b-3", "last"), true));
    EXPECT_EQ(run(), ExitCode::well);
    EXPECT_THAT(taken, ElementsAre("attach one", "attach two", "attach last"));
    const auto seen = daemon.seen();
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_FALSE(seen[0].has("Last-Event-ID"));
    for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(seen[i].has("Last-Event-ID: b-2\r\n")) << i;
}

TEST_F(CliFollow, BeginsBehindTheEventThatIsKnown) {
    following.after = "b-9";
    daemon.on("GET /v1/events", ScriptedDaemon::events(event("b-10", "last")));
    EXPECT_EQ(run(), ExitCode::well);
    EXPECT_TRUE(daemon.seen()[0].has("Last-Event-ID: b-9\r\n"));
}

TEST_F(CliFollow, TellsWhatIsRefused) {
    daemon.on("GET /v1/events", ScriptedDaemon::json(403, R"({"detail":"not for you"})"));
    EXPECT_EQ(run(), ExitCode::no);
    EXPECT_EQ(err.str(), "not for you\n");
}

TEST_F(CliFollow, DoesNotWaitForADaemonThatWasNeverThere) {
    following.place.socket = "/nonexistent/control.sock";
    EXPECT_EQ(run(), ExitCode::unreachable);
    daemon.on("GET /v1/events", ScriptedDaemon::json(503, R"({"detail":"too many"})"));
    following.place.socket = daemon.socket();
    EXPECT_EQ(run(), ExitCode::no);
}

TEST_F(CliFollow, EndsAtItsDeadlineWhetherSomebodySpeaksOrNot) {
    following.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    daemon.on("GET /v1/events", ScriptedDaemon::events(event("b-1", "one"), true));
    EXPECT_EQ(run(), ExitCode::no);
    EXPECT_THAT(taken, ElementsAre("attach one"));
    EXPECT_THAT(err.str(), HasSubstr("the time is over"));
}

TEST_F(CliFollow, LooksBeforeTheFirstEventOfEachStream) {
    daemon.on("GET /v1/events", ScriptedDaemon::events(event("b-1", "one")));
    daemon.on("GET /v1/events", ScriptedDaemon::events(event("b-2", "two")));
    int looks = 0;
    following.opened = [&] { return ++looks < 2; };
    EXPECT_EQ(run(), ExitCode::well);
    EXPECT_THAT(taken, ElementsAre("attach one"));
}

}  // namespace
}  // namespace cli
