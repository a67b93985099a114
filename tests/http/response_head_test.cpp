#include "server/http/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/http/problem.h"

namespace http {
namespace {

using testing::HasSubstr;
using testing::Not;

// 784111777 s: the date of RFC 9110 §5.6.7's example.
constexpr auto then = std::chrono::system_clock::time_point(std::chrono::seconds(784111777));

TEST(ResponseHead, IsWrittenLineByLine) {
    EXPECT_EQ(response_head({202, "text/plain", "abc", {{"Location", "/v1/sessions/7"}}},
                            {11, true, Framing::length, then}),
              "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Server: lwm2m-bootstrapd\r\nX-Content-Type-Options: nosniff\r\n"
              "Content-Type: text/plain\r\nLocation: /v1/sessions/7\r\nContent-Length: 3\r\n\r\n");
}

TEST(ResponseHead, SaysHowTheBodyAndTheConnectionEnd) {
    const auto head = [](unsigned version, bool keep_alive, Framing framing) {
        return response_head({200, "", "", {}}, {version, keep_alive, framing, then});
    };
    EXPECT_THAT(head(11, true, Framing::chunked), HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_THAT(head(11, true, Framing::chunked), Not(HasSubstr("Content-Length")));
    EXPECT_THAT(head(11, true, Framing::length), Not(HasSubstr("Connection")));
    EXPECT_THAT(head(11, false, Framing::length), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(head(10, true, Framing::length), HasSubstr("\r\nConnection: keep-alive\r\n"));
    EXPECT_THAT(head(10, false, Framing::close), testing::StartsWith("HTTP/1.0 200 OK\r\n"));
    EXPECT_THAT(head(11, true, Framing::none), Not(HasSubstr("Content-Length")));
}

TEST(ResponseHead, LeavesOutAFieldWithALineEndInIt) {
    const std::string head = response_head(
        {200,
         "a\nb",
         "",
         {{"A", "x\r\nB: y"}, {"C\n", "z"}, {"D", std::string("\0", 1)}, {"E", "ü\t"}}},
        {11, true, Framing::none, then});
    for (const char* name : {"\nA:", "\nB:", "\nC", "\nD:", "Content-Type:"})
        EXPECT_THAT(head, Not(HasSubstr(name)));
    EXPECT_THAT(head, HasSubstr("\r\nE: ü\t\r\n"));
}

TEST(ResponseHead, CutsABodyIntoChunks) {
    EXPECT_EQ(chunk("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
    EXPECT_EQ(chunk(""), "");
}

TEST(ReasonPhrase, IsThereForEveryStatusOfTheApi) {
    for (const unsigned status :
         {200U, 201U, 202U, 204U, 304U, 400U, 401U, 403U, 404U, 405U, 406U, 409U, 412U,
          413U, 415U, 421U, 422U, 428U, 429U, 431U, 500U, 501U, 503U, 505U, 507U})
        EXPECT_NE(reason_phrase(status), "Error") << status;
}

}  // namespace
}  // namespace http
