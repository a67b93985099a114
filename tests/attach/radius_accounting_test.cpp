#include "server/attach/radius_accounting.h"

#include <gtest/gtest.h>

#include "tests/attach/radius_requests.h"

namespace attach::radius {
namespace {

using std::chrono::seconds;

const auto core = *wire::SocketAddress::from("192.0.2.7:40000");
const auto local = *wire::SocketAddress::from("198.51.100.1:1813");

Client client(const char* name, const char* network, const char* with) {
    return {name, *wire::AddressPrefix::from(network), secret(with), false};
}

class RadiusAccounting : public ::testing::Test {
  protected:
    Accounting::Action receive(const wire::Bytes& datagram,
                               const wire::SocketAddress& remote = core) {
        return accounting.receive({0, local, remote, datagram}, now);
    }
    // Of a signed packet with a new identifier.
    Accounting::Action receive(const RequestWriter& request) {
        return receive(request.signed_with("s3cr3t", ++identifier));
    }
    // Delivered, and kept by who it was delivered to.
    bool is_delivered(const RequestWriter& request, bool kept = true) {
        const auto action = receive(request);
        const auto* const event = std::get_if<Accounting::Deliver>(&action);
        if (event == nullptr) return false;
        EXPECT_EQ(accounting.settle(event->request, kept, now).has_value(), kept);
        return true;
    }
    bool is_answered_at_once(const RequestWriter& request) {
        return std::holds_alternative<Accounting::Send>(receive(request));
    }
    std::optional<Refusal> refusal(const wire::Bytes& datagram,
                                   const wire::SocketAddress& remote = core) {
        const auto action = receive(datagram, remote);
        const auto* const refused = std::get_if<Accounting::Refused>(&action);
        if (refused == nullptr) return std::nullopt;
        return refused->why;
    }

