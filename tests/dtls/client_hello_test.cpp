#include <gtest/gtest.h>

#include "server/dtls/listener.h"
#include "tests/dtls/peers.h"
#include "tests/dtls/records.h"

namespace dtls::testing {
namespace {

// A ClientHello up to its cookie, RFC 6347 §4.2.1.
wire::Bytes hello_body(std::size_t session_id, std::size_t cookie) {
    wire::Bytes body{0xFE, 0xFD};
    for (std::uint8_t i = 0; i < 32; ++i) body.push_back(i);
    body.push_back(static_cast<std::uint8_t>(session_id));
    body.insert(body.end(), session_id, 0x55);
    body.push_back(static_cast<std::uint8_t>(cookie));
    body.insert(body.end(), cookie, 0x66);
    return body;
}

RawFragment hello(const wire::Bytes& body) {
    RawFragment fragment;
    fragment.type = 1;
    fragment.message_seq = 0;
    fragment.message_length = static_cast<std::uint32_t>(body.size());
    fragment.body = body;
    return fragment;
}

wire::Bytes datagram(const RawFragment& fragment, std::uint16_t epoch = 0) {
    RawRecord record;
    record.epoch = epoch;
    record.version = 0xFEFF;
    record.body = raw(fragment);
    return raw(record);
}

TEST(PeekClientHello, TellsRandomAndCookie) {
    const wire::Bytes with = datagram(hello(hello_body(8, 16)));
    const auto view = peek_client_hello(with);
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->has_cookie);
    ASSERT_EQ(view->random.size(), 32U);
    EXPECT_EQ(view->random[0], 0);
    EXPECT_EQ(view->random[31], 31);

    const wire::Bytes without = datagram(hello(hello_body(0, 0)));
    ASSERT_TRUE(peek_client_hello(without));
    EXPECT_FALSE(peek_client_hello(without)->has_cookie);
}

TEST(PeekClientHello, TellsAFirstFragmentThatReachesItsCookie) {
    RawFragment part = hello(hello_body(0, 16));
    part.message_length = 300;
    EXPECT_TRUE(peek_client_hello(datagram(part)));
    part.offset = 1;
    EXPECT_FALSE(peek_client_hello(datagram(part)));
}

TEST(PeekClientHello, IsNothingForWhatIsNoHello) {
    RawFragment other = hello(hello_body(0, 16));
    other.type = 2;
    EXPECT_FALSE(peek_client_hello(datagram(other)));
    EXPECT_FALSE(peek_client_hello(datagram(hello(hello_body(0, 16)), 1)));  // epoch 1
    EXPECT_FALSE(peek_client_hello(datagram(hello(hello_body(33, 0)))));     // session_id <0..32>
    RawRecord alert;
    alert.type = 21;
    alert.body = raw(hello(hello_body(0, 16)));
    EXPECT_FALSE(peek_client_hello(raw(alert)));
    alert.type = 22;
    alert.version = 0x0303;  // TLS over TCP
    EXPECT_FALSE(peek_client_hello(raw(alert)));
}

TEST(PeekClientHello, IsNothingForACutDatagram) {
    const wire::Bytes full = datagram(hello(hello_body(8, 16)));
    for (std::size_t size = 0; size < full.size(); ++size) {
        const wire::Bytes cut(full.begin(), full.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(peek_client_hello(cut)) << size;
    }
}

TEST(PeekClientHello, TellsTheHelloOfOpenSsl) {
    ClientSide client(device_psk());
    client.dial();
    ASSERT_EQ(client.out.datagrams.size(), 1U);
    const auto view = peek_client_hello(client.out.datagrams[0]);
    ASSERT_TRUE(view);
    EXPECT_FALSE(view->has_cookie);
    EXPECT_EQ(view->message_seq, 0);
}

}  // namespace
}  // namespace dtls::testing
