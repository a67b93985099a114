// Keys beside the record's own, certificates, guessing, and settings that change meanwhile: over
// real sockets.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/daemon_side.h"
#include "tests/net/device.h"
#include "tests/support/pki.h"

namespace net::testing {
namespace {

using bootstrap::AssociationClosed;
using bootstrap::AssociationOpened;
using bootstrap::DialFinished;
using bootstrap::NotReached;
using bootstrap::Outcome;
using ::testing::HasSubstr;
using Family = wire::IpAddress::Family;
using Transport = Device::Transport;

class Credentials : public ::testing::Test {
  protected:
    // A device that shows what is not its own; until it was refused.
    static void guess(DaemonSide& daemon, const char* from = nullptr) {
        Device device("meter-1", daemon.coaps(Family::v4), Transport::dials, {},
                      from ? wire::SocketAddress::from(from) : std::nullopt);
        device.identity = "nobody";
        device.open();
        ASSERT_TRUE(daemon.run({&device}, [&] { return !device.ended.empty(); }));
    }
    static Counters counters(const DaemonSide& daemon) { return daemon.shards->counters(); }

    Settings settings = loopback_settings();
};

// ---- keys that are not the record's own ----

TEST_F(Credentials, AnAssociationTellsWhoseItIsAndWhenItBegan) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    const auto before = wire::Clock::now();
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return !daemon.told<AssociationOpened>().empty(); }));
    const auto opened = daemon.told<AssociationOpened>()[0];
    EXPECT_EQ(opened.endpoint, "meter-1");
    EXPECT_FALSE(opened.public_key);
    EXPECT_GE(opened.began, before);
    EXPECT_LE(opened.began, wire::Clock::now());
}

TEST_F(Credentials, ADialGoesWithWhatItIsTold) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device device("meter-1", daemon.coaps(Family::v4), Transport::listens);
    device.identity = "replaced";
    device.key = model::Secret(wire::as_bytes("another key here"));
    bootstrap::Reach reach{device.socket.local(),        {},    true,
                           daemon.assignment("meter-1"), "own", {}};
    daemon.command(device.socket.local(), reach);
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(daemon.told<NotReached>()[0].final_outcome, Outcome::handshake_failed);

    const auto identity = wire::as_bytes("replaced");
    reach.session = "fresh";
    reach.dial_with = provisioning::PskCredential{
        {identity.begin(), identity.end()}, model::Secret(wire::as_bytes("another key here"))};
    daemon.command(device.socket.local(), reach);
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<DialFinished>().size() == 1; }));
    const auto finished = daemon.told<DialFinished>()[0];
    EXPECT_EQ(finished.session, "fresh");
    EXPECT_EQ(finished.endpoint, "meter-1");
    EXPECT_EQ(wire::as_text(finished.psk_identity), "replaced");
    EXPECT_TRUE(daemon.told<AssociationOpened>().empty());
}

TEST_F(Credentials, AKeyThatTheLookUpGivesComesBeforeTheRecords) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    daemon.find_by([&](const bootstrap::DeviceQuery& query) -> std::optional<bootstrap::LookedUp> {
        bootstrap::FoundDevice found{daemon.assignment("meter-1"), false};
        // A pending identity has its own key; a record's key is not that of another identity.
        if (query.value == "pending")
            found.psk_key = model::Secret(wire::as_bytes("another key here"));
        else if (query.value != "stray")
            return std::nullopt;
        return found;
    });
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.identity = "pending";
    device.key = model::Secret(wire::as_bytes("another key here"));
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_EQ(daemon.told<AssociationOpened>()[0].endpoint, "meter-1");
    EXPECT_EQ(wire::as_text(daemon.told<AssociationOpened>()[0].psk_identity), "pending");
    Device stray("meter-1", daemon.coaps(Family::v4), Transport::dials);
    stray.identity = "stray";
    stray.open();
    ASSERT_TRUE(daemon.run({&stray}, [&] { return !stray.ended.empty(); }));
    EXPECT_EQ(counters(daemon).failed(HandshakeFailure::unknown_identity), 1U);
}

// ---- public keys ----

