#include "server/outbound/webhook_queue.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace outbound {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr store::WallTime start{std::chrono::milliseconds(1'767'225'600'000)};

store::Delivery message(std::uint64_t sequence, const std::string& device,
                        const std::string& hook = "ops", unsigned attempts = 0) {
    store::Delivery delivery;
    delivery.sequence = sequence;
    delivery.item = {hook, device, "session.ended", "{}"};
    delivery.attempts = attempts;
    delivery.created = delivery.due = start;
    return delivery;
}

// "send 1", "drop 2", "postpone 3".
std::vector<std::string> told(const std::vector<WebhookQueue::Action>& actions) {
    std::vector<std::string> result;
    for (const auto& action : actions) {
        if (const auto* send = std::get_if<WebhookQueue::Send>(&action))
            result.push_back("send " + std::to_string(send->delivery.sequence));
        if (const auto* drop = std::get_if<WebhookQueue::Drop>(&action))
            result.push_back("drop " + std::to_string(drop->delivery.sequence));
        if (const auto* postpone = std::get_if<WebhookQueue::Postpone>(&action))
            result.push_back("postpone " + std::to_string(postpone->delivery.sequence));
    }
    return result;
}

class WebhookQueueTest : public ::testing::Test {
  protected:
    WebhookQueueTest() { queue.configure({{"ops", 2, 24h}, {"crm", 1, 24h}}); }

    std::vector<std::string> offer(std::vector<store::Delivery> due, store::WallTime now = start) {
        queue.asked(now);
        return told(queue.offer(std::move(due), now));
    }
    void deliver(std::uint64_t sequence) {
        queue.delivered(sequence);
        queue.settled(sequence);
    }
    store::WallTime fail(std::uint64_t sequence, store::WallTime now,
                         WebhookQueue::Fault fault = WebhookQueue::Fault::hook,
                         std::optional<std::chrono::seconds> retry_after = std::nullopt) {
        const auto due = queue.failed(sequence, fault, retry_after, now);
        queue.settled(sequence);
        return due;
    }

    support::SeededRandom random{1};
    WebhookQueue queue{Backoff{}, random};
};

TEST_F(WebhookQueueTest, SendsAsManyAsAHookMayHaveInFlight) {
    const std::vector<store::Delivery> due = {message(1, "a"), message(2, "b"), message(3, "c"),
                                              message(4, "a", "crm"), message(5, "b", "crm")};
    EXPECT_THAT(offer(due), ElementsAre("send 1", "send 2", "send 4"));
    EXPECT_THAT(offer(due), IsEmpty());
    deliver(1);
    EXPECT_THAT(offer({message(2, "b"), message(3, "c"), message(4, "a", "crm")}),
                ElementsAre("send 3"));
    EXPECT_EQ(queue.in_flight(), 3U);
}

TEST_F(WebhookQueueTest, NeverSendsTwoOfOneDeviceAtOnce) {
    EXPECT_THAT(offer({message(1, "a"), message(2, "a")}), ElementsAre("send 1"));
    EXPECT_THAT(offer({message(2, "a")}), IsEmpty());
    queue.delivered(1);
    EXPECT_THAT(offer({message(2, "a")}), IsEmpty()) << "the store does not know of 1 yet";
    queue.settled(1);
    EXPECT_THAT(offer({message(2, "a")}), ElementsAre("send 2"));
}

TEST_F(WebhookQueueTest, DoesNotTakeAnOldAnswerOfTheStoreForANewOne) {
    EXPECT_THAT(offer({message(1, "a")}), ElementsAre("send 1"));
    queue.asked(start);
    deliver(1);
    EXPECT_THAT(told(queue.offer({message(1, "a")}, start)), IsEmpty());
    EXPECT_THAT(offer({message(2, "a")}), ElementsAre("send 2"));
}

