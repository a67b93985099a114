#include "server/net/route.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace net {
namespace {

using ::testing::HasSubstr;

wire::SocketAddress address(const std::string& text) {
    return *wire::SocketAddress::from(text);
}

TEST(Route, TakesTheSocketOfTheKindAndFamily) {
    const std::vector<Listening> listening{{address("127.0.0.1:5683"), false},
                                           {address("127.0.0.1:5684"), true},
                                           {address("[::1]:5683"), false},
                                           {address("[::1]:5684"), true}};
    EXPECT_EQ(choose_route(listening, false, address("127.0.0.1:9"), {})->socket, 0U);
    EXPECT_EQ(choose_route(listening, true, address("127.0.0.1:9"), {})->socket, 1U);
    EXPECT_EQ(choose_route(listening, false, address("[::1]:9"), {})->socket, 2U);
    EXPECT_EQ(choose_route(listening, true, address("[::1]:9"), {})->socket, 3U);
}

TEST(Route, AWildcardSpeaksFromTheAddressThatTheKernelPrefers) {
    const std::vector<Listening> listening{{address("0.0.0.0:5683"), false}};
    const auto route = choose_route(listening, false, address("127.0.0.7:9"), {});
    ASSERT_TRUE(route);
    EXPECT_EQ(route->local, address("127.0.0.1:5683"));
}

TEST(Route, TheSourceThatWasAskedForIsTaken) {
    const std::vector<Listening> listening{{address("0.0.0.0:5683"), false},
                                           {address("127.0.0.4:5685"), false}};
    const auto wildcard =
        choose_route(listening, false, address("127.0.0.7:9"), wire::IpAddress::from("127.0.0.3"));
    ASSERT_TRUE(wildcard);
    EXPECT_EQ(wildcard->local, address("127.0.0.3:5683"));
    const auto exact =
        choose_route(listening, false, address("127.0.0.7:9"), wire::IpAddress::from("127.0.0.4"));
    ASSERT_TRUE(exact);
    EXPECT_EQ(exact->local, address("127.0.0.4:5685"));
}

TEST(Route, ASourceThatIsNotOursIsRefused) {
    const std::vector<Listening> listening{{address("0.0.0.0:5683"), false}};
    const auto route =
        choose_route(listening, false, address("127.0.0.7:9"), wire::IpAddress::from("192.0.2.1"));
    ASSERT_FALSE(route);
    EXPECT_THAT(route.error(), HasSubstr("192.0.2.1"));
}

TEST(Route, WithoutASocketOfTheFamilyThereIsNone) {
    const std::vector<Listening> listening{{address("0.0.0.0:5683"), false},
                                           {address("[::]:5684"), true}};
    EXPECT_FALSE(choose_route(listening, false, address("[::1]:9"), {}));
    EXPECT_FALSE(choose_route(listening, true, address("127.0.0.1:9"), {}));
}

}  // namespace
}  // namespace net
