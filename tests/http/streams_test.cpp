#include <gmock/gmock.h>

#include "tests/http/listening.h"

namespace {

using testing::HasSubstr;

constexpr std::size_t mebi = 1024 * 1024;
using HttpStreams = Listening;

std::string chunk_of(std::size_t octets) {
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", octets);
    return size.data() + std::string(octets, 'x') + "\r\n";
}

TEST_F(HttpStreams, TakeALongBodyPieceByPieceInLittleMemory) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    ASSERT_TRUE(client.send("POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                            std::to_string(50 * mebi) + "\r\n\r\n"));
    const std::string some(mebi, 'x');
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.send(some));
    const auto response = client.receive();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, std::to_string(50 * mebi));
    // Far above maxBody, which is for others, and never more than a buffer at a time.
    EXPECT_LE(on_thread([&] { return router.imports.largest; }), 128U * 1024);
    EXPECT_FALSE(on_thread([&] { return router.imports.twice; }));
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
}

TEST_F(HttpStreams, ReadNothingUntilMoreIsWanted) {
    router.hold_pieces = true;
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    const std::string chunk = chunk_of(8192);
    client.send("POST /import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(chunk);
    const auto more = router.pieces.take();
    ASSERT_TRUE(more);
    // The peer is stopped by its own socket: what it sent beyond is in the kernel, not here.
    const std::size_t sent = client.send_until_full(chunk, 200 * mebi);
    EXPECT_LT(sent, 200 * mebi);
    EXPECT_LE(on_thread([&] { return router.imports.octets; }), 8192U);
    on_thread([&] {
        router.hold_pieces = false;
        (*more)(std::nullopt);
    });
    const std::size_t begun = sent % chunk.size();
    client.send(std::string_view(chunk).substr(begun == 0 ? chunk.size() : begun));
    client.send("0\r\n\r\n");
    const auto response = client.receive();
    ASSERT_TRUE(response);
    EXPECT_FALSE(on_thread([&] { return router.imports.twice; }));
    EXPECT_GT(std::stoul(response->body), sent / 2);
}

TEST_F(HttpStreams, BoundALongBody) {
    settings.max_import = 100'000;
    ASSERT_EQ(open(), "");
    HttpClient announced = connect();
    announced.send("POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\n\r\n");
    const auto refused = announced.receive();
    EXPECT_EQ(refused->status, 413U);
    EXPECT_THAT(refused->body, HasSubstr("http.maxImport"));
    HttpClient chunked = connect();
    chunked.send("POST /import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
                 chunk_of(90'000) + chunk_of(20'000));
    EXPECT_EQ(chunked.receive()->status, 413U);
    EXPECT_TRUE(chunked.ends());
    EXPECT_EQ(on_thread([&] { return router.imports.open + router.imports.ended; }), 0U);
}

TEST_F(HttpStreams, LetASinkRefuseInTheMiddle) {
    router.refuse_after = 100'000;
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 150000\r\n\r\n" +
                std::string(150'000, 'x'));
    EXPECT_EQ(client.receive()->status, 507U);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(on_thread([&] { return router.imports.open + router.imports.ended; }), 0U);
}

TEST_F(HttpStreams, EndAnImportThatTrickles) {
    settings.idle_timeout = std::chrono::milliseconds(50);
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(on_thread([&] { return listener->counters().slow_peers; }), 1U);
    EXPECT_EQ(on_thread([&] { return router.imports.open + router.imports.ended; }), 0U);
}

TEST_F(HttpStreams, SendAnAnswerFromItsSpool) {
    router.spooled = 20 * mebi + 1;
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    const auto response = client.request("GET", "/spool");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->headers.at("transfer-encoding"), "chunked");
    EXPECT_EQ(response->body.size(), router.spooled);
    EXPECT_EQ(client.request("HEAD", "/spool")->status, 200U);
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
    // HTTP/1.0 knows no chunks: the end of the connection is that of the body.
    HttpClient old = connect();
    old.send("GET /spool HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto head = old.receive(false);
    EXPECT_FALSE(head->headers.contains("transfer-encoding"));
    EXPECT_FALSE(head->headers.contains("connection"));
}

TEST_F(HttpStreams, EndTheConnectionOfAnAnswerThatBreaksOff) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_FALSE(client.receive());
}

TEST_F(HttpStreams, CloseWhoTakesNothingOfALongAnswer) {
    settings.idle_timeout = std::chrono::milliseconds(50);
    router.spooled = 100 * mebi;
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    client.send("GET /spool HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(becomes([&] { return listener->counters().slow_peers == 1; }));
    EXPECT_TRUE(becomes([&] { return listener->counters().open == 0; }));
}

class HttpEvents : public Listening {
  protected:
    HttpClient subscribe(std::string_view further_fields = "") {
        HttpClient client = connect();
        client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n" + std::string(further_fields) +
                    "\r\n");
        const auto head = client.receive(false);
        EXPECT_TRUE(head && head->status == 200U);
        return client;
    }
    std::size_t subscribers() {
        return on_thread([&] { return router.events.listener_count(); });
    }
};

TEST_F(HttpEvents, AreSentAsTheyCome) {
    ASSERT_EQ(open(), "");
    HttpClient client = subscribe();
    on_thread([&] { router.events.publish("attach", "e", "{\"n\":1}"); });
    EXPECT_THAT(client.receive_until("\n\n"),
                HasSubstr("id: boot-1\nevent: attach\ndata: {\"n\":1}\n\n"));
    HttpClient resumed = subscribe("Last-Event-ID: boot-0\r\n");
    EXPECT_THAT(resumed.receive_until("\n\n"), HasSubstr("id: boot-1\n"));
    HttpClient lost = subscribe("Last-Event-ID: older-5\r\n");
    EXPECT_THAT(lost.receive_until("id: boot-1"), HasSubstr("event: reset\n"));
}

TEST_F(HttpEvents, AreFollowedByAHeartbeatWhileNothingHappens) {
    settings.heartbeat = std::chrono::milliseconds(10);
    settings.idle_timeout = std::chrono::milliseconds(100);  // is not for subscribers
    ASSERT_EQ(open(), "");
    HttpClient client = subscribe();
    for (int i = 0; i < 20; ++i) EXPECT_THAT(client.receive_until(":\n\n"), HasSubstr(":\n\n"));
    on_thread([&] { router.events.publish("attach", "e", "{}"); });
    EXPECT_THAT(client.receive_until("boot-1"), HasSubstr("boot-1"));
}

TEST_F(HttpEvents, EndWhenTheSubscriberGoes) {
    ASSERT_EQ(open(), "");
    {
        HttpClient one = subscribe();
        HttpClient other = subscribe();
        EXPECT_EQ(subscribers(), 2U);
        other.reset();
        EXPECT_TRUE(becomes([&] { return router.events.listener_count() == 1; }));
    }
    EXPECT_TRUE(becomes([&] { return router.events.listener_count() == 0; }));
    EXPECT_TRUE(becomes([&] { return listener->counters().open == 0; }));
}

TEST_F(HttpEvents, EndWholeWhenTheDaemonStops) {
    ASSERT_EQ(open(), "");
    HttpClient client = subscribe();
    on_thread([&] { listener->close(); });
    EXPECT_THAT(client.receive_until("0\r\n\r\n"), HasSubstr("0\r\n\r\n"));
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(subscribers(), 0U);
}

TEST_F(HttpEvents, EndAtOnceWhenTheListenerGoes) {
    ASSERT_EQ(open(), "");
    HttpClient client = subscribe();
    on_thread([&] {
        listener.reset();
        EXPECT_EQ(router.events.listener_count(), 0U);
        router.events.publish("attach", "e", "{}");
    });
    EXPECT_TRUE(client.ends());
}

TEST_F(HttpEvents, CutOffWhoDoesNotRead) {
    settings.idle_timeout = std::chrono::hours(1);  // it is not that
    ASSERT_EQ(open(), "");
    HttpClient client = subscribe();
    const std::string data(64 * 1024, 'x');
    // The kernel takes some megabytes; then they pile up here, up to the limit.
    EXPECT_TRUE(becomes([&] {
        router.events.publish("attach", "e", data);
        return router.events.counters().too_slow == 1;
    }));
    EXPECT_TRUE(becomes([&] { return router.events.listener_count() == 0; }));
}

TEST_F(HttpEvents, ReachTheOthersWhileOneDoesNotRead) {
    ASSERT_EQ(open(), "");
    HttpClient slow = subscribe();
    HttpClient quick = subscribe();
    std::string got;
    for (int i = 1; i <= 100; ++i) {
        on_thread([&] { router.events.publish("attach", "e", std::string(100'000, 'x')); });
        const std::string id = "id: boot-" + std::to_string(i) + "\n";
        ASSERT_THAT(quick.receive_until(id), HasSubstr(id));
    }
}

}  // namespace
