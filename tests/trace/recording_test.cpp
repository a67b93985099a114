#include "server/trace/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/trace/pcapng.h"

namespace trace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Knowledge& knowledge() {
    static const Knowledge known(
        std::make_shared<const model::Definitions>(model::Definitions::built_in()));
    return known;
}

// PUT /0/1 in TLV: Resource 5 is "0123".
Datagram write(std::uint64_t peer = 1) {
    Datagram made;
    made.peer = {0, peer};
    made.direction = Direction::outbound;
    made.message = {0x40, 0x03, 0,    1,    0xB1, '0', 0x01, '1', 0x12,
                    0x2D, 0x16, 0xFF, 0xC4, 5,    '0', '1',  '2', '3'};
    return made;
}

std::string all_of(Recording& recording) {
    std::string all;
    for (std::string piece = recording.take(); !piece.empty(); piece = recording.take())
        all += piece;
    return all;
}

TEST(TraceRecording, HidesSecretsUnlessItWasOrderedWithThem) {
    Recording masked({.endpoint = "meter-1"}, "tool", {});
    masked.add(write(), knowledge());
    const std::string hidden = all_of(masked);
    EXPECT_THAT(hidden, HasSubstr("CoAP messages of meter-1"));
    EXPECT_THAT(hidden, HasSubstr("\xC4\x05****"));
    EXPECT_THAT(hidden, HasSubstr("4 octets are hidden"));
    EXPECT_THAT(hidden, Not(HasSubstr("0123")));

    Recording shown({.endpoint = "meter-1", .shows_secrets = true}, "tool", {});
    shown.add(write(), knowledge());
    const std::string open = all_of(shown);
    EXPECT_THAT(open, HasSubstr("with their secrets"));
    EXPECT_THAT(open, HasSubstr("\xC4\x05"
                                "0123"));
    EXPECT_THAT(open, Not(HasSubstr("hidden")));
}

TEST(TraceRecording, LeavesOutWhatFindsNoRoomAndTellsHowMuchThatWas) {
    Recording recording({.endpoint = "a"}, "tool", {}, 600);
    for (std::uint64_t i = 0; i < 10; ++i) recording.add(write(), knowledge());
    const auto first = recording.counters();
    EXPECT_GT(first.messages, 0U);
    EXPECT_GT(first.dropped, 0U);
    EXPECT_EQ(first.messages + first.dropped, 10U);
    EXPECT_LE(all_of(recording).size(), 600U);

    recording.lost(2);
    recording.add(write(), knowledge());
    const std::string next = all_of(recording);
    const std::string option{'\x04', 0, 8, 0, static_cast<char>(first.dropped + 2)};
    EXPECT_THAT(next, HasSubstr(option));  // epb_dropcount
    recording.add(write(), knowledge());
    EXPECT_THAT(all_of(recording), Not(HasSubstr(std::string("\x04\x00\x08\x00", 4))));

    const Time now = Time() + std::chrono::seconds(5);
    recording.end(now);
    EXPECT_EQ(all_of(recording),
              interface_statistics({{}, now, first.messages + 2, first.dropped + 2}));
}

TEST(TraceRecording, EndsWithTheLastSessionThatWasOrdered) {
    Recording recording({.endpoint = "a", .sessions = 2}, "tool", {});
    recording.session_ended({});
    EXPECT_FALSE(recording.has_ended());
    recording.session_ended({});
    EXPECT_TRUE(recording.has_ended());
    const std::string whole = all_of(recording);
    recording.session_ended({});
    recording.add(write(), knowledge());
    recording.lost(1);
    recording.end({});
    EXPECT_EQ(recording.take(), "");
    EXPECT_EQ(recording.counters().messages, 0U);

    Recording endless({.endpoint = "a"}, "tool", {});
    for (int i = 0; i < 100; ++i) endless.session_ended({});
    EXPECT_FALSE(endless.has_ended());
}

TEST(TraceRecording, TellsItsListenerOfEveryMessageAndOfTheEnd) {
    Recording recording({.endpoint = "a"}, "tool", {});
    int told = 0;
    recording.set_listener([&] { ++told; });
    recording.add(write(), knowledge());
    EXPECT_EQ(told, 1);
    bool had_ended = false;
    recording.set_listener([&] { had_ended = recording.has_ended(); });
    recording.end({});
    EXPECT_TRUE(had_ended);
}

}  // namespace
}  // namespace trace
