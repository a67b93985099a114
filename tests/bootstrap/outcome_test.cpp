#include "server/bootstrap/outcome.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/record.h"

namespace bootstrap {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(Outcome, EachHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const Outcome outcome : all_outcomes) names.insert(to_string(outcome));
    EXPECT_EQ(names.size(), all_outcomes.size());
    EXPECT_THAT(names, Not(Contains("")));
    EXPECT_THAT(names, Contains("finish_unconfirmed"));
    EXPECT_THAT(names, Contains("not_admitted"));
}

TEST(Outcome, FinishedPermitsCompleteAlone) {
    EXPECT_THAT(permitted_device_states(Outcome::finished), ElementsAre(DeviceState::complete));
}

TEST(Outcome, NothingWasWrittenWhereNothingWasSent) {
    for (const Outcome outcome :
         {Outcome::plan_impossible, Outcome::handshake_failed, Outcome::not_admitted}) {
        EXPECT_THAT(permitted_device_states(outcome), ElementsAre(DeviceState::as_before))
            << to_string(outcome);
    }
}

TEST(Outcome, AnUnconfirmedFinishIsAllOrNothing) {
    EXPECT_THAT(permitted_device_states(Outcome::finish_unconfirmed),
                ElementsAre(DeviceState::complete, DeviceState::rolled_back));
}

// A pack has no Finish: what became of it is not known until the device registers.
TEST(Outcome, ADeliveredPackLeavesOpenWhatTheDeviceMadeOfIt) {
    EXPECT_THAT(
        permitted_device_states(Outcome::pack_delivered),
        ElementsAre(DeviceState::as_before, DeviceState::partly_written, DeviceState::complete));
    EXPECT_EQ(to_string(Outcome::pack_delivered), "pack_delivered");
}

TEST(Outcome, EachPermitsSomething) {
    for (const Outcome outcome : all_outcomes) {
        EXPECT_FALSE(permitted_device_states(outcome).empty()) << to_string(outcome);
    }
}

TEST(Mode, IsNamedAsTheApiNamesIt) {
    EXPECT_EQ(to_string(Mode::client_initiated), "client-initiated");
    EXPECT_EQ(to_string(Mode::server_initiated), "server-initiated");
}

}  // namespace
}  // namespace bootstrap
