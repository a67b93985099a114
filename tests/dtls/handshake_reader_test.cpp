#include "server/dtls/handshake_reader.h"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/dtls/records.h"

namespace dtls::testing {
namespace {

wire::Bytes octets(std::string_view text) {
    return {text.begin(), text.end()};
}

// A ClientKeyExchange of a PSK suite, RFC 4279 §2.
wire::Bytes key_exchange(std::string_view identity) {
    return joined({{0, static_cast<std::uint8_t>(identity.size())}, octets(identity)});
}

RawFragment whole(const wire::Bytes& message) {
    RawFragment fragment;
    fragment.message_length = static_cast<std::uint32_t>(message.size());
    fragment.body = message;
    return fragment;
}

wire::Bytes datagram(const RawFragment& fragment) {
    RawRecord record;
    record.body = raw(fragment);
    return raw(record);
}

TEST(HandshakeReader, FindsAKeyExchangeInOneFragment) {
    HandshakeReader reader(2);
    const auto message = reader.read(datagram(whole(key_exchange("urn:dev:1"))));
    ASSERT_TRUE(message);
    const auto identity = psk_identity(*message);
    ASSERT_TRUE(identity);
    EXPECT_EQ(wire::as_text(*identity), "urn:dev:1");
    EXPECT_EQ(reader.memory(), 0U);
}

TEST(HandshakeReader, TellsAKeyExchangeOnce) {
    HandshakeReader reader(2);
    EXPECT_TRUE(reader.read(datagram(whole(key_exchange("a")))));
    EXPECT_FALSE(reader.read(datagram(whole(key_exchange("b")))));
}

TEST(HandshakeReader, FindsItBehindOtherRecordsAndMessages) {
    RawFragment other = whole(octets("certificate"));
    other.type = 11;
    other.message_seq = 1;
    RawRecord two_messages;
    two_messages.body = joined({raw(other), raw(whole(key_exchange("me")))});
    RawRecord alert;
    alert.type = 21;
    alert.body = {1, 0};
    HandshakeReader reader(2);
    const auto message = reader.read(joined({raw(alert), raw(two_messages)}));
    ASSERT_TRUE(message);
    EXPECT_EQ(*message, key_exchange("me"));
}

TEST(HandshakeReader, PutsFragmentsTogetherInAnyOrder) {
    const wire::Bytes message = key_exchange("urn:imei:358000000000001");
    const wire::Bytes record = datagram(whole(message));
    for (const std::size_t parts : {2U, 5U, 26U}) {
        std::vector<wire::Bytes> fragments = split_message(record, parts, 10);
        for (const bool reversed : {false, true}) {
            SCOPED_TRACE(std::to_string(parts) + (reversed ? " reversed" : ""));
            if (reversed) std::reverse(fragments.begin(), fragments.end());
            HandshakeReader reader(2);
            for (std::size_t i = 0; i + 1 < fragments.size(); ++i) {
                EXPECT_FALSE(reader.read(fragments[i]));
                EXPECT_FALSE(reader.read(fragments[i]));  // a repeated one completes nothing
            }
            const auto found = reader.read(fragments.back());
            ASSERT_TRUE(found);
            EXPECT_EQ(*found, message);
        }
    }
}

TEST(HandshakeReader, PassesOverAnotherMessageSeq) {
    for (const std::uint16_t seq : std::initializer_list<std::uint16_t>{0, 1, 3, 65535}) {
        RawFragment bogus = whole(key_exchange("mallory"));
        bogus.message_seq = seq;
        HandshakeReader reader(2);
        EXPECT_FALSE(reader.read(datagram(bogus)));
        EXPECT_EQ(*reader.read(datagram(whole(key_exchange("alice")))), key_exchange("alice"));
    }
}

TEST(HandshakeReader, PassesOverAnotherEpoch) {
    RawRecord record;
    record.body = raw(whole(key_exchange("mallory")));
    record.epoch = 1;
    HandshakeReader reader(2);
    EXPECT_FALSE(reader.read(raw(record)));
    record.epoch = 0;
    EXPECT_TRUE(reader.read(raw(record)));
}

TEST(HandshakeReader, PassesOverAnotherHandshakeType) {
    RawFragment certificate = whole(key_exchange("mallory"));
    certificate.type = 11;
    HandshakeReader reader(2);
    EXPECT_FALSE(reader.read(datagram(certificate)));
}

TEST(HandshakeReader, PassesOverAFragmentThatContradictsTheLength) {
    const wire::Bytes message = key_exchange("alice");
    RawFragment first = whole(message);
    first.body.resize(3);
    RawFragment contradiction = whole(message);
    contradiction.message_length = 40;
    HandshakeReader reader(2);
    EXPECT_FALSE(reader.read(datagram(first)));
    EXPECT_FALSE(reader.read(datagram(contradiction)));
    EXPECT_EQ(*reader.read(datagram(whole(message))), message);
}

TEST(HandshakeReader, HoldsNoMessageAboveItsBound) {
    RawFragment huge = whole(octets("x"));
    huge.message_length = HandshakeReader::max_message + 1;
    HandshakeReader reader(2);
    EXPECT_FALSE(reader.read(datagram(huge)));
    EXPECT_EQ(reader.memory(), 0U);
    huge.message_length = HandshakeReader::max_message;
    EXPECT_FALSE(reader.read(datagram(huge)));
    EXPECT_EQ(reader.memory(), HandshakeReader::max_message);
}

TEST(HandshakeReader, TakesNothingFromACutDatagram) {
    const wire::Bytes full = datagram(whole(key_exchange("alice")));
    for (std::size_t size = 0; size < full.size(); ++size) {
        // On the heap in its exact size: a read past the end is seen by the sanitizer.
        const wire::Bytes cut(full.begin(), full.begin() + static_cast<std::ptrdiff_t>(size));
        HandshakeReader reader(2);
        EXPECT_FALSE(reader.read(cut)) << size;
    }
}

TEST(PskIdentity, IsWhatAKeyExchangeBeginsWith) {
    // ECDHE_PSK, RFC 5489 §2: a point follows.
    const wire::Bytes message{0, 3, 'a', 'b', 'c', 2, 4, 9};
    EXPECT_EQ(wire::as_text(*psk_identity(message)), "abc");
    EXPECT_EQ(psk_identity(wire::Bytes{0, 0})->size(), 0U);
}

TEST(PskIdentity, IsNothingWhenCutShort) {
    EXPECT_FALSE(psk_identity({}));
    EXPECT_FALSE(psk_identity(wire::Bytes{0}));
    EXPECT_FALSE(psk_identity(wire::Bytes{0, 3, 'a', 'b'}));
    EXPECT_FALSE(psk_identity(wire::Bytes{255, 255, 'a'}));
}

}  // namespace
}  // namespace dtls::testing
