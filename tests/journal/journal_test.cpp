#include "server/journal/journal.h"

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server/journal/messages.h"

namespace {

using journal::Format;
using journal::Journal;
using journal::Level;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

TEST(Journal, LeavesOutWhatIsBelowItsLevel) {
    CaptureStderr();
    {
        Journal log(Level::warning, Format::text);
        log.write(journal::message::ready, {});
        log.write(journal::message::limit_reached, {{"limit", "sessions"}});
    }
    const std::string out = GetCapturedStderr();
    EXPECT_EQ(out.find("ready"), std::string::npos);
    EXPECT_NE(out.find("warning limit_reached limit=sessions"), std::string::npos);
}

TEST(Journal, TakesANewLevelAndFormatWhileInUse) {
    CaptureStderr();
    {
        Journal log(Level::error, Format::text);
        EXPECT_FALSE(log.enabled(Level::info));
        log.set(Level::info, Format::json);
        EXPECT_TRUE(log.enabled(Level::info));
        log.write(journal::message::ready, {});
    }
    const std::string out = GetCapturedStderr();
    EXPECT_EQ(out.front(), '{');
    EXPECT_EQ(out.substr(out.size() - 2), "}\n");
}

TEST(Journal, KeepsLinesOfSeveralThreadsApart) {
    constexpr int lines_each = 200;
    CaptureStderr();
    {
        Journal log(Level::info, Format::text);
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&log] {
                for (int n = 0; n < lines_each; ++n)
                    log.write(journal::message::attached, {{"endpoint", std::string(200, 'x')}});
            });
    }
    std::istringstream out(GetCapturedStderr());
    int lines = 0;
    for (std::string line; std::getline(out, line); ++lines)
        ASSERT_EQ(line.substr(24), " info attached endpoint=" + std::string(200, 'x'));
    EXPECT_EQ(lines, 4 * lines_each);
}

}  // namespace
