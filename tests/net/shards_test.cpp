#include "server/net/shards.h"

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/daemon_side.h"

namespace net::testing {
namespace {

using bootstrap::Outcome;
using ::testing::HasSubstr;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

class OverBothFamilies : public ::testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(Loopback, OverBothFamilies, ::testing::Values(Family::v4, Family::v6),
                         [](const auto& one) { return one.param == Family::v4 ? "v4" : "v6"; });

TEST_P(OverBothFamilies, AnUnsecuredDeviceThatAsksIsBootstrapped) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", false}});
    Device device("meter-1", daemon.coap(GetParam()), Transport::unsecured);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    const auto claims = daemon.told<bootstrap::Claim>();
    ASSERT_EQ(claims.size(), 1U);
    EXPECT_EQ(claims[0].remote, device.socket.local());
    EXPECT_FALSE(claims[0].secured);
    EXPECT_EQ(claims[0].preferred_format, 11542);
}

TEST_P(OverBothFamilies, ASecuredDeviceThatAsksIsBootstrapped) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(GetParam()), Transport::dials);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    const auto opened = daemon.told<bootstrap::AssociationOpened>();
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_EQ(wire::as_text(opened[0].psk_identity), "id-meter-1");
    EXPECT_EQ(opened[0].remote, device.socket.local());
    EXPECT_EQ(daemon.shards->counters().handshakes_finished, 1U);
    EXPECT_EQ(daemon.shards->counters().associations, 1U);
}

// "A NoSec client hears only the exact address and port its BS account names: the daemon must send
// from its own listening socket", to the address and port that the trigger told.
TEST_P(OverBothFamilies, ADeviceThatWaitsIsReachedFromTheListeningSocket) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", false}});
    support::Habits habits;
    habits.accepts_unasked = true;
    // Its socket is connected: nothing but the listening address is heard.
    Device device("meter-1", daemon.coap(GetParam()), Transport::unsecured, habits);
    daemon.reach(device.socket.local(), false, "meter-1", "unasked");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    EXPECT_EQ(daemon.told<bootstrap::Ended>()[0].session, "unasked");
}

TEST_P(OverBothFamilies, ADeviceThatListensIsDialled) {
    DaemonSide daemon(loopback_settings(), {{"meter-1", true}});
    support::Habits habits;
    habits.accepts_unasked = true;
    Device device("meter-1", daemon.coaps(GetParam()), Transport::listens, habits);
    daemon.reach(device.socket.local(), true, "meter-1", "dialled");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    EXPECT_TRUE(daemon.told<bootstrap::AssociationOpened>().empty());
}

// "The 2.04 of a Finish can be lost and the socket be closed by then: retransmissions get no answer
// or an ICMP refusal. The outcome is unknown, not failed."
TEST_P(OverBothFamilies, AnIcmpRefusalOfARepeatedFinishEndsTheSession) {
    Settings settings = loopback_settings();
    DaemonSide daemon(settings, {{"meter-1", false}});
    Device device("meter-1", daemon.coap(GetParam()), Transport::unsecured);
    device.closes_at = "POST /bs";
    device.ask();
    ASSERT_TRUE(
        daemon.run({&device}, [&] { return daemon.ended(Outcome::finish_unconfirmed) == 1; }));
    EXPECT_THAT(daemon.told<bootstrap::Ended>()[0].report.cause,
                HasSubstr("refused by the network"));
}

TEST(Shards, AnswerFromTheAddressThatWasAsked) {
    Settings settings = loopback_settings();
    settings.coap = {*wire::SocketAddress::from("0.0.0.0:0")};
    settings.coaps = {*wire::SocketAddress::from("0.0.0.0:0")};
    DaemonSide daemon(settings, {{"meter-1", false}, {"meter-2", true}});
    const auto asked = *wire::IpAddress::from("127.0.0.2");
    Device plain("meter-1", {asked, daemon.coap(Family::v4).port}, Transport::unsecured);
    Device secured("meter-2", {asked, daemon.coaps(Family::v4).port}, Transport::dials);
    plain.ask();
    secured.ask();
    ASSERT_TRUE(
        daemon.run({&plain, &secured}, [&] { return daemon.ended(Outcome::finished) == 2; }));
}

TEST(Shards, ReachFromTheSourceThatWasChosen) {
    Settings settings = loopback_settings();
    settings.coap = {*wire::SocketAddress::from("0.0.0.0:0")};
    DaemonSide daemon(settings, {{"meter-1", false}});
    support::Habits habits;
    habits.accepts_unasked = true;
    const auto source = *wire::IpAddress::from("127.0.0.3");
    Device device("meter-1", {source, daemon.coap(Family::v4).port}, Transport::unsecured, habits);
    daemon.reach(device.socket.local(), false, "meter-1", "unasked", source);
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
}

