#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/daemon_traces.h"

namespace bootstrapd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

net::Tapped tapped(std::vector<std::string> endpoints, std::size_t octets = 4) {
    net::Tapped made;
    made.datagram.message = wire::Bytes(octets, 0x40);
    made.endpoints = std::move(endpoints);
    return made;
}

TEST(TraceInbox, CountsByEndpointWhatFindsNoRoom) {
    int woken = 0;
    TraceInbox inbox(2000, [&] { ++woken; });
    for (int i = 0; i < 3; ++i) inbox.put(tapped({"a"}, 500));
    inbox.put(tapped({"a", "b"}, 500));
    EXPECT_EQ(woken, 1);
    auto content = inbox.take();
    EXPECT_EQ(content.messages.size(), 2U);
    EXPECT_THAT(content.lost, ElementsAre(std::pair("a", 2U), std::pair("b", 1U)));
    EXPECT_THAT(inbox.take().messages, IsEmpty());
    inbox.put(tapped({"a"}, 500));
    EXPECT_EQ(woken, 2);
    EXPECT_EQ(inbox.take().messages.size(), 1U);
}

class DaemonTraces : public ::testing::Test {
  protected:
    static std::string file_of(trace::Recording& recording) {
        std::string all;
        for (std::string piece = recording.take(); !piece.empty(); piece = recording.take())
            all += piece;
        return all;
    }

    boost::asio::io_context context;
    journal::Journal journal{journal::Level::error, journal::Format::text};
    std::vector<net::TracedEndpoints> told;
    std::shared_ptr<const provisioning::ProfileSet> profiles =
        std::make_shared<const provisioning::ProfileSet>(
            std::make_shared<const model::Definitions>(model::Definitions::built_in()));
    Traces traces{{context, [this](const auto& endpoints) { told.push_back(endpoints); },
                   [this] { return profiles; }, journal},
                  2};
};

TEST_F(DaemonTraces, TellTheShardsWhoseMessagesAreWanted) {
    auto one = traces.begin({.endpoint = "a"}, "test");
    auto other = traces.begin({.endpoint = "b"}, "test");
    one.reset();
    other.reset();
    EXPECT_THAT(told,
                ElementsAre(ElementsAre("a"), ElementsAre("a", "b"), ElementsAre("b"), IsEmpty()));
}

TEST_F(DaemonTraces, AreLimited) {
    auto one = traces.begin({.endpoint = "a"}, "test");
    const auto other = traces.begin({.endpoint = "a"}, "test");
    EXPECT_FALSE(traces.begin({.endpoint = "b"}, "test"));
    one.reset();
    EXPECT_TRUE(one = traces.begin({.endpoint = "b"}, "test"));
    traces.set_limit(3);
    EXPECT_TRUE(traces.begin({.endpoint = "c"}, "test"));
}

TEST_F(DaemonTraces, GiveEachItsOwnMessages) {
    const auto one = traces.begin({.endpoint = "a"}, "test");
    const auto other = traces.begin({.endpoint = "b"}, "test");
    traces.put(tapped({"a"}));
    traces.put(tapped({"a", "b"}));
    traces.put(tapped({"c"}));
    context.run();
    EXPECT_EQ(one->counters().messages, 2U);
    EXPECT_EQ(other->counters().messages, 1U);
}

TEST_F(DaemonTraces, HaveTheMessagesOfASessionBeforeItsEnd) {
    const auto recording = traces.begin({.endpoint = "a", .sessions = 1}, "test");
    const auto other = traces.begin({.endpoint = "b", .sessions = 1}, "test");
    traces.put(tapped({"a"}));
    traces.session_ended("a");
    EXPECT_TRUE(recording->has_ended());
    EXPECT_EQ(recording->counters().messages, 1U);
    EXPECT_FALSE(other->has_ended());
    context.run();
    EXPECT_EQ(recording->counters().messages, 1U);
}

TEST_F(DaemonTraces, TellHowManyMessagesWereLostOnTheWay) {
    const auto recording = traces.begin({.endpoint = "a"}, "test");
    const auto other = traces.begin({.endpoint = "b"}, "test");
    for (int i = 0; i < 3; ++i) traces.put(tapped({"a"}, 600 * 1024));
    context.run();
    EXPECT_EQ(recording->counters().messages + recording->counters().dropped, 3U);
    EXPECT_GE(recording->counters().dropped, 2U);
    EXPECT_EQ(other->counters().dropped, 0U);
}

TEST_F(DaemonTraces, EndAfterTheirTime) {
    const auto recording =
        traces.begin({.endpoint = "a", .lasts = std::chrono::seconds(1)}, "test");
    traces.put(tapped({"a"}));
    context.run();  // until nothing is waited for any more
    EXPECT_TRUE(recording->has_ended());
    EXPECT_EQ(recording->counters().messages, 1U);
    auto gone = traces.begin({.endpoint = "a", .lasts = std::chrono::seconds(1000)}, "test");
    gone.reset();
    context.restart();
    context.run();
}

TEST_F(DaemonTraces, KnowWhatIsSecretByTheProfilesInForce) {
    // PUT /0/1 in TLV: Resource 5 is "0123".
    net::Tapped write = tapped({"a"});
    write.datagram.direction = trace::Direction::outbound;
    write.datagram.message = {0x40, 0x03, 0,    1,    0xB1, '0', 0x01, '1', 0x12,
                              0x2D, 0x16, 0xFF, 0xC4, 5,    '0', '1',  '2', '3'};
    const auto masked = traces.begin({.endpoint = "a"}, "test");
    const auto shown = traces.begin({.endpoint = "a", .shows_secrets = true}, "test");
    traces.put(write);
    context.run();
    EXPECT_THAT(file_of(*masked), Not(HasSubstr("0123")));
    EXPECT_THAT(file_of(*shown), HasSubstr("0123"));
}

}  // namespace
}  // namespace bootstrapd
