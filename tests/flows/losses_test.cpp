// Losses on purpose: every exchange of a session in turn, and the link cut from every datagram on.

#include <algorithm>

#include <gtest/gtest.h>

#include "server/coap/message.h"
#include "tests/flows/exchange_loss.h"
#include "tests/flows/expectations.h"
#include "tests/flows/world.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using namespace std::chrono_literals;
using bootstrap::DeviceState;
using bootstrap::Outcome;
using support::Direction;

struct Result {
    std::optional<Outcome> outcome;
    bool device_answered = false;
    std::string cause;
    DeviceState state{};
    std::vector<World::Sent> sent;
};

DeviceSetup setup(bool keeps) {
    DeviceSetup made;
    made.profile = support::sample_profile();
    if (keeps) made.habits.without_finish = support::Habits::WithoutFinish::keeps;
    made.habits.asks = 1;
    return made;
}

Result run(const DeviceSetup& device, WorldSettings settings = World::settings()) {
    World world(1, std::move(settings), {device});
    world.at(0s, [&] { world.device_asks(0); });
    EXPECT_TRUE(world.run());
    Result result;
    result.state = state(world, 0, device);
    result.sent = world.sent();
    EXPECT_LE(world.ended().size(), 1u);
    if (!world.ended().empty()) {
        const auto& report = world.ended().back().report;
        result.outcome = report.outcome;
        result.device_answered = report.device_answered;
        result.cause = report.cause;
    }
    return result;
}

// The requests of the server, in order: the exchanges of the session.
std::vector<std::string> exchanges(const Result& result) {
    std::vector<std::string> names;
    for (const auto& sent : result.sent) {
        if (sent.direction == Direction::to_device && sent.what.starts_with("CON ")) {
            names.push_back(sent.what);
        }
    }
    return names;
}

class Losses : public testing::TestWithParam<bool> {};  // whether the device keeps what it has

TEST_P(Losses, NoneAndTheSessionFinishes) {
    const Result result = run(setup(GetParam()));
    EXPECT_EQ(result.outcome, Outcome::finished) << result.cause;
    EXPECT_EQ(result.state, DeviceState::complete);
    EXPECT_EQ(exchanges(result),
              (std::vector<std::string>{"CON GET /", "CON DELETE /", "CON PUT /0/1", "CON PUT /1/0",
                                        "CON POST /bs"}));
}

// The exchanges are Discover, Delete, two Writes, Finish.
TEST_P(Losses, AllTransmissionsOfEachRequestInTurn) {
    const bool keeps = GetParam();
    const DeviceState expected[] = {DeviceState::as_before, DeviceState::as_before,
                                    keeps ? DeviceState::partly_written : DeviceState::rolled_back,
                                    keeps ? DeviceState::partly_written : DeviceState::rolled_back,
                                    keeps ? DeviceState::complete : DeviceState::rolled_back};
    for (std::size_t exchange = 0; exchange < 5; ++exchange) {
        DeviceSetup device = setup(keeps);
        device.weather.drops = ExchangeLoss(exchange, Direction::to_device);
        const Result result = run(device);
        EXPECT_EQ(result.outcome,
                  exchange == 4 ? Outcome::finish_unconfirmed : Outcome::device_silent)
            << exchange << ": " << result.cause;
        EXPECT_EQ(result.device_answered, exchange > 0) << exchange;
        EXPECT_EQ(to_string(result.state), to_string(expected[exchange])) << exchange;
        EXPECT_TRUE(is_permitted(*result.outcome, result.state)) << exchange;
    }
}

TEST_P(Losses, AllAnswersToEachRequestInTurn) {
    const bool keeps = GetParam();
    const DeviceState expected[] = {
        DeviceState::as_before, keeps ? DeviceState::partly_written : DeviceState::rolled_back,
        keeps ? DeviceState::partly_written : DeviceState::rolled_back,
        keeps ? DeviceState::complete : DeviceState::rolled_back, DeviceState::complete};
    for (std::size_t exchange = 0; exchange < 5; ++exchange) {
        DeviceSetup device = setup(keeps);
        device.weather.drops = ExchangeLoss(exchange, Direction::to_server);
        const Result result = run(device);
        EXPECT_EQ(result.outcome,
                  exchange == 4 ? Outcome::finish_unconfirmed : Outcome::device_silent)
            << exchange << ": " << result.cause;
        EXPECT_EQ(to_string(result.state), to_string(expected[exchange])) << exchange;
        EXPECT_TRUE(is_permitted(*result.outcome, result.state)) << exchange;
    }
}

