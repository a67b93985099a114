#include "server/dtls/handshake_guard.h"

#include <gtest/gtest.h>

#include "tests/dtls/records.h"

namespace dtls::testing {
namespace {

wire::Bytes record(std::uint16_t epoch) {
    RawRecord out;
    out.epoch = epoch;
    out.body = wire::Bytes(40, 0xAA);
    return raw(out);
}

TEST(HandshakeGuard, AdmitsFewRecordsOfALaterEpochBeforeTheirKeys) {
    HandshakeGuard guard;
    for (std::size_t i = 0; i < HandshakeGuard::max_early_records; ++i)
        EXPECT_EQ(guard.admit(record(1), false).size(), record(1).size());
    EXPECT_TRUE(guard.admit(record(1), false).empty());
    EXPECT_EQ(guard.admit(record(0), false).size(), record(0).size());
    EXPECT_EQ(guard.admit(record(1), true).size(), record(1).size());
}

TEST(HandshakeGuard, AdmitsWhatStandsBeforeAnEarlyRecordTooMany) {
    HandshakeGuard guard;
    for (std::size_t i = 0; i < HandshakeGuard::max_early_records; ++i)
        guard.admit(record(1), false);
    const wire::Bytes datagram = joined({record(0), record(0), record(1)});
    EXPECT_EQ(guard.admit(datagram, false).size(), 2 * record(0).size());
}

TEST(HandshakeGuard, AdmitsSoManyOctetsAndNoMore) {
    HandshakeGuard guard;
    const wire::Bytes datagram(1024, 0);
    for (std::size_t sum = 0; sum < HandshakeGuard::max_octets; sum += datagram.size())
        EXPECT_EQ(guard.admit(datagram, true).size(), datagram.size());
    EXPECT_TRUE(guard.admit(datagram, true).empty());
    EXPECT_TRUE(guard.admit(wire::Bytes(1), true).empty());
}

wire::Bytes announced(std::uint8_t type, std::uint16_t seq, std::size_t length) {
    RawFragment fragment;
    fragment.type = type;
    fragment.message_seq = seq;
    fragment.message_length = static_cast<std::uint32_t>(length);
    fragment.body = {0};
    RawRecord out;
    out.body = raw(fragment);
    return raw(out);
}

TEST(HandshakeGuard, AdmitsNoMessageThatIsSaidToBeLong) {
    constexpr std::uint8_t certificate = 11;
    constexpr std::uint8_t other = 16;
    HandshakeGuard guard(2);
    for (const bool keys_known : {false, true}) {
        const auto admits = [&](const wire::Bytes& datagram) {
            return guard.admit(datagram, keys_known).size() == datagram.size();
        };
        EXPECT_TRUE(admits(announced(other, 3, HandshakeGuard::max_message)));
        EXPECT_FALSE(admits(announced(other, 3, HandshakeGuard::max_message + 1)));
        EXPECT_TRUE(admits(announced(certificate, 2, HandshakeGuard::max_certificate)));
        EXPECT_FALSE(admits(announced(certificate, 2, HandshakeGuard::max_certificate + 1)));
        EXPECT_TRUE(admits(announced(certificate, 3, HandshakeGuard::max_message)));
        EXPECT_FALSE(admits(announced(certificate, 3, HandshakeGuard::max_message + 1)));
    }
    HandshakeGuard of_client;
    const wire::Bytes chain = announced(certificate, 3, HandshakeGuard::max_certificate);
    EXPECT_EQ(of_client.admit(chain, false).size(), chain.size());
    // What stands before it goes in.
    const wire::Bytes before = record(0);
    EXPECT_EQ(guard.admit(joined({before, announced(other, 3, 9000)}), false).size(),
              before.size());
}

}  // namespace
}  // namespace dtls::testing
