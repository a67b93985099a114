#include "server/coap/deduplication.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

using std::chrono::seconds;

Deduplication::Entry entry(std::uint16_t id, std::uint64_t owner, std::uint64_t fingerprint = 0) {
    return {.id = MessageId(id),
            .decided = false,
            .fingerprint = fingerprint,
            .owner = owner,
            .forgotten_at = wire::TimePoint{} + seconds(247),
            .answer = {}};
}

TEST(CoapDeduplication, KeepsTheAnswerForEachMessage) {
    Deduplication memory;
    ASSERT_TRUE(memory.remember(entry(1, 1), 4));
    ASSERT_TRUE(memory.remember(entry(2, 2), 4));
    memory.answer(2, from_hex("aa"), true);
    EXPECT_TRUE(memory.find(MessageId(1), 0)->answer.empty());
    EXPECT_EQ(memory.find(MessageId(2), 0)->answer, from_hex("aa"));
    EXPECT_FALSE(memory.find(MessageId(3), 0));
}

TEST(CoapDeduplication, WhenFullForgetsTheOldestDecidedOne) {
    Deduplication memory;
    ASSERT_TRUE(memory.remember(entry(1, 1), 3));
    ASSERT_TRUE(memory.remember(entry(2, 2), 3));
    ASSERT_TRUE(memory.remember(entry(3, 3), 3));
    memory.answer(2, from_hex("aa"), true);
    memory.answer(3, from_hex("bb"), true);
    EXPECT_TRUE(memory.remember(entry(4, 4), 3));
    EXPECT_TRUE(memory.find(MessageId(1), 0));
    EXPECT_FALSE(memory.find(MessageId(2), 0));
    EXPECT_TRUE(memory.find(MessageId(3), 0));
}

TEST(CoapDeduplication, WhenFullOfUndecidedOnesTakesNoMore) {
    Deduplication memory;
    ASSERT_TRUE(memory.remember(entry(1, 1), 2));
    ASSERT_TRUE(memory.remember(entry(2, 2), 2));
    memory.answer(2, from_hex("aa"), false);  // an empty ACK decides nothing
    EXPECT_FALSE(memory.remember(entry(3, 3), 2));
    EXPECT_TRUE(memory.find(MessageId(1), 0));
}

TEST(CoapDeduplication, OtherOctetsReplaceTheSameMessageId) {
    Deduplication memory;
    ASSERT_TRUE(memory.remember(entry(1, 1, 111), 4));
    EXPECT_FALSE(memory.find(MessageId(1), 222));
    ASSERT_TRUE(memory.remember(entry(1, 2, 222), 4));
    EXPECT_FALSE(memory.find(MessageId(1), 111));
    memory.answer(1, from_hex("aa"), true);  // too late: its entry is gone
    EXPECT_TRUE(memory.find(MessageId(1), 222)->answer.empty());
}

TEST(CoapDeduplication, ForgetsInTimeAndGivesTheMemoryBack) {
    Deduplication memory;
    ASSERT_TRUE(memory.remember(entry(1, 1), 4));
    memory.forget_old(wire::TimePoint{} + seconds(246));
    EXPECT_TRUE(memory.find(MessageId(1), 0));
    EXPECT_GT(memory.memory(), 0U);
    memory.forget_old(wire::TimePoint{} + seconds(247));
    EXPECT_FALSE(memory.find(MessageId(1), 0));
    EXPECT_EQ(memory.memory(), 0U);
}

}  // namespace
}  // namespace coap