class Fleet {
  public:
    Fleet(DaemonSide& daemon, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const Family family = i % 4 < 2 ? Family::v4 : Family::v6;
            const bool secured = i % 2 == 0;
            devices.push_back(std::make_unique<Device>(
                "meter-" + std::to_string(i), secured ? daemon.coaps(family) : daemon.coap(family),
                secured ? Transport::dials : Transport::unsecured));
            pointers.push_back(devices.back().get());
        }
    }
    static std::vector<DaemonSide::Known> known(std::size_t count) {
        std::vector<DaemonSide::Known> all;
        for (std::size_t i = 0; i < count; ++i)
            all.push_back({"meter-" + std::to_string(i), i % 2 == 0});
        return all;
    }
    std::vector<std::unique_ptr<Device>> devices;
    std::vector<Device*> pointers;
};

TEST(Shards, TwoOfThemServeAFleetAtOnce) {
    constexpr std::size_t count = 32;
    Settings settings = loopback_settings();
    settings.shards = 2;
    DaemonSide daemon(settings, Fleet::known(count));
    Fleet fleet(daemon, count);
    for (Device* const device : fleet.pointers) device->ask();
    ASSERT_TRUE(
        daemon.run(fleet.pointers, [&] { return daemon.ended(Outcome::finished) == count; }));
    for (const Device* const device : fleet.pointers) EXPECT_TRUE(device->has_what_it_shall());
    for (const auto& claim : daemon.told<bootstrap::Claim>())
        EXPECT_EQ(claim.peer.shard, daemon.shards->owner(claim.remote));
    if (!daemon.shards->is_steered()) GTEST_SKIP() << "THE KERNEL REFUSES THE STEERING PROGRAM";
    EXPECT_EQ(daemon.shards->counters().handed_over, 0U);
}

TEST(Shards, HandOverWhatLandsOnTheWrongOne) {
    constexpr std::size_t count = 32;
    Settings settings = loopback_settings();
    settings.shards = 2;
    settings.kernel_steering = false;
    DaemonSide daemon(settings, Fleet::known(count));
    Fleet fleet(daemon, count);
    for (Device* const device : fleet.pointers) device->ask();
    ASSERT_TRUE(
        daemon.run(fleet.pointers, [&] { return daemon.ended(Outcome::finished) == count; }));
    for (const auto& claim : daemon.told<bootstrap::Claim>())
        EXPECT_EQ(claim.peer.shard, daemon.shards->owner(claim.remote));
    EXPECT_GT(daemon.shards->counters().handed_over, 0U);
}

TEST(Shards, ASecondDaemonIsToldThatTheAddressIsTaken) {
    for (const std::uint16_t shards : {std::uint16_t{1}, std::uint16_t{2}}) {
        Settings settings = loopback_settings();
        settings.shards = shards;
        DaemonSide first(settings, {});
        settings.coap = first.shards->coap_addresses();
        journal::Journal journal(journal::Level::error, journal::Format::text);
        const auto second = Shards::open(settings, {}, journal);
        ASSERT_FALSE(second);
        EXPECT_THAT(second.error(), HasSubstr("listen.coap"));
        EXPECT_THAT(second.error(), HasSubstr(settings.coap[0].to_string()));
        EXPECT_THAT(second.error(), HasSubstr("in use"));
        EXPECT_THAT(second.error(), HasSubstr("choose another"));
    }
}

TEST(Shards, AnUnknownCipherSuiteIsNamed) {
    Settings settings = loopback_settings();
    settings.dtls.cipher_suites = {"PSK-ROT13"};
    journal::Journal journal(journal::Level::error, journal::Format::text);
    const auto opened = Shards::open(settings, {}, journal);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), HasSubstr("PSK-ROT13"));
}

TEST(Shards, WhatEscapesAShardIsTold) {
    Settings settings = loopback_settings();
    journal::Journal journal(journal::Level::error, journal::Format::text);
    std::promise<std::string> told;
    Handlers handlers;
    handlers.notices = [](const std::vector<bootstrap::Notice>&) {
        throw std::runtime_error("no memory");
    };
    handlers.failed = [&](std::string reason) { told.set_value(std::move(reason)); };
    auto shards = std::move(*Shards::open(settings, std::move(handlers), journal));
    shards->start();
    shards->send(0, {bootstrap::Stop{{0, 1}, "nobody", {}, ""}});
    EXPECT_THAT(told.get_future().get(), HasSubstr("no memory"));
}

}  // namespace
}  // namespace net::testing