TEST(Backoff, DoublesToFiveMinutesAndThenWaitsAnHour) {
    support::SeededRandom random(2);
    const std::vector<std::chrono::milliseconds> plain = {1s,  2s,   4s,   8s,   16s,   32s,
                                                          64s, 128s, 256s, 300s, 3600s, 3600s};
    for (unsigned failures = 0; failures < plain.size(); ++failures)
        for (int i = 0; i < 20; ++i)
            EXPECT_THAT(Backoff{}.after(failures, random),
                        AllOf(Ge(plain[failures] * 4 / 5), Le(plain[failures] * 6 / 5)))
                << failures;
    EXPECT_LE(Backoff{}.after(4'000'000'000U, random), 72min);
}

TEST(Backoff, DiffersFromMessageToMessage) {
    support::SeededRandom random(3);
    EXPECT_NE(Backoff{}.after(9, random), Backoff{}.after(9, random));
}

TEST_F(WebhookQueueTest, WaitsLongerForAMessageThatFailedOftener) {
    EXPECT_THAT(offer({message(1, "a", "ops", 5)}), ElementsAre("send 1"));
    EXPECT_GE(fail(1, start, WebhookQueue::Fault::message), start + 32s * 4 / 5);
}

TEST_F(WebhookQueueTest, HonoursRetryAfterWithinAnHour) {
    EXPECT_THAT(offer({message(1, "a")}), ElementsAre("send 1"));
    EXPECT_EQ(fail(1, start, WebhookQueue::Fault::hook, 100s), start + 100s);
    EXPECT_EQ(queue.next_change(start), start + 100s);
    EXPECT_THAT(offer({message(2, "b")}, start + 99s), IsEmpty());
    EXPECT_THAT(offer({message(2, "b")}, start + 100s), ElementsAre("send 2"));
    EXPECT_EQ(fail(2, start, WebhookQueue::Fault::message, 100000s), start + 1h);
}

TEST_F(WebhookQueueTest, PausesAHookThatDoesNotWorkAndProbesWithOneMessage) {
    const std::vector<store::Delivery> due = {message(1, "a"), message(2, "b"), message(3, "c"),
                                              message(4, "d")};
    EXPECT_THAT(offer(due), ElementsAre("send 1", "send 2"));
    fail(1, start);
    fail(2, start);  // under way at the same time: no second step
    const std::vector<store::Delivery> rest = {message(3, "c"), message(4, "d")};
    EXPECT_THAT(offer(rest, start + 799ms), IsEmpty());
    EXPECT_THAT(offer({message(5, "a", "crm")}), ElementsAre("send 5")) << "the other one works";
    const auto probe = start + 1200ms;
    EXPECT_THAT(offer(rest, probe), ElementsAre("send 3"));
    fail(3, probe);
    EXPECT_THAT(offer({message(4, "d")}, probe + 1599ms), IsEmpty());
    const auto later = probe + 2400ms;
    EXPECT_THAT(offer({message(4, "d")}, later), ElementsAre("send 4"));
    deliver(4);
    EXPECT_THAT(offer({message(6, "e"), message(7, "f")}, later), ElementsAre("send 6", "send 7"));
}

TEST_F(WebhookQueueTest, DoesNotPauseAHookForAMessageThatItDoesNotWant) {
    EXPECT_THAT(offer({message(1, "a")}), ElementsAre("send 1"));
    const auto due = fail(1, start, WebhookQueue::Fault::message);
    EXPECT_EQ(queue.next_change(start), due) << "when it will be tried again";
    EXPECT_THAT(offer({message(2, "b"), message(3, "c")}), ElementsAre("send 2", "send 3"));
    EXPECT_EQ(queue.next_change(due), due) << "the store has not been asked since";
    offer({}, due);
    EXPECT_FALSE(queue.next_change(due));
}

TEST_F(WebhookQueueTest, DropsWhatIsTooOldAndNothingElse) {
    EXPECT_THAT(offer({message(1, "a")}, start + 24h - 1ms), ElementsAre("send 1"));
    EXPECT_THAT(offer({message(1, "a")}, start + 24h), IsEmpty()) << "it is under way";
    EXPECT_THAT(offer({message(2, "b")}, start + 24h), ElementsAre("drop 2"));
}

TEST_F(WebhookQueueTest, PostponesWhatBelongsToNoHook) {
    EXPECT_THAT(offer({message(1, "a", "gone")}), ElementsAre("postpone 1"));
    EXPECT_THAT(offer({message(1, "a", "gone")}), IsEmpty()) << "the store is being told";
    queue.settled(1);
    EXPECT_THAT(offer({message(1, "a", "gone")}, start + 72h), ElementsAre("drop 1"));
}

TEST_F(WebhookQueueTest, HoldsBackWhileTheStoreDoesNotTakeTheOutcome) {
    EXPECT_THAT(offer({message(1, "a")}), ElementsAre("send 1"));
    queue.delivered(1);
    queue.unsettled(1, start);
    const auto until = queue.next_change(start);
    ASSERT_TRUE(until);
    EXPECT_THAT(offer({message(1, "a"), message(2, "b")}, *until - 1ms), IsEmpty());
    EXPECT_THAT(offer({message(1, "a")}, *until), ElementsAre("send 1"));
    queue.unsettled(1, *until);
    EXPECT_GE(queue.next_change(*until), *until + 1600ms);
}

TEST_F(WebhookQueueTest, KeepsWhatIsInFlightWhenTheSettingsChange) {
    EXPECT_THAT(offer({message(1, "a"), message(2, "b"), message(3, "a", "crm")}),
                ElementsAre("send 1", "send 2", "send 3"));
    queue.configure({{"ops", 3, 24h}});
    EXPECT_THAT(offer({message(1, "a"), message(4, "c"), message(5, "d")}), ElementsAre("send 4"));
    deliver(3);
    deliver(1);
    EXPECT_THAT(offer({message(5, "d")}), ElementsAre("send 5"));
    EXPECT_GE(queue.page(), 12U);
}

}  // namespace
}  // namespace outbound