// Datagrams of the clean run: 0 the request, 1 its 2.04, then five times operation and answer.
TEST_P(Losses, TheLinkIsCutForGoodFromEachDatagramOn) {
    const bool keeps = GetParam();
    const std::size_t all = run(setup(keeps)).sent.size();
    ASSERT_EQ(all, 12u);
    for (std::size_t cut = 0; cut <= all; ++cut) {
        DeviceSetup device = setup(keeps);
        device.weather.cut_from = cut;
        const Result result = run(device);
        if (cut == 0) {
            EXPECT_FALSE(result.outcome) << "nobody has heard of it";
            EXPECT_EQ(result.state, DeviceState::as_before);
            continue;
        }
        ASSERT_TRUE(result.outcome) << cut;
        const Outcome expected = cut == all  ? Outcome::finished
                                 : cut >= 10 ? Outcome::finish_unconfirmed
                                             : Outcome::device_silent;
        EXPECT_EQ(to_string(*result.outcome), to_string(expected)) << cut << ": " << result.cause;
        EXPECT_EQ(result.device_answered, cut >= 4) << cut;
        EXPECT_TRUE(is_permitted(*result.outcome, result.state))
            << cut << ": " << to_string(result.state);
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, Losses, testing::Bool(), [](const auto& made) {
    return made.param ? "ThatKeepWhatTheyHave" : "ThatRollBack";
});

TEST(Losses, TheRequestsAnswerIsLostAndTheSessionGoesOn) {
    DeviceSetup device = setup(false);
    device.weather.drops = [](Direction direction, wire::BytesView datagram, wire::TimePoint) {
        const auto message = coap::decode(datagram);
        return direction == Direction::to_device && message->type == coap::Type::acknowledgement;
    };
    const Result result = run(device);
    EXPECT_EQ(result.outcome, Outcome::finished);
    EXPECT_EQ(result.state, DeviceState::complete);
}

// ---- the lost Finish ----

// Every Finish is lost until the device has given up and gone back. Anjay answers 2.04 to a Finish
// that comes after that: nothing may reach it then, or `finished` would be a lie.
TEST(LostFinish, IsNeverTakenForFinishedByADeviceThatHasRolledBack) {
    DeviceSetup device = setup(false);
    device.habits.closes_after_finish = false;
    device.habits.late_finish = coap::Code::changed;
    std::optional<wire::TimePoint> first;
    std::optional<wire::TimePoint> last;
    device.weather.drops = [&](Direction direction, wire::BytesView datagram, wire::TimePoint now) {
        const auto message = coap::decode(datagram);
        if (direction != Direction::to_device || message->code != coap::Code::post) return false;
        if (!first) first = now;
        last = now;
        return now < *first + 247s;
    };
    const Result result = run(device);
    EXPECT_EQ(result.outcome, Outcome::finish_unconfirmed) << result.cause;
    EXPECT_EQ(result.state, DeviceState::rolled_back);
    ASSERT_TRUE(first && last);
    EXPECT_LE(*last - *first, 147s);
    EXPECT_GT(*last - *first, 93s) << "it was sent again in a new exchange";
}

// The slowest network that RFC 7252 allows carries the last Finish: still a true `finished`.
TEST(LostFinish, ThatArrivesAtTheLastMomentStillFinishes) {
    DeviceSetup device = setup(false);
    device.habits.closes_after_finish = false;
    std::size_t count = 0;
    device.weather.drops = [&](Direction direction, wire::BytesView datagram, wire::TimePoint) {
        const auto message = coap::decode(datagram);
        if (direction != Direction::to_device || message->code != coap::Code::post) return false;
        return ++count < 8;
    };
    const Result result = run(device);
    EXPECT_GE(count, 8u);
    EXPECT_EQ(result.outcome, Outcome::finished) << result.cause;
    EXPECT_EQ(result.state, DeviceState::complete);
}

TEST(LostFinish, EndsUnconfirmedWhenTheNetworkRefusesTheRepetition) {
    DeviceSetup device = setup(false);
    device.weather.drops = ExchangeLoss(4, Direction::to_server);
    WorldSettings settings = World::settings();
    settings.icmp = true;
    const Result result = run(device, settings);
    EXPECT_EQ(result.outcome, Outcome::finish_unconfirmed);
    EXPECT_EQ(result.state, DeviceState::complete);
    EXPECT_LT(result.sent.back().time, 60s) << "the hint spares the wait";
}

// It has finished, its 2.04 is lost, and it answers the repetition as one who waits for nothing.
TEST(LostFinish, EndsUnconfirmedWhenTheRepetitionIsAnsweredByAnError) {
    DeviceSetup device = setup(false);
    device.habits.closes_after_finish = false;
    device.habits.late_finish = coap::Code::bad_request;
    std::size_t lost = 0;
    // All repetitions of the first exchange are replayed from the deduplication: lose them all.
    device.weather.drops = [&](Direction direction, wire::BytesView datagram, wire::TimePoint) {
        const auto message = coap::decode(datagram);
        const bool is_finish_answer =
            direction == Direction::to_server && message->code == coap::Code::changed && ++lost > 2;
        return is_finish_answer;
    };
    const Result result = run(device);
    EXPECT_EQ(result.outcome, Outcome::finish_unconfirmed) << result.cause;
    EXPECT_EQ(result.state, DeviceState::complete);
}

// ---- the slow answer ----

std::string path_of(const coap::Message& message) {
    std::string path;
    for (const auto& option : message.options) {
        if (option.number == coap::OptionNumber::uri_path) {
            path += "/" + std::string(wire::as_text(option.value));
        }
    }
    return path;
}

// Within what RFC 7252 allows: the first Write is answered 140 s after it left, and the second
// would arrive 139 s after that, when the device has gone back to what it had and takes it for the
// beginning of something new. So it must not leave.
TEST(SlowAnswer, EndsTheSessionBeforeTheDeviceCanHaveGoneBack) {
    DeviceSetup device = setup(false);
    device.habits.answers_separately = true;
    device.habits.accepts_unasked = true;
    std::optional<wire::TimePoint> first, second;
    coap::Token token;
    const auto is_second_write = [&](Direction direction, const coap::Message& message,
                                     wire::TimePoint now) {
        if (direction != Direction::to_device || path_of(message) != "/1/0") return false;
        if (!second) second = now;
        return true;
    };
    device.weather.takes = [&](Direction direction, wire::BytesView datagram,
                               wire::TimePoint now) -> std::optional<wire::Duration> {
        const auto message = coap::decode(datagram);
        if (direction == Direction::to_device && path_of(*message) == "/0/1" && !first) {
            first = now;
            token = message->token;
        }
        if (is_second_write(direction, *message, now)) return 99s;
        if (direction == Direction::to_device || !first || second) return std::nullopt;
        if (message->code == coap::Code::empty) return *first + 60s - now;
        if (message->token == token) return *first + 140s - now;
        return std::nullopt;
    };
    device.weather.drops = [&](Direction direction, wire::BytesView datagram, wire::TimePoint now) {
        return is_second_write(direction, *coap::decode(datagram), now) && now < *second + 40s;
    };
    const Result result = run(device);
    EXPECT_FALSE(second) << "it left";
    EXPECT_EQ(result.outcome, Outcome::deadline_exceeded) << result.cause;
    EXPECT_TRUE(is_permitted(*result.outcome, result.state)) << to_string(result.state);
    EXPECT_EQ(result.state, DeviceState::rolled_back);
}

// ---- block-wise ----

TEST(Losses, LongWritesAndDiscoverAnswersGoInBlocks) {
    DeviceSetup device = setup(false);
    device.habits.szx = 0;
    WorldSettings settings = World::settings();
    settings.peer.coap.block_size = 16;
    const Result result = run(device, settings);
    EXPECT_EQ(result.outcome, Outcome::finished) << result.cause;
    EXPECT_EQ(result.state, DeviceState::complete);
    EXPECT_GT(exchanges(result).size(), 10u);
}

}  // namespace
}  // namespace flows