class Certificates : public Credentials {
  protected:
    Certificates() {
        settings.dtls.certificates.push_back({server_.chain, server_.key, {}, {}});
        settings.dtls.peers.authorities.push_back(ca_.certificate);
    }
    // As the daemon's look-up says it.
    static void know(DaemonSide& daemon, bootstrap::FoundDevice::Trust trust) {
        daemon.find_by(
            [&daemon,
             trust](const bootstrap::DeviceQuery& query) -> std::optional<bootstrap::LookedUp> {
                if (!query.public_key || query.public_key->endpoint != "meter-1")
                    return bootstrap::UnknownDevice{};
                bootstrap::FoundDevice found{daemon.assignment("meter-1"), false};
                found.trust = trust;
                return found;
            });
    }
    dtls::Settings device_settings(const support::Holder& holder) const {
        dtls::Settings its;
        its.certificates.push_back({holder.chain, holder.key, {}, {}});
        its.peers.authorities.push_back(ca_.certificate);
        return its;
    }
    void shows(Device& device, const support::Holder& holder) const {
        device.use(device_settings(holder));
        device.expected.emplace().keys.push_back(crypto::sha256(server_.public_key));
    }

    support::Holder ca_ = support::self_signed(support::authority("Factory CA"));
    support::Holder server_ = support::issued_by(ca_, support::named("bs.example.com"));
    support::Holder device_ = support::issued_by(ca_, support::named("meter-1"));
};

TEST_F(Certificates, ADeviceIsServedThatIsKnownByItsCertificate) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    know(daemon, bootstrap::FoundDevice::Trust::ca);
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    shows(device, device_);
    device.ask();
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(device.has_what_it_shall());
    const auto opened = daemon.told<AssociationOpened>()[0];
    EXPECT_EQ(opened.endpoint, "meter-1");
    EXPECT_TRUE(opened.psk_identity.empty());
    ASSERT_TRUE(opened.public_key);
    EXPECT_EQ(opened.public_key->certificate, crypto::sha256(device_.certificate));
    EXPECT_EQ(opened.public_key->key, crypto::sha256(device_.public_key));
    EXPECT_TRUE(opened.public_key->verified);
}

TEST_F(Certificates, ADeviceMayAskForItselfAlone) {
    DaemonSide daemon(settings, {{"meter-1", true}, {"meter-2", true}});
    know(daemon, bootstrap::FoundDevice::Trust::ca);
    Device device("meter-2", daemon.coaps(Family::v4), Transport::dials);
    shows(device, device_);
    device.ask();
    ASSERT_TRUE(
        daemon.run({&device}, [&] { return daemon.told<bootstrap::NotAdmitted>().size() == 1; }));
    EXPECT_THAT(daemon.told<bootstrap::NotAdmitted>()[0].reason,
                HasSubstr("belongs to \"meter-1\""));
    EXPECT_TRUE(daemon.told<bootstrap::Claim>().empty());
}

TEST_F(Certificates, OneThatNobodyTrustsIsRefusedAndCounted) {
    settings.limits.failed_handshakes_per_address = 2;
    settings.limits.failed_handshake_window = std::chrono::hours(1);
    DaemonSide daemon(settings, {{"meter-1", true}});
    know(daemon, bootstrap::FoundDevice::Trust::none);
    for (const char* const name : {"meter-1", "meter-9"}) {
        Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
        shows(device, support::issued_by(ca_, support::named(name)));
        device.open();
        ASSERT_TRUE(daemon.run({&device}, [&] { return !device.ended.empty(); }));
        EXPECT_EQ(device.ended[0].ending, dtls::Ending::refused_by_peer);
    }
    EXPECT_EQ(counters(daemon).failed(HandshakeFailure::certificate), 2U);
    Device late("meter-1", daemon.coaps(Family::v4), Transport::dials);
    shows(late, device_);
    late.open();
    ASSERT_TRUE(daemon.run({&late}, [&] { return counters(daemon).dropped_guessing > 0; }));
}

