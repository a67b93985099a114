#include "server/attach/forms.h"

#include <gtest/gtest.h>

#include "server/attach/event.h"

namespace attach {
namespace {

TEST(Forms, WriteADateAndTime) {
    EXPECT_EQ(date_time(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(date_time(1777629600), "2026-05-01T10:00:00Z");
    EXPECT_EQ(date_time(951782399), "2000-02-28T23:59:59Z");
    EXPECT_EQ(date_time(4294967295), "2106-02-07T06:28:15Z");
    EXPECT_EQ(date_time(UINT64_MAX), "9999-12-31T23:59:59Z");
    EXPECT_TRUE(is_date_time(date_time(1777629600)));
}

TEST(Forms, TakeWordsOfAnEndForADetach) {
    for (const auto* word : {"detach", "detached", "Detached", "STOP", "stopped", "deleted",
                             "disconnected", "released", "RELEASED", "ended", "terminated"})
        EXPECT_EQ(kind_of(word), Event::Kind::detached) << word;
    for (const auto* word : {"", "attach", "attached", "start", "detaching?", "stop ", "online"})
        EXPECT_EQ(kind_of(word), Event::Kind::attached) << word;
}

}  // namespace
}  // namespace attach
