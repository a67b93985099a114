#include "server/journal/journal.h"

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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
                    log.write(journal::message::starting, {{"settings", std::string(200, 'x')}});
            });
    }
    std::istringstream out(GetCapturedStderr());
    int lines = 0;
    for (std::string line; std::getline(out, line); ++lines)
        ASSERT_EQ(line.substr(24), " info starting settings=" + std::string(200, 'x'));
    EXPECT_EQ(lines, 4 * lines_each);
}

// Lines that begin with the message's id.
int lines_of(const std::string& log, const std::string& id) {
    std::istringstream in(log);
    int count = 0;
    for (std::string line; std::getline(in, line);)
        count += line.find(' ' + id + ' ') != std::string::npos ? 1 : 0;
    return count;
}

TEST(Journal, WithholdsWhatAFloodBringsAndSaysHowMuch) {
    constexpr int flood = 100000;
    const auto& refused = journal::message::http_refused;
    CaptureStderr();
    {
        Journal log(Level::info, Format::json);
        for (int i = 0; i < flood; ++i)
            if (i % 2 == 0 || log.wants(refused)) log.write(refused, {{"cause", "no token"}});
        log.write(journal::message::ready, {});  // has no limit
    }
    std::istringstream out(GetCapturedStderr());
    int written = 0, withheld = 0, others = 0;
    for (std::string line; std::getline(out, line);) {
        const auto json = nlohmann::json::parse(line);
        if (json["id"] == refused.id) {
            ++written;
            withheld += std::stoi(json.value("left_out_before", "0"));
        } else if (json["id"] == "messages_withheld") {
            EXPECT_EQ(json["message"], refused.id);
            withheld += std::stoi(json["count"].get<std::string>());
        } else {
            ++others;
        }
    }
    EXPECT_GE(written, static_cast<int>(refused.pace.burst));
    EXPECT_GT(withheld, flood / 2);
    EXPECT_EQ(written + withheld, flood);
    EXPECT_EQ(others, 1);
}

TEST(Journal, SaysInTheNextLineHowManyWereLeftOut) {
    const auto& refused = journal::message::request_refused;
    CaptureStderr();
    {
        Journal log(Level::info, Format::text);
        for (int i = 0; i < 1000; ++i) log.write(refused, {{"reason", "x"}});
        while (!log.wants(refused)) {
        }
        log.write(refused, {{"reason", "the next"}});
    }
    EXPECT_NE(GetCapturedStderr().find("reason=\"the next\" left_out_before="), std::string::npos);
}

TEST(Journal, CountsNothingBelowItsLevel) {
    CaptureStderr();
    {
        Journal log(Level::error, Format::text);
        for (int i = 0; i < 1000; ++i) {
            EXPECT_FALSE(log.wants(journal::message::http_refused));
            log.write(journal::message::http_refused, {});
        }
    }
    EXPECT_EQ(lines_of(GetCapturedStderr(), "messages_withheld"), 0);
}

}  // namespace