// The store says "by its CA", but the chain is another CA's.
TEST_F(Certificates, OneThatIsNotVerifiedIsNotTakenForVerified) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    know(daemon, bootstrap::FoundDevice::Trust::ca);
    const auto other = support::self_signed(support::authority("Another CA"));
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    shows(device, support::issued_by(other, support::named("meter-1")));
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return !device.ended.empty(); }));
    EXPECT_TRUE(daemon.told<AssociationOpened>().empty());
    EXPECT_EQ(counters(daemon).failed(HandshakeFailure::certificate), 1U);
}

TEST_F(Certificates, ADeviceIsDialledByItsCertificate) {
    DaemonSide daemon(settings, {{"meter-1", true}});
    const auto known = daemon.assignment("meter-1");
    auto record = std::make_shared<provisioning::Device>(*known.device);
    record->credentials.psk.reset();
    record->credentials.x509.emplace().certificates.push_back(crypto::sha256(device_.certificate));
    const auto reach = [&](Device& device, const char* session) {
        bootstrap::Reach what{device.socket.local(),   {},      true,
                              {record, known.profile}, session, {}};
        what.by_public_key = true;
        daemon.command(device.socket.local(), what);
    };
    Device device("meter-1", daemon.coaps(Family::v4), Transport::listens);
    device.use(device_settings(device_));
    device.trusts = dtls::Trust::authority;
    reach(device, "right");
    ASSERT_TRUE(daemon.run({&device}, [&] { return daemon.told<DialFinished>().size() == 1; }));
    EXPECT_TRUE(daemon.told<DialFinished>()[0].psk_identity.empty());

    Device other("meter-1", daemon.coaps(Family::v4), Transport::listens);
    other.use(device_settings(support::issued_by(ca_, support::named("meter-1"))));
    other.trusts = dtls::Trust::authority;
    reach(other, "wrong");
    ASSERT_TRUE(daemon.run({&other}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(daemon.told<NotReached>()[0].session, "wrong");
    EXPECT_EQ(daemon.told<NotReached>()[0].final_outcome, Outcome::handshake_failed);
}

// ---- guessing ----

TEST_F(Credentials, WhoGuessesTooOftenIsHeldOff) {
    settings.limits.failed_handshakes_per_address = 3;
    settings.limits.failed_handshake_window = std::chrono::hours(1);
    DaemonSide daemon(settings, {{"meter-1", true}});
    for (int i = 0; i < 3; ++i) guess(daemon);
    EXPECT_EQ(counters(daemon).failed(HandshakeFailure::unknown_identity), 3U);
    EXPECT_EQ(counters(daemon).handshakes_failed, 3U);
    EXPECT_EQ(counters(daemon).dropped_guessing, 0U);

    // Even one who has the key now, from whichever port; not from another address.
    Device late("meter-1", daemon.coaps(Family::v4), Transport::dials);
    late.open();
    ASSERT_TRUE(daemon.run({&late}, [&] { return counters(daemon).dropped_guessing > 0; }));
    EXPECT_FALSE(late.is_established());
    EXPECT_EQ(counters(daemon).peers, 0U);
    EXPECT_EQ(daemon.lookups(), 3U);
    Device other("meter-1", daemon.coaps(Family::v4), Transport::dials, {},
                 wire::SocketAddress::from("127.0.0.2:0"));
    other.open();
    ASSERT_TRUE(daemon.run({&other}, [&] { return other.is_established(); }));
}

TEST_F(Credentials, WhoProvesItselfIsForgiven) {
    settings.limits.failed_handshakes_per_address = 3;
    DaemonSide daemon(settings, {{"meter-1", true}});
    for (int i = 0; i < 2; ++i) guess(daemon);
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.is_established(); }));
    for (int i = 0; i < 2; ++i) guess(daemon);
    EXPECT_EQ(counters(daemon).dropped_guessing, 0U);
}

