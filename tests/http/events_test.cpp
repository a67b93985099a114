#include "server/http/events.h"

#include <gtest/gtest.h>

namespace http {
namespace {

std::string data_of(const Events::Missed& missed) {
    std::string all;
    for (const Events::Event& event : missed.events) all += event.data;
    return all;
}

TEST(Events, GiveWhatCameAfterAnId) {
    Events events("b1");
    for (const char* data : {"1", "2", "3"}) events.publish("attach", "e", data);
    EXPECT_EQ(events.newest(), 3U);
    EXPECT_EQ(data_of(events.since("b1-1")), "23");
    EXPECT_FALSE(events.since("b1-1").reset);
    EXPECT_EQ(data_of(events.since("b1-3")), "");
    EXPECT_EQ(data_of(events.since("b1-0")), "123");
    EXPECT_FALSE(events.since("b1-0").reset);
    EXPECT_EQ(events.id_of(events.since("b1-2").events.front()), "b1-3");
}

TEST(Events, TellAGapByWhatTheyNoLongerKnow) {
    Events events("b1", 2);
    for (const char* data : {"1", "2", "3"}) events.publish("attach", "e", data);
    EXPECT_FALSE(events.since("b1-1").reset);
    for (const char* id : {"b1-0", "b0-3", "b1-4", "b1", "b1-", "b1-2x", "b1--1", "", "b11-2",
                           "b1-99999999999999999999"}) {
        EXPECT_TRUE(events.since(id).reset) << id;
        EXPECT_EQ(data_of(events.since(id)), "23") << id;
    }
}

TEST(Events, AreHeardByThoseWhoListen) {
    Events events("b");
    EXPECT_FALSE(events.has_listeners());
    std::string heard;
    const auto number = events.listen([&](const Events::Event& event) { heard += event.data; });
    EXPECT_TRUE(events.has_listeners());
    events.publish("attach", "e", "1");
    events.unlisten(number);
    events.publish("attach", "e", "2");
    EXPECT_EQ(heard, "1");
    EXPECT_EQ(events.counters().published, 2U);
}

TEST(Events, AllowAListenerToLeaveWhileItIsTold) {
    Events events("b");
    std::uint64_t first = 0, second = 0;
    int told = 0;
    first = events.listen([&](const Events::Event&) {
        ++told;
        events.unlisten(first);
        events.unlisten(second);
    });
    second = events.listen([&](const Events::Event&) { ++told; });
    events.publish("attach", "e", "1");
    EXPECT_EQ(told, 1);
    EXPECT_EQ(events.listener_count(), 0U);
}

TEST(Events, AreHeardBySoManyAtMost) {
    Events events("b", 10, 2);
    const auto ignore = [](const Events::Event&) {};
    const auto one = events.listen(ignore);
    EXPECT_NE(events.listen(ignore), 0U);
    EXPECT_EQ(events.listen(ignore), 0U);
    EXPECT_EQ(events.counters().turned_away, 1U);
    events.unlisten(one);
    EXPECT_NE(events.listen(ignore), 0U);
}

}  // namespace
}  // namespace http
