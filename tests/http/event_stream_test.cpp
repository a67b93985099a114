#include "server/http/event_stream.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

// A stream whose pieces are asked for by hand.
struct Subscriber {
    explicit Subscriber(Response r) : response(std::move(r)) {
        if (response.source) response.source->start([this] { cut = true; });
    }
    // What is there; what comes later is in `late`.
    std::string next() {
        std::string now;
        const auto place = std::make_shared<std::string*>(&now);
        response.source->next([place](BodySource::Piece piece) { **place += piece.octets; });
        *place = &late;
        return now;
    }
    Response response;
    bool cut = false;
    std::string late;
};

TEST(EventStream, BeginsWithWhatComesNext) {
    Events events("b");
    events.publish("attach", "e", "0");
    Subscriber one(event_stream(events, {}, std::nullopt));
    EXPECT_EQ(one.response.status, 200U);
    EXPECT_EQ(one.response.content_type, "text/event-stream");
    EXPECT_EQ(one.next(), "");
    events.publish("session.started", "e", R"({"id":"7"})");
    EXPECT_EQ(one.late, "id: b-2\nevent: session.started\ndata: {\"id\":\"7\"}\n\n");
}

TEST(EventStream, GoesOnAfterTheLastEventThatWasSeen) {
    Events events("b");
    for (const char* data : {"1", "2", "3"}) events.publish("attach", "e", data);
    Subscriber one(event_stream(events, {}, "b-1"));
    EXPECT_EQ(one.next(), "id: b-2\nevent: attach\ndata: 2\n\nid: b-3\nevent: attach\ndata: 3\n\n");
}

TEST(EventStream, TellsAGap) {
    Events events("b", 2);
    for (const char* data : {"1", "2", "3"}) events.publish("attach", "e", data);
    for (const char* id : {"b-0", "older-2"}) {
        Subscriber one(event_stream(events, {}, id));
        EXPECT_THAT(one.next(), testing::StartsWith("id: b-1\nevent: reset\ndata: {}\n\nid: b-2\n"))
            << id;
    }
    // Also one that opens while it is read.
    Subscriber slow(event_stream(events, {}, "b-3"));
    for (const char* data : {"4", "5", "6"}) events.publish("attach", "e", data);
    EXPECT_THAT(slow.next(), testing::StartsWith("id: b-4\nevent: reset\ndata: {}\n\nid: b-5\n"));
}

TEST(EventStream, LeavesOutWhatIsNotWanted) {
    Events events("b");
    EventFilter filter;
    filter.endpoint = "mine";
    filter.kinds = {"attach", "session.ended"};
    Subscriber one(event_stream(events, filter, std::nullopt));
    EXPECT_EQ(one.next(), "");
    events.publish("attach", "other", "1");
    events.publish("operation", "mine", "2");
    EXPECT_EQ(one.late, "");
    events.publish("session.ended", "mine", "3");
    EXPECT_EQ(one.late, "id: b-3\nevent: session.ended\ndata: 3\n\n");
}

TEST(EventStream, CutsOffWhoIsTooFarBehindAndCountsIt) {
    Events events("b");
    Subscriber one(event_stream(events, {}, std::nullopt, 1000));
    one.next();
    const std::string data(400, 'x');
    events.publish("attach", "e", data);  // it waits for this one
    events.publish("attach", "e", data);
    events.publish("attach", "e", data);
    EXPECT_FALSE(one.cut);
    events.publish("attach", "e", data);
    EXPECT_TRUE(one.cut);
    EXPECT_EQ(events.counters().too_slow, 1U);
    events.publish("attach", "e", data);
    EXPECT_EQ(events.counters().too_slow, 1U);
}

TEST(EventStream, CountsNoBacklogAgainstWhoReadsIt) {
    Events events("b");
    for (int i = 0; i < 1000; ++i) events.publish("attach", "e", std::string(400, 'x'));
    Subscriber one(event_stream(events, {}, "b-0", 1000));
    std::size_t octets = 0;
    for (std::string text = one.next(); !text.empty(); text = one.next()) {
        EXPECT_LT(text.size(), 64U * 1024);
        octets += text.size();
    }
    EXPECT_GT(octets, 400U * 1000);
    EXPECT_FALSE(one.cut);
}

TEST(EventStream, IsForSoManyAtMostAndEndsWithItsSource) {
    Events events("b", 10, 1);
    {
        Subscriber one(event_stream(events, {}, std::nullopt));
        EXPECT_EQ(event_stream(events, {}, std::nullopt).status, 503U);
    }
    EXPECT_EQ(events.listener_count(), 0U);
    EXPECT_EQ(event_stream(events, {}, std::nullopt).status, 200U);
}

TEST(EventStream, KeepsALineEndWithinItsEvent) {
    EXPECT_EQ(event_text("i", "k", "a\nb\rc"), "id: i\nevent: k\ndata: a\ndata: b\ndata: c\n\n");
}

}  // namespace
}  // namespace http