TEST_F(Credentials, APrefixIsHeldOffAsAWhole) {
    settings.limits.failed_handshakes_per_prefix = 3;
    settings.limits.failed_handshake_window = std::chrono::hours(1);
    DaemonSide daemon(settings, {{"meter-1", true}});
    for (const char* from : {"127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0"}) guess(daemon, from);
    Device neighbour("meter-1", daemon.coaps(Family::v4), Transport::dials, {},
                     wire::SocketAddress::from("127.0.0.5:0"));
    neighbour.open();
    ASSERT_TRUE(daemon.run({&neighbour}, [&] { return counters(daemon).dropped_guessing > 0; }));
    Device elsewhere("meter-1", daemon.coaps(Family::v4), Transport::dials, {},
                     wire::SocketAddress::from("127.0.1.5:0"));
    elsewhere.open();
    ASSERT_TRUE(daemon.run({&elsewhere}, [&] { return elsewhere.is_established(); }));
}

TEST_F(Credentials, AWrongKeyIsAGuessToo) {
    settings.limits.failed_handshakes_per_address = 1;
    settings.limits.failed_handshake_window = std::chrono::hours(1);
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device wrong("meter-1", daemon.coaps(Family::v4), Transport::dials);
    wrong.key = model::Secret(wire::as_bytes("not the key of it"));
    wrong.open();
    ASSERT_TRUE(daemon.run(
        {&wrong}, [&] { return counters(daemon).failed(HandshakeFailure::wrong_key) == 1; }));
    Device late("meter-1", daemon.coaps(Family::v4), Transport::dials);
    late.open();
    ASSERT_TRUE(daemon.run({&late}, [&] { return counters(daemon).dropped_guessing > 0; }));
}

TEST_F(Credentials, ADialThatIsRefusedIsNoGuess) {
    settings.limits.failed_handshakes_per_address = 1;
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device listens("meter-1", daemon.coaps(Family::v4), Transport::listens);
    listens.identity = "somebody else";
    daemon.reach(listens.socket.local(), true, "meter-1", "refused");
    ASSERT_TRUE(daemon.run({&listens}, [&] { return daemon.told<NotReached>().size() == 1; }));
    EXPECT_EQ(counters(daemon).handshakes_failed, 1U);
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.is_established(); }));
    EXPECT_EQ(counters(daemon).dropped_guessing, 0U);
}

// ---- reload ----

TEST_F(Credentials, NewSettingsAreForNewAssociations) {
    settings.dtls.cipher_suites = {"PSK-AES128-CCM8"};
    DaemonSide daemon(settings, {{"meter-1", true}});
    Device before("meter-1", daemon.coaps(Family::v4), Transport::dials);
    before.open();
    ASSERT_TRUE(daemon.run({&before}, [&] { return before.is_established(); }));
    EXPECT_EQ(before.connection->cipher_suite(), "PSK-AES128-CCM8");

    dtls::Settings other = settings.dtls;
    other.cipher_suites = {"PSK-AES128-GCM-SHA256"};
    ASSERT_TRUE(daemon.shards->reconfigure_dtls(other));
    Device after("meter-1", daemon.coaps(Family::v6), Transport::dials);
    after.open();
    ASSERT_TRUE(daemon.run({&after}, [&] { return after.is_established(); }));
    EXPECT_EQ(after.connection->cipher_suite(), "PSK-AES128-GCM-SHA256");

    // The old one lives on.
    before.ask();
    ASSERT_TRUE(daemon.run({&before}, [&] { return daemon.ended(Outcome::finished) == 1; }));
    EXPECT_TRUE(daemon.told<AssociationClosed>().empty());
}

TEST_F(Credentials, SettingsThatAreOfNoUseChangeNothing) {
    settings.dtls.cipher_suites = {"PSK-AES128-CCM8"};
    DaemonSide daemon(settings, {{"meter-1", true}});
    dtls::Settings wrong = settings.dtls;
    wrong.cipher_suites = {"no such suite"};
    const auto refused = daemon.shards->reconfigure_dtls(wrong);
    ASSERT_TRUE(refused.has_error());
    EXPECT_THAT(refused.error(), HasSubstr("no such suite"));
    Device device("meter-1", daemon.coaps(Family::v4), Transport::dials);
    device.open();
    ASSERT_TRUE(daemon.run({&device}, [&] { return device.is_established(); }));
    EXPECT_EQ(device.connection->cipher_suite(), "PSK-AES128-CCM8");
}

}  // namespace
}  // namespace net::testing
