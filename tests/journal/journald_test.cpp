#include "server/journal/journald.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/journal/catalogue.h"
#include "server/journal/line.h"

namespace {

using journal::Field;
using journal::Level;
using journal::Message;
using ::testing::ElementsAre;

constexpr Message refused{"request_refused", Level::warning, "request of a device refused"};

// The names that systemd.journal-fields(7) allows, syslog's priorities.
TEST(Journald, NamesEveryFieldInItsForm) {
    const std::vector<Field> fields{{"remote", "[::1]:5683"}, {"left-out", "3"}, {"empty", ""}};
    EXPECT_THAT(journald_entry(refused, fields, "request_refused remote=[::1]:5683"),
                ElementsAre("MESSAGE=request_refused remote=[::1]:5683", "PRIORITY=4",
                            "SYSLOG_IDENTIFIER=lwm2m-bootstrapd",
                            "MESSAGE_ID=" + journal::message_uuid("request_refused"),
                            "BOOTSTRAPD_MESSAGE=request_refused", "BOOTSTRAPD_REMOTE=[::1]:5683",
                            "BOOTSTRAPD_LEFT_OUT=3"));
}

TEST(Journald, KeepsAValueOfSeveralLinesInItsField) {
    const std::vector<Field> fields{{"cause", "a\nPRIORITY=0"}};
    EXPECT_EQ(journald_entry(refused, fields, "x").back(), "BOOTSTRAPD_CAUSE=a\nPRIORITY=0");
}

TEST(Journald, CutsAValueThatIsTooLong) {
    const std::vector<Field> fields{{"cause", std::string(100000, 'a')}};
    EXPECT_EQ(journald_entry(refused, fields, "x").back(),
              "BOOTSTRAPD_CAUSE=" + std::string(journal::max_value, 'a'));
}

}  // namespace
