#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

// Bodies far beyond what one message carries, with the limits that the daemon has.
namespace coap {
namespace {

wire::Bytes body_of(std::size_t size) {
    wire::Bytes body(size);
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<std::uint8_t>(i * 31 + i / 1024);
    return body;
}

// Whatever one says the other hears at once; what the user is told comes back.
std::vector<Event> converse(Endpoint& a, Endpoint& b, wire::TimePoint now, Output& to_b,
                            Output& to_a) {
    std::vector<Event> told;
    const auto keep = [&told](Output& out) {
        for (Event& event : std::exchange(out.events, {})) told.push_back(std::move(event));
    };
    while (!to_a.datagrams.empty() || !to_b.datagrams.empty()) {
        for (const auto& datagram : std::exchange(to_b.datagrams, {}))
            b.receive(datagram, now, to_a);
        for (const auto& datagram : std::exchange(to_a.datagrams, {}))
            a.receive(datagram, now, to_b);
        keep(to_a);
        keep(to_b);
    }
    keep(to_a);
    keep(to_b);
    return told;
}

class CoapLongBody : public testing::Test {
  protected:
    // A write of so many octets, as the peer receives it.
    wire::Bytes arrives(std::size_t size) {
        Limits of_the_peer = limits_;
        of_the_peer.body = 1024 * 1024;
        Endpoint peer(transmission_, of_the_peer, random_, Endpoint::Security::secured);
        Request request;
        request.method = Code::put;
        request.path = {"3442", "0"};
        request.content_format = 110;
        request.payload = body_of(size);
        Output to_peer, to_us;
        us_.request(std::move(request), {}, now_, to_peer);
        auto told = converse(us_, peer, now_, to_peer, to_us);
        if (told.size() != 1) return {};
        return std::get<RequestReceived>(told[0]).request.payload;
    }

    Transmission transmission_;
    Limits limits_;
    ScriptedRandom random_;
    wire::TimePoint now_{std::chrono::hours(1)};
    Endpoint us_{transmission_, limits_, random_, Endpoint::Security::secured};
};

// A certificate chain of 64 KiB is about 90 KiB of SenML JSON: what we send is not measured by what
// we accept.
TEST_F(CoapLongBody, AWriteOfAHundredKilobytesGoes) {
    EXPECT_GT(100'000U, limits_.body);
    EXPECT_EQ(arrives(100'000), body_of(100'000));
}

TEST_F(CoapLongBody, AWriteInTheSmallestBlocksGoes) {
    limits_.block_size = 16;
    EXPECT_EQ(arrives(100'000), body_of(100'000));
}

TEST_F(CoapLongBody, AnAnswerOfFiftyKilobytesComesIn) {
    Endpoint peer(transmission_, limits_, random_, Endpoint::Security::secured);
    Request request;
    request.method = Code::get;
    request.accept = 40;
    Output to_peer, to_us;
    us_.request(std::move(request), {}, now_, to_peer);
    auto told = converse(us_, peer, now_, to_peer, to_us);
    ASSERT_EQ(told.size(), 1U);
    peer.respond(std::get<RequestReceived>(told[0]).id, {Code::content, 40, body_of(50'000)}, now_,
                 to_us);
    told = converse(us_, peer, now_, to_peer, to_us);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_TRUE(std::get<ResponseSettled>(told[0]).delivered);
    EXPECT_EQ(std::get<ResponseReceived>(told[1]).response.payload, body_of(50'000));
}

}  // namespace
}  // namespace coap
