// Losses in a session that falls back, reads and repairs: every exchange of it in turn, and the
// link cut from every datagram on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/flows/exchange_loss.h"
#include "tests/flows/one_session.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using bootstrap::DeviceState;
using bootstrap::Outcome;
using support::Direction;
using support::Habits;
using testing::Contains;
using testing::ElementsAre;

const std::vector<std::string> exchanges = {
    "DISCOVER / 4.05",   "DISCOVER /0 2.05", "DELETE / 2.02", "WRITE /0/1 4.15",
    "WRITE /0/1 2.04",   "WRITE /1/0 2.04",  "READ /1 2.05",  "FINISH /bs 4.06",
    "WRITE /1/0/7 2.04", "FINISH /bs 2.04"};
constexpr std::size_t first_finish = 7, repair = 8, second_finish = 9;

DeviceSetup setup(Habits::WithoutFinish habit) {
    DeviceSetup device;
    device.profile = support::profile_of(R"({
        "name": "all", "enabler": "1.1",
        "operations": [{"discover": "/"}, {"delete": "/"}, {"write": "everything"}, {"read": "/1"}],
        "onFinishRefused": [{"write": "/1/0/7", "value": "U"}],
        "servers": [{
            "shortServerId": 101, "uri": "coaps://dm.example.com:5684", "serverInstance": 0,
            "security": {"mode": "psk", "identity": "text:meter-1", "key": "0123456789abcdef"},
            "lifetime": 86400, "binding": "U", "notificationStoring": true}]})");
    for (auto& instance : device.profile.instances) {
        if (instance.object == model::object::server) instance.resources.erase(7);
    }
    device.habits.pct = 112;
    device.habits.formats = {11542};
    device.habits.discovers = Habits::Discovers::objects_alone;
    device.habits.checks_consistency = true;
    device.habits.without_finish = habit;
    device.habits.asks = 1;
    device.weather = support::fair_weather();
    return device;
}

// What the device holds when everything before the Finish that was sent last was carried out.
support::Contents expected(bool with_repair) {
    support::Contents made = {{model::Path(0, 1),
                               {{0, wire::to_hex(wire::as_bytes("coaps://dm.example.com:5684"))},
                                {1, "00"},
                                {2, "00"},
                                {3, wire::to_hex(wire::as_bytes("meter-1"))},
                                {4, ""},
                                {5, "0123456789abcdef"},
                                {10, "65"}}},
                              {model::Path(1, 0), {{0, "65"}, {1, "00015180"}, {6, "01"}}}};
    if (with_repair) made[{1, 0}][7] = "55";
    return made;
}

class LossesOnTheWay : public testing::TestWithParam<Habits::WithoutFinish> {
  protected:
    Story run_with(const std::function<void(support::LinkWeather&)>& spoil,
                   bool with_repair) const {
        DeviceSetup device = setup(GetParam());
        spoil(device.weather);
        const support::Contents contents = expected(with_repair);
        return tell(device, World::settings(), &contents);
    }
};

TEST_P(LossesOnTheWay, NoneAndTheSessionFinishes) {
    const Story story = run_with([](auto&) {}, true);
    expect_finished(story);
    EXPECT_EQ(story.recorded(), exchanges);
    EXPECT_THAT(story.record.report.operations[6].values,
                Contains(bootstrap::ReadValue{"/1/0/1", "86400"}));
}

// tell() asserts that the outcome permits the device's state.
TEST_P(LossesOnTheWay, AllTransmissionsOrAnswersOfEachExchangeInTurn) {
    for (const Direction direction : {Direction::to_device, Direction::to_server}) {
        for (std::size_t exchange = 0; exchange < exchanges.size(); ++exchange) {
            SCOPED_TRACE(exchanges[exchange]);
            const Story story =
                run_with([&](auto& weather) { weather.drops = ExchangeLoss(exchange, direction); },
                         exchange >= repair);
            const bool is_finish = exchange == first_finish || exchange == second_finish;
            ASSERT_TRUE(story.outcome);
            EXPECT_EQ(to_string(*story.outcome), is_finish ? "finish_unconfirmed" : "device_silent")
                << story.record.report.cause;
            if (is_finish) continue;
            EXPECT_EQ(story.recorded().size(), exchange + 1);
        }
    }
}

TEST_P(LossesOnTheWay, TheLinkIsCutForGoodFromEachDatagramOn) {
    constexpr std::size_t all = 22;  // the request and its 2.04, then ten times there and back
    for (std::size_t cut = 1; cut <= all; ++cut) {
        SCOPED_TRACE(cut);
        const std::size_t exchange = cut < 2 ? 0 : (cut - 2) / 2;
        const Story story =
            run_with([&](auto& weather) { weather.cut_from = cut; }, exchange >= repair);
        ASSERT_TRUE(story.outcome);
        const bool is_finish = exchange == first_finish || exchange == second_finish;
        EXPECT_EQ(to_string(*story.outcome), cut == all  ? "finished"
                                             : is_finish ? "finish_unconfirmed"
                                                         : "device_silent")
            << story.record.report.cause;
    }
}

// Each of them once lost and sent again: the session finishes all the same.
TEST_P(LossesOnTheWay, EachDatagramOnceAndTheSessionFinishes) {
    for (std::size_t lost = 0; lost < 22; ++lost) {
        SCOPED_TRACE(lost);
        std::size_t seen = 0;
        const Story story = run_with(
            [&](auto& weather) {
                weather.drops = [&](Direction, wire::BytesView, wire::TimePoint) {
                    return seen++ == lost;
                };
            },
            true);
        if (lost == 21) {  // the 2.04 to the Finish, upon which the device has closed
            EXPECT_EQ(story.outcome, Outcome::finish_unconfirmed);
            EXPECT_EQ(story.state, DeviceState::complete);
        } else {
            expect_finished(story);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, LossesOnTheWay,
                         testing::Values(Habits::WithoutFinish::rolls_back,
                                         Habits::WithoutFinish::restores_accounts,
                                         Habits::WithoutFinish::keeps),
                         [](const auto& made) -> std::string {
                             switch (made.param) {
                                 case Habits::WithoutFinish::rolls_back:
                                     return "ThatRollBack";
                                 case Habits::WithoutFinish::restores_accounts:
                                     return "ThatRestoreTheirAccounts";
                                 case Habits::WithoutFinish::keeps:
                                     return "ThatKeepWhatTheyHave";
                             }
                             return "";
                         });

}  // namespace
}  // namespace flows
