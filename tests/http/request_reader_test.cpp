#include "server/http/request_reader.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace http {
namespace {

using State = RequestReader::State;

// Hands it octets, at most so many at a time; how many it took.
std::size_t feed(RequestReader& reader, std::string_view octets, std::size_t at_a_time = 100'000) {
    std::size_t taken = 0;
    const State before = reader.state();
    while (taken < octets.size() && reader.state() == before) {
        const std::span<char> room = reader.room();
        if (room.empty()) break;
        const auto some = octets.substr(taken, std::min(room.size(), at_a_time));
        std::copy(some.begin(), some.end(), room.begin());
        reader.filled(some.size());
        taken += some.size();
    }
    return taken;
}

constexpr std::string_view post =
    "POST /v1/attachments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: 5\r\n\r\nhello";

TEST(RequestReader, StopsBehindTheHeader) {
    for (const std::size_t at_a_time : {1U, 7U, 1000U}) {
        RequestReader reader(4096);
        EXPECT_EQ(reader.state(), State::header);
        EXPECT_FALSE(reader.has_begun());
        const std::size_t taken = feed(reader, post, at_a_time);
        ASSERT_EQ(reader.state(), State::body);
        EXPECT_FALSE(reader.fault());
        EXPECT_EQ(reader.head().method, "POST");
        EXPECT_EQ(reader.head().target, "/v1/attachments");
        EXPECT_EQ(reader.head().content_type, "application/json");
        EXPECT_EQ(reader.content_length(), 5U);
        EXPECT_EQ(reader.take_body(), "");
        reader.go_on();
        feed(reader, post.substr(taken), at_a_time);
        EXPECT_EQ(reader.state(), State::done);
        EXPECT_EQ(reader.take_body(), "hello");
        EXPECT_TRUE(reader.keep_alive());
    }
}

TEST(RequestReader, GoesOnWithWhatCameOfTheNextOne) {
    RequestReader reader(4096);
    feed(reader, std::string(post) + "GET / HTTP/1.0\r\n\r\n");
    reader.go_on();
    EXPECT_EQ(reader.take_body(), "hello");
    reader.begin();
    ASSERT_EQ(reader.state(), State::done);
    EXPECT_EQ(reader.version(), 10U);
    EXPECT_FALSE(reader.keep_alive());
    reader.begin();
    EXPECT_FALSE(reader.has_begun());
}

TEST(RequestReader, GivesAChunkedBodyAsItComes) {
    RequestReader reader(4096);
    feed(
        reader,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_TRUE(reader.expects_continue());
    EXPECT_EQ(reader.content_length(), std::nullopt);
    reader.go_on();
    feed(reader, "3;x=y\r\nabc\r\n2\r");
    EXPECT_EQ(reader.take_body(), "abc");
    EXPECT_EQ(reader.state(), State::body);
    feed(reader, "\nde\r\n0\r\nTrailer: x\r\n\r\n");
    EXPECT_EQ(reader.take_body(), "de");
    EXPECT_EQ(reader.state(), State::done);
}

TEST(RequestReader, SaysWhatIsWrong) {
    struct Case {
        std::string octets;
        unsigned status;
        State state;
    };
    for (const Case& each : std::vector<Case>{
             {"GET\r\n\r\n", 400, State::broken},
             {"GET / HTTP/3.7\r\n\r\n", 505, State::broken},
             {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5000, 'x') + "\r\n\r\n", 431,
              State::broken},
             {"GET / HTTP/1.1\r\n\r\n", 400, State::done},
             {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, State::done},
             {"GET / HTTP/1.1\r\nHost: a\r\nOrigin: a\r\norigin: b\r\n\r\n", 400, State::done},
             {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, State::done},
             {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
              State::body},
             // RFC 9112 §6.3: an attempt to smuggle a request.
             {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
              "chunked\r\n\r\n",
              400, State::broken},
         }) {
        RequestReader reader(4096);
        feed(reader, each.octets);
        EXPECT_EQ(reader.state(), each.state) << each.octets;
        ASSERT_TRUE(reader.fault()) << each.octets;
        EXPECT_EQ(reader.fault()->status, each.status) << each.octets;
    }
}

TEST(RequestReader, StaysBroken) {
    RequestReader reader(4096);
    feed(reader, "GET\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    reader.begin();
    EXPECT_EQ(reader.state(), State::broken);
}

TEST(RequestReader, TakesNoChunkExtensionWithoutEnd) {
    RequestReader reader(4096);
    feed(reader, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    reader.go_on();
    const std::string endless(1024 * 1024, 'x');
    feed(reader, "3;x=");
    EXPECT_LT(feed(reader, endless), endless.size());
    EXPECT_EQ(reader.state(), State::broken);
}

}  // namespace
}  // namespace http
