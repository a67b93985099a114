#include "server/attach/radius_listener.h"

#include <deque>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "server/attach/radius_socket.h"
#include "tests/attach/radius_requests.h"

namespace attach::radius {
namespace {

namespace asio = boost::asio;

// Keeps what it is handed until the test answers.
class HeldSink : public Sink {
  public:
    void take(Event event, std::function<void(Answer)> then) override {
        taken.emplace_back(std::move(event), std::move(then));
    }
    void withdraw_all(std::string origin) override { withdrawn.push_back(std::move(origin)); }

    std::deque<std::pair<Event, std::function<void(Answer)>>> taken;
    std::vector<std::string> withdrawn;
};

class RadiusListener : public ::testing::Test {
  protected:
    void SetUp() override {
        auto opened = Listener::open(
            io, {*wire::SocketAddress::from("127.0.0.1:0")},
            {{"core-1", *wire::AddressPrefix::from("127.0.0.0/8"), secret("s3cr3t"), false}}, {},
            sink, journal);
        ASSERT_TRUE(opened) << opened.error();
        listener = std::move(*opened);
        ASSERT_EQ(gateway.open(*wire::SocketAddress::from("127.0.0.1:0")), std::nullopt);
    }

    void send(const wire::Bytes& datagram) {
        ASSERT_TRUE(gateway.send(gateway.bound(), listener->addresses()[0], datagram));
    }
    // Turns the loop until that is so.
    template <class Condition>
    void run_until(Condition is_so) {
        while (!is_so()) io.run_one();
    }
    // The next answer.
    wire::Bytes answer() {
        bool ready = false;
        gateway.get().async_wait(asio::ip::udp::socket::wait_read,
                                 [&](const boost::system::error_code&) { ready = true; });
        run_until([&] { return ready; });
        std::array<std::uint8_t, max_packet> buffer{};
        const auto datagram = gateway.receive(buffer);
        EXPECT_TRUE(datagram);
        if (!datagram) return {};
        EXPECT_EQ(datagram->remote, listener->addresses()[0]);
        return {datagram->octets.begin(), datagram->octets.end()};
    }

    asio::io_context io;
    journal::Journal journal{journal::Level::error, journal::Format::text};
    HeldSink sink;
    std::unique_ptr<Listener> listener;
    Socket gateway{io};
};

TEST_F(RadiusListener, AnswersWhenTheSinkHas) {
    const auto request = start().signed_with("s3cr3t", 9);
    send(request);
    run_until([&] { return !sink.taken.empty(); });
    EXPECT_EQ(sink.taken[0].first.imsi, "001010000000001");
    EXPECT_EQ(listener->counters().answered, 0U);
    sink.taken[0].second(Withdrawn{});
    EXPECT_EQ(answer(), encode_response(*decode(request), secret("s3cr3t")));
}

TEST_F(RadiusListener, AnswersUnknownDevicesAndContradictionsToo) {
    std::uint8_t identifier = 0;
    const Answer answers[] = {
        UnknownDevice{}, Contradiction{}, bootstrap::AttachAccepted{},
        bootstrap::AttachRefused{bootstrap::AttachRefused::Why::under_way, ""}};
    for (const Answer& given : answers) {
        ++identifier;
        send(start(std::to_string(identifier)).signed_with("s3cr3t", identifier));
        run_until([&] { return sink.taken.size() == identifier; });
        sink.taken.back().second(given);
        EXPECT_EQ(answer().at(1), identifier);
    }
}

TEST_F(RadiusListener, LeavesItToTheGatewayToComeAgain) {
    const auto request = start().signed_with("s3cr3t", 1);
    send(request);
    run_until([&] { return sink.taken.size() == 1; });
    sink.taken[0].second(Unavailable{"the disk is full"});
    send(request);
    run_until([&] { return sink.taken.size() == 2; });
    sink.taken[1].second(Withdrawn{});
    EXPECT_EQ(answer().at(1), 1);
    EXPECT_EQ(listener->counters().answered, 1U);
}

TEST_F(RadiusListener, WithdrawsWhatARestartedGatewayToldOf) {
    send(accounting_on().signed_with("s3cr3t", 3));
    EXPECT_EQ(answer().at(1), 3);
    EXPECT_EQ(sink.withdrawn, std::vector<std::string>{"radius:core-1/192.0.2.7"});
}

TEST_F(RadiusListener, SaysNothingToAWrongSecret) {
    send(start().signed_with("guess", 1));
    send(accounting_on().signed_with("s3cr3t", 2));
    EXPECT_EQ(answer().at(1), 2);  // in order, so that there was none to the first
    EXPECT_TRUE(sink.taken.empty());
    constexpr auto wrong = static_cast<std::size_t>(Refusal::wrong_authenticator);
    EXPECT_EQ(listener->counters().refused[wrong], 1U);
}

TEST_F(RadiusListener, OutlivesNoAnswerOfTheSink) {
    send(start().signed_with("s3cr3t"));
    run_until([&] { return !sink.taken.empty(); });
    listener.reset();
    sink.taken[0].second(Withdrawn{});
}

TEST_F(RadiusListener, TellsThatAnAddressIsInUse) {
    const auto second = Listener::open(io, listener->addresses(), {}, {}, sink, journal);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find(listener->addresses()[0].to_string()), std::string::npos);
    EXPECT_NE(second.error().find("choose another port"), std::string::npos) << second.error();
}

TEST_F(RadiusListener, AnswersFromTheAddressThatWasAsked) {
    auto any = Listener::open(
        io, {*wire::SocketAddress::from("0.0.0.0:0")},
        {{"core-1", *wire::AddressPrefix::from("127.0.0.0/8"), secret("s3cr3t"), false}}, {}, sink,
        journal);
    ASSERT_TRUE(any) << any.error();
    listener = std::move(*any);
    const wire::SocketAddress asked{wire::IpAddress::v4({127, 0, 0, 2}),
                                    listener->addresses()[0].port};
    ASSERT_TRUE(gateway.send(gateway.bound(), asked, accounting_on().signed_with("s3cr3t")));
    bool ready = false;
    gateway.get().async_wait(asio::ip::udp::socket::wait_read,
                             [&](const boost::system::error_code&) { ready = true; });
    run_until([&] { return ready; });
    std::array<std::uint8_t, max_packet> buffer{};
    const auto datagram = gateway.receive(buffer);
    ASSERT_TRUE(datagram);
    EXPECT_EQ(datagram->remote, asked);
}

}  // namespace
}  // namespace attach::radius