    Accounting::Limits limits{{3, 4, seconds(60)}, {100, 2, seconds(600)}};
    Accounting accounting{
        {client("core-1", "192.0.2.0/24", "s3cr3t"), client("lab", "192.0.2.128/25", "lab"),
         client("empty", "203.0.113.0/24", "")},
        limits};
    wire::TimePoint now{};
    std::uint8_t identifier = 0;
};

TEST_F(RadiusAccounting, AnswersWhatIsKept) {
    const auto action = receive(start());
    const auto& event = std::get<Accounting::Deliver>(action);
    EXPECT_EQ(event.event.imsi, "001010000000001");
    EXPECT_EQ(accounting.gauges().under_way, 1U);
    const auto reply = accounting.settle(event.request, true, now);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->remote, core);
    EXPECT_EQ(reply->local, local);
    EXPECT_EQ(reply->datagram[0], 5);
    EXPECT_EQ(reply->datagram[1], identifier);
    EXPECT_EQ(accounting.gauges().under_way, 0U);
    EXPECT_FALSE(accounting.settle(event.request, true, now));
}

TEST_F(RadiusAccounting, AnswersARetransmissionAgainAndTriggersOnce) {
    const auto request = start().signed_with("s3cr3t");
    const auto first = receive(request);
    // While it is under way there is nothing to say.
    EXPECT_TRUE(std::holds_alternative<Accounting::Wait>(receive(request)));
    const auto reply = accounting.settle(std::get<Accounting::Deliver>(first).request, true, now);
    ASSERT_TRUE(reply);
    const auto again = receive(request);
    EXPECT_EQ(std::get<Accounting::Send>(again).datagram, reply->datagram);
    EXPECT_EQ(accounting.counters().delivered, 1U);
    EXPECT_EQ(accounting.counters().retransmissions, 2U);
}

TEST_F(RadiusAccounting, LeavesUnansweredWhatIsNotKept) {
    EXPECT_TRUE(is_delivered(start(), false));
    EXPECT_EQ(accounting.counters().answered, 0U);
    EXPECT_EQ(accounting.counters().unavailable, 1U);
    // The gateway comes again, with the same packet or another.
    const auto request = start().signed_with("s3cr3t", 1);
    const auto action = receive(request);
    ASSERT_TRUE(std::holds_alternative<Accounting::Deliver>(action));
    EXPECT_TRUE(
        accounting.settle(std::get<Accounting::Deliver>(action).request, true, now).has_value());
}

TEST_F(RadiusAccounting, KnowsAnEventInAnotherPacket) {
    EXPECT_TRUE(is_delivered(start().number(Type::acct_delay_time, 0)));
    EXPECT_TRUE(is_answered_at_once(start().number(Type::acct_delay_time, 5)));
    EXPECT_TRUE(is_delivered(stop().number(Type::acct_delay_time, 0)));
    EXPECT_TRUE(is_answered_at_once(stop().number(Type::acct_delay_time, 5)));
    EXPECT_EQ(accounting.counters().repeated, 2U);
}

TEST_F(RadiusAccounting, WaitsWithAnEventThatIsUnderWayInAnotherPacket) {
    const auto first = receive(start().number(Type::acct_delay_time, 0));
    EXPECT_TRUE(std::holds_alternative<Accounting::Wait>(
        receive(start().number(Type::acct_delay_time, 5))));
    EXPECT_TRUE(
        accounting.settle(std::get<Accounting::Deliver>(first).request, true, now).has_value());
    EXPECT_TRUE(is_answered_at_once(start().number(Type::acct_delay_time, 10)));
}

TEST_F(RadiusAccounting, TakesNoLateStartForAnAttach) {
    EXPECT_TRUE(is_delivered(stop()));
    EXPECT_TRUE(is_answered_at_once(start()));
    now += seconds(601);
    EXPECT_TRUE(is_delivered(start()));
}

TEST_F(RadiusAccounting, TellsOfAnInterimUpdateWithANewAddressOnly) {
    EXPECT_TRUE(is_delivered(start()));
    EXPECT_TRUE(is_answered_at_once(interim(0x6440000A)));
    EXPECT_TRUE(is_answered_at_once(interim(0)));
    EXPECT_TRUE(is_delivered(interim(0x6440000B)));
    EXPECT_TRUE(is_answered_at_once(interim(0x6440000B)));
    // Not kept: not the last known one.
    EXPECT_TRUE(is_delivered(interim(0x6440000C), false));
    EXPECT_TRUE(is_delivered(interim(0x6440000C)));
}

TEST_F(RadiusAccounting, TellsOfAnAddressThatComesAfterTheStart) {
    EXPECT_TRUE(is_delivered(start("s1", "001010000000001", 0)));
    EXPECT_TRUE(is_delivered(interim(0x6440000A)));
}

// As after a restart of the daemon: all devices of the network would seem to attach.
TEST_F(RadiusAccounting, OnlyRemembersTheAddressOfASessionNeverHeardOf) {
    EXPECT_TRUE(is_answered_at_once(interim(0x6440000A)));
    EXPECT_TRUE(is_delivered(interim(0x6440000B)));
    // A Start that was held up is one all the same.
    EXPECT_TRUE(is_answered_at_once(interim(0x6440000A, "s2")));
    EXPECT_TRUE(is_delivered(start("s2")));
}

TEST_F(RadiusAccounting, TakesASessionOfAnotherSubscriberForAnotherOne) {
    EXPECT_TRUE(is_delivered(start("s1", "001010000000001")));
    EXPECT_TRUE(is_delivered(start("s1", "001010000000002")));
}

TEST_F(RadiusAccounting, WithdrawsAllOfAGatewayThatRestarts) {
    EXPECT_TRUE(is_delivered(start()));
    const auto action = receive(accounting_on());
    const auto& withdraw = std::get<Accounting::Withdraw>(action);
    EXPECT_EQ(withdraw.origin, "radius:core-1/192.0.2.7");
    EXPECT_EQ(withdraw.datagram[0], 5);
    // Its sessions count from one again.
    EXPECT_TRUE(is_delivered(start()));
    // The same, retransmitted: five seconds late.
    now += seconds(5);
    EXPECT_TRUE(is_answered_at_once(accounting_on().number(Type::acct_delay_time, 5)));
    EXPECT_TRUE(is_answered_at_once(start().number(Type::acct_delay_time, 5)));
    // Another restart, and a stop of the gateway.
    now += seconds(60);
    EXPECT_TRUE(std::holds_alternative<Accounting::Withdraw>(receive(accounting_on())));
    EXPECT_TRUE(std::holds_alternative<Accounting::Withdraw>(receive(accounting_on(8))));
    EXPECT_EQ(accounting.counters().restarts, 3U);
}

TEST_F(RadiusAccounting, KnowsRestartsByTheirTimestamp) {
    const auto at = [](std::uint32_t time) {
        return accounting_on().number(Type::event_timestamp, time);
    };
    EXPECT_TRUE(std::holds_alternative<Accounting::Withdraw>(receive(at(1777629600))));
    now += seconds(100);
    EXPECT_TRUE(is_answered_at_once(at(1777629600).number(Type::acct_delay_time, 1)));
    EXPECT_TRUE(std::holds_alternative<Accounting::Withdraw>(receive(at(1777629601))));
}

TEST_F(RadiusAccounting, AnswersWhatNamesNoDevice) {
    EXPECT_TRUE(is_answered_at_once(start("s1", "")));
    EXPECT_EQ(accounting.counters().unidentified, 1U);
    EXPECT_TRUE(is_answered_at_once(start("s2", "001010000000001", 0, 15)));
    EXPECT_EQ(accounting.counters().passed_over, 1U);
}

TEST_F(RadiusAccounting, RefusesWhoIsNoClient) {
    const auto request = start().signed_with("s3cr3t");
    EXPECT_EQ(refusal(request, *wire::SocketAddress::from("198.51.100.9:1")),
              Refusal::unknown_client);
    EXPECT_EQ(refusal(request, *wire::SocketAddress::from("[2001:db8::1]:1")),
              Refusal::unknown_client);
}

TEST_F(RadiusAccounting, TakesTheNarrowestNetworksSecret) {
    const auto lab = *wire::SocketAddress::from("192.0.2.130:1");
    EXPECT_EQ(refusal(start().signed_with("s3cr3t"), lab), Refusal::wrong_authenticator);
    EXPECT_FALSE(refusal(start().signed_with("lab"), lab));
}

TEST_F(RadiusAccounting, RefusesAWrongSecretAndTheEmptyOne) {
    EXPECT_EQ(refusal(start().signed_with("other")), Refusal::wrong_authenticator);
    EXPECT_EQ(refusal(start().signed_with(""), *wire::SocketAddress::from("203.0.113.1:1")),
              Refusal::wrong_authenticator);
    EXPECT_EQ(accounting.counters().refused[static_cast<std::size_t>(Refusal::wrong_authenticator)],
              2U);
    EXPECT_EQ(accounting.gauges().sessions, 0U);
}

TEST_F(RadiusAccounting, RefusesWhatIsNoAccountingRequest) {
    EXPECT_EQ(refusal({}), Refusal::malformed);
    EXPECT_EQ(refusal(RequestWriter(1).signed_with("s3cr3t")), Refusal::not_accounting);
    EXPECT_EQ(refusal(RequestWriter(5).signed_with("s3cr3t")), Refusal::not_accounting);
    EXPECT_EQ(refusal(RequestWriter().signed_with("s3cr3t")), Refusal::incomplete);
}

TEST_F(RadiusAccounting, ChecksAMessageAuthenticatorAndMayAskForOne) {
    EXPECT_FALSE(refusal(start().sealed().signed_with("s3cr3t")));
    // A wrong one, under a right Request Authenticator.
    const std::uint8_t zeros[16] = {};
    EXPECT_EQ(refusal(start().octets(Type::message_authenticator, zeros).signed_with("s3cr3t")),
              Refusal::wrong_message_authenticator);
    auto strict = client("core-1", "192.0.2.0/24", "s3cr3t");
    strict.require_message_authenticator = true;
    accounting.set_clients({strict});
    EXPECT_EQ(refusal(start("s2").signed_with("s3cr3t")), Refusal::no_message_authenticator);
    EXPECT_FALSE(refusal(start("s2").sealed().signed_with("s3cr3t")));
}

// RFC 5997: whether the server is alive.
TEST_F(RadiusAccounting, AnswersAStatusServerWithAMessageAuthenticator) {
    EXPECT_EQ(refusal(RequestWriter(12).signed_with("s3cr3t")), Refusal::no_message_authenticator);
    const auto action = receive(RequestWriter(12).sealed().signed_with("s3cr3t"));
    EXPECT_EQ(std::get<Accounting::Send>(action).datagram[0], 5);
    EXPECT_EQ(refusal(RequestWriter(12).sealed().signed_with("other")),
              Refusal::wrong_message_authenticator);
}

TEST_F(RadiusAccounting, BoundsWhatIsUnderWay) {
    for (const auto* session : {"1", "2", "3"})
        EXPECT_TRUE(std::holds_alternative<Accounting::Deliver>(receive(start(session))));
    EXPECT_EQ(refusal(start("4").signed_with("s3cr3t", 77)), Refusal::too_many);
    EXPECT_TRUE(accounting.settle(1, true, now));
    EXPECT_TRUE(is_delivered(start("4")));
}

TEST_F(RadiusAccounting, ForgetsTheOldestAnswers) {
    const auto first = start("0").signed_with("s3cr3t");
    EXPECT_TRUE(
        accounting.settle(std::get<Accounting::Deliver>(receive(first)).request, true, now));
    for (const auto* session : {"1", "2", "3", "4"}) EXPECT_TRUE(is_delivered(start(session)));
    EXPECT_EQ(accounting.gauges().evicted_answers, 1U);
    // It is another packet now, and the same event still.
    EXPECT_TRUE(std::holds_alternative<Accounting::Send>(receive(first)));
    EXPECT_EQ(accounting.counters().retransmissions, 0U);
    EXPECT_EQ(accounting.counters().repeated, 1U);
    now += seconds(61);
    EXPECT_TRUE(std::holds_alternative<Accounting::Send>(receive(first)));
    EXPECT_EQ(accounting.counters().retransmissions, 0U);
}

TEST_F(RadiusAccounting, ForgetsTheSessionsLongestNotHeardOf) {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(is_delivered(start(std::to_string(i))));
    EXPECT_TRUE(is_answered_at_once(start("0")));
    EXPECT_TRUE(is_delivered(start("100")));
    EXPECT_EQ(accounting.gauges().sessions, 100U);
    EXPECT_EQ(accounting.gauges().evicted_sessions, 1U);
    EXPECT_TRUE(is_answered_at_once(start("0")));
    EXPECT_TRUE(is_delivered(start("1")));
}

TEST_F(RadiusAccounting, TellsGatewaysOfTwoClientsApart) {
    EXPECT_TRUE(is_delivered(start()));
    const auto lab = *wire::SocketAddress::from("192.0.2.130:1");
    const auto action = receive(start().signed_with("lab"), lab);
    EXPECT_EQ(std::get<Accounting::Deliver>(action).event.origin, "radius:lab/192.0.2.7");
}

}  // namespace
}  // namespace attach::radius
