// A connection that is cut at every point of what can be under way on it, by the peer and by this
// side: whatever the routes hold is let go, and others are served as before.

#include <gmock/gmock.h>

#include "tests/http/listening.h"

namespace {

class HttpCutOff : public Listening {
  protected:
    void serves_others() {
        HttpClient client = connect();
        const auto response = client.request("GET", "/healthz");
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 200U);
        client.reset();
        EXPECT_TRUE(becomes([&] { return listener->counters().open == 0; }));
        EXPECT_EQ(on_thread([&] { return router.imports.open; }), 0U);
        EXPECT_EQ(on_thread([&] { return router.events.listener_count(); }), 0U);
    }
};

TEST_F(HttpCutOff, LeavesNothingBehindAfterAnyOctetOfARequest) {
    ASSERT_EQ(open(), "");
    const std::string request =
        "POST /import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n";
    for (std::size_t octets = 0; octets <= request.size(); ++octets) {
        HttpClient ended = connect();
        ended.send(std::string_view(request).substr(0, octets));
        HttpClient reset = connect();
        reset.send(std::string_view(request).substr(0, octets));
        reset.reset();
    }
    serves_others();
}

TEST_F(HttpCutOff, LeavesNothingBehindWhileAnAnswerIsOwed) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto reply = router.held.take();
    ASSERT_TRUE(reply);
    client.reset();
    on_thread([&] { (*reply)({200, "text/plain", "to nobody", {}}); });
    serves_others();
}

TEST_F(HttpCutOff, LeavesNothingBehindWhileAPieceIsTaken) {
    router.hold_pieces = true;
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
    const auto more = router.pieces.take();
    ASSERT_TRUE(more);
    client.reset();
    on_thread([&] { (*more)(std::nullopt); });
    serves_others();
    EXPECT_EQ(on_thread([&] { return router.imports.ended; }), 0U);
}

TEST_F(HttpCutOff, LeavesNothingBehindWhileALongAnswerIsSent) {
    router.spooled = 100'000'000;
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("GET /spool HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(client.receive(false));
    client.reset();
    serves_others();
}

TEST_F(HttpCutOff, IsSafeForWhatTheRoutesStillOweAtTheEnd) {
    router.hold_pieces = true;
    router.spooled = 100'000'000;
    ASSERT_EQ(open(), "");
    HttpClient waiting = connect();
    waiting.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    HttpClient importing = connect();
    importing.send("POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
    HttpClient reading = connect();
    reading.send("GET /spool HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(reading.receive(false));
    const auto reply = router.held.take();
    const auto more = router.pieces.take();
    ASSERT_TRUE(reply && more);
    on_thread([&] {
        listener.reset();
        EXPECT_EQ(router.imports.open, 0U);
        (*reply)({200, "text/plain", "to nobody", {}});
    });
    EXPECT_TRUE(waiting.ends());
    EXPECT_TRUE(importing.ends());
    on_thread([&] { (*reply)({200, "text/plain", "to nobody", {}}); });
}

TEST_F(HttpCutOff, IsSafeWhenTheLoopEndsBeforeWhatItHolds) {
    ASSERT_EQ(open(), "");
    HttpClient waiting = connect();
    waiting.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto reply = router.held.take();
    ASSERT_TRUE(reply);
    on_thread([&] { listener.reset(); });
    context.stop();
    // The reply outlives the loop's thread; nobody is there to take it.
    thread.join();
    context.restart();
    (*reply)({200, "text/plain", "to nobody", {}});
}

}  // namespace
