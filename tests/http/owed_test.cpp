#include "server/http/owed.h"

#include <string>

#include <gtest/gtest.h>

#include "server/http/pace.h"

namespace http {
namespace {

struct Waiting {
    int rung = 0;
    std::shared_ptr<Owed<std::string>> owed = Owed<std::string>::make([this] { ++rung; });
};

TEST(Owed, ComesOnce) {
    Waiting waiting;
    const auto give = Owed<std::string>::callback(waiting.owed);
    EXPECT_FALSE(waiting.owed->settled());
    give("first");
    give("second");
    EXPECT_EQ(waiting.rung, 1);
    EXPECT_TRUE(waiting.owed->settled());
    EXPECT_EQ(waiting.owed->take(), "first");
}

TEST(Owed, NeverComesWhenTheLastCopyIsGone) {
    Waiting waiting;
    auto give = Owed<std::string>::callback(waiting.owed);
    auto copy = give;
    give = nullptr;
    EXPECT_EQ(waiting.rung, 0);
    copy = nullptr;
    EXPECT_EQ(waiting.rung, 1);
    EXPECT_TRUE(waiting.owed->settled());
    EXPECT_EQ(waiting.owed->take(), std::nullopt);
}

TEST(Owed, IsNothingToWhoeverIsGone) {
    Waiting waiting;
    const auto give = Owed<std::string>::callback(waiting.owed);
    waiting.owed.reset();
    give("late");
    EXPECT_EQ(waiting.rung, 0);
}

TEST(Pace, IsEarnedBySending) {
    using std::chrono::seconds;
    Pace pace(seconds(10));
    EXPECT_EQ(pace.left(), seconds(10));
    pace.took(seconds(6), Pace::slowest_pace * 2);
    EXPECT_EQ(pace.left(), seconds(6));
    pace.took(seconds(1), 1024 * 1024);
    EXPECT_EQ(pace.left(), seconds(10));
    // One octet a second is not enough.
    for (int i = 0; i < 11; ++i) pace.took(seconds(1), 1);
    EXPECT_EQ(pace.left(), seconds(0));
}

}  // namespace
}  // namespace http
