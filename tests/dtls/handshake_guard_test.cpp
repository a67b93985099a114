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

}  // namespace
}  // namespace dtls::testing
