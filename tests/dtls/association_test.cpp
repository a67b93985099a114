// An association that is established: records, closing, buffers, memory.

#include <malloc.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dtls/peers.h"
#include "tests/dtls/records.h"

namespace dtls::testing {
namespace {

class Association : public ::testing::Test {
  protected:
    Association() {
        client.dial();
        link.settle(client, server);
    }
    Connection& ours() { return *server.connection; }
    Connection& theirs() { return *client.connection; }

    ServerSide server;
    ClientSide client{device_psk()};
    Link link;
};

TEST_F(Association, MakesOnePlaintextOfEachRecordOfADatagram) {
    for (const char* text : {"one", "two", "three"}) theirs().send(bytes(text), client.out);
    ASSERT_EQ(client.out.datagrams.size(), 3U);
    server.receive(joined(client.out.datagrams));
    EXPECT_EQ(server.out.plaintexts,
              (std::vector<wire::Bytes>{bytes("one"), bytes("two"), bytes("three")}));
}

TEST_F(Association, PassesOverABadRecordBetweenGoodOnes) {
    for (const char* text : {"one", "two", "three"}) theirs().send(bytes(text), client.out);
    client.out.datagrams[1].back() ^= 1U;
    server.receive(joined(client.out.datagrams));
    EXPECT_EQ(server.out.plaintexts, (std::vector<wire::Bytes>{bytes("one"), bytes("three")}));
    EXPECT_TRUE(ours().is_established());
}

TEST_F(Association, TakesRecordsInAnyOrder) {
    for (const char* text : {"one", "two"}) theirs().send(bytes(text), client.out);
    server.receive(client.out.datagrams[1]);
    server.receive(client.out.datagrams[0]);
    EXPECT_EQ(server.out.plaintexts, (std::vector<wire::Bytes>{bytes("two"), bytes("one")}));
}

TEST_F(Association, SendsAMessageOfFullSizeAndDropsALargerOne) {
    EXPECT_EQ(ours().max_plaintext(), 1280U);
    ours().send(wire::Bytes(1280, 'x'), server.out);
    EXPECT_EQ(server.out.datagrams.size(), 1U);
    ours().send(wire::Bytes(1281, 'x'), server.out);
    ours().send(wire::Bytes(70000, 'x'), server.out);
    ours().send({}, server.out);
    EXPECT_EQ(server.out.datagrams.size(), 1U);
    EXPECT_EQ(ours().dropped(), 3U);
    link.settle(client, server);
    EXPECT_EQ(client.out.plaintexts, std::vector<wire::Bytes>{wire::Bytes(1280, 'x')});
    EXPECT_TRUE(ours().is_established());
}

TEST_F(Association, TakesAPlaintextOfTheLargestRecord) {
    Settings large;
    large.mtu = 4096;
    ServerSide other(large);
    ClientSide device(device_psk(), large);
    device.dial();
    link.settle(device, other);
    device.connection->send(wire::Bytes(4096, 'y'), device.out);
    link.settle(device, other);
    EXPECT_EQ(other.out.plaintexts, std::vector<wire::Bytes>{wire::Bytes(4096, 'y')});
}

TEST_F(Association, EndsBothSidesByCloseNotify) {
    ours().close(server.out);
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::closed_by_us);
    link.settle(client, server);
    ASSERT_EQ(client.out.ended.size(), 1U);
    EXPECT_EQ(client.out.ended[0].ending, Ending::closed_by_peer);
    EXPECT_TRUE(theirs().is_ended());
    EXPECT_FALSE(theirs().is_established());
    ours().close(server.out);
    EXPECT_EQ(server.out.ended.size(), 1U);  // once
}

TEST_F(Association, AnswersTheCloseNotifyOfThePeer) {
    theirs().close(client.out);
    server.receive(client.out.datagrams.at(0));
    ASSERT_EQ(server.out.ended.size(), 1U);
    EXPECT_EQ(server.out.ended[0].ending, Ending::closed_by_peer);
    EXPECT_EQ(server.out.datagrams.size(), 1U);
}

TEST_F(Association, DoesNothingAfterItsEnd) {
    ours().close(server.out);
    server.out = {};
    theirs().send(bytes("late"), client.out);
    ours().receive(client.out.datagrams[0], server.out);
    ours().send(bytes("late"), server.out);
    ours().provide(key("k"), server.out);
    ours().deny(server.out);
    ours().on_timeout(server.out);
    ours().release_buffers();
    EXPECT_TRUE(server.out.datagrams.empty());
    EXPECT_TRUE(server.out.plaintexts.empty());
    EXPECT_TRUE(server.out.ended.empty());
    EXPECT_EQ(ours().next_timeout(), std::nullopt);
}

TEST_F(Association, GoesOnAfterItsBuffersWereReleased) {
    for (int cycle = 0; cycle < 20; ++cycle) {
        ours().release_buffers();
        ours().release_buffers();
        if (cycle % 2 == 0) ours().send(bytes("ping"), server.out);
        theirs().release_buffers();
        theirs().send(bytes("pong"), client.out);
        link.settle(client, server);
    }
    EXPECT_EQ(client.out.plaintexts.size(), 10U);
    EXPECT_EQ(server.out.plaintexts.size(), 20U);
    ours().release_buffers();
    theirs().release_buffers();
    ours().close(server.out);
    link.settle(client, server);
    EXPECT_EQ(client.out.ended.size(), 1U);
}

TEST_F(Association, SendsItsLastFlightAgainWithReleasedBuffers) {
    ServerSide other;
    ClientSide device(device_psk(), impatient());
    Link lossy;
    lossy.lose = {5};  // the server's ChangeCipherSpec and Finished
    device.dial();
    lossy.settle(device, other);
    ASSERT_TRUE(other.connection->is_established());
    ASSERT_FALSE(device.connection->is_established());
    other.connection->release_buffers();
    device.expire_timer();
    lossy.settle(device, other);
    EXPECT_TRUE(device.connection->is_established());
}

TEST_F(Association, HoldsABoundedMemoryAndLessWithItsBuffersReleased) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "the sanitizer's heap says nothing of the real one";
#endif
    constexpr std::size_t count = 50;
    ServerSide many;
    std::vector<std::unique_ptr<Connection>> open;
    const std::size_t before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) {
        auto device = std::make_unique<ClientSide>(device_psk());
        device->dial();
        link.settle(*device, many);
        ASSERT_TRUE(many.connection->is_established());
        open.push_back(std::move(many.connection));
    }
    const std::size_t busy = (mallinfo2().uordblks - before) / count;
    for (const auto& connection : open) connection->release_buffers();
    const std::size_t idle = (mallinfo2().uordblks - before) / count;
    RecordProperty("octets_busy", std::to_string(busy));
    RecordProperty("octets_idle", std::to_string(idle));
    // From 3.2 on, OpenSSL's record layer keeps read and write buffers of its own for DTLS.
    constexpr bool layered = OPENSSL_VERSION_NUMBER >= 0x30200000L;
    EXPECT_LT(busy, (layered ? 100U : 60U) * 1024);
    EXPECT_LT(idle, (layered ? 80U : 40U) * 1024);
}

TEST(DtlsContext, TellsWhichSuiteIsUnknown) {
    Settings settings;
    settings.cipher_suites = {"PSK-AES128-CCM8", "PSK-ROT13"};
    const auto made = Context::make(settings);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error(), ::testing::HasSubstr("PSK-ROT13"));
}

TEST(DtlsContext, RefusesAliasesCommandsAndSuitesWithCertificates) {
    for (const char* bad : {"ALL", "PSK", "", "@SECLEVEL=5", "PSK-AES128-CCM8:ALL",
                            "ECDHE-ECDSA-AES128-CCM8", "TLS_AES_128_GCM_SHA256"}) {
        Settings settings;
        settings.cipher_suites = {bad};
        EXPECT_FALSE(Context::make(settings)) << bad;
    }
    Settings none;
    none.cipher_suites.clear();
    EXPECT_FALSE(Context::make(none));
}

}  // namespace
}  // namespace dtls::testing
