#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "provisioning/fleet.h"
#include "server/daemon_keys.h"
#include "tests/http/fake_store.h"
#include "tests/outbound/test_server.h"
#include "tests/support/seeded_random.h"

namespace {

namespace asio = boost::asio;
using bootstrap::Outcome;
using bootstrap::PreparationRefused;
using bootstrap::Prepared;
using bootstrapd::CredentialNews;
using bootstrapd::KeyDesk;
using bootstrapd::Profiles;
using provisioning::IssuedPointer;
using provisioning::Keyring;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Reply = TestServer::Reply;
using Request = TestServer::Request;

constexpr const char* sharing = R"({"name": "meter", "enabler": "1.1", "servers": [
    {"shortServerId": 101, "uri": "coaps://dm.example:5684", "keyShare": "eu",
     "security": {"mode": "psk", "identity": "${endpoint}", "key": "${secret:dm}"}}],
    "bootstrapAccount": {"keys": "replace", "gracePeriod": 60}})";

class DaemonKeys : public testing::Test {
  protected:
    DaemonKeys() {
        profile = parse(sharing);
        // Fitted to settings that name "eu".
        set_profile(profile);
    }

    static std::shared_ptr<provisioning::Profile> parse(const std::string& text) {
        document::Problems problems;
        const auto json = document::parse(text, "p.json", problems);
        auto read =
            provisioning::parse_profile(document::Node(*json, "p.json", "", problems), "p.json");
        if (!read) throw std::invalid_argument(to_string(problems.at(0)));
        return std::make_shared<provisioning::Profile>(std::move(*read));
    }
    void set_profile(const std::shared_ptr<provisioning::Profile>& what) {
        document::Problems problems;
        auto set = std::make_shared<provisioning::ProfileSet>(
            std::make_shared<model::Definitions>(model::Definitions::built_in()));
        set->add({what, "", 0}, problems);
        profiles.set(set);
    }
    static provisioning::Device device(const std::string& endpoint = "meter-1") {
        provisioning::Device made{
            *model::EndpointName::from(endpoint), "", "", "meter", {}, {}, {}, {}};
        made.credentials.psk = provisioning::PskCredential{
            wire::Bytes(endpoint.begin(), endpoint.end()), model::Secret(wire::Bytes(16, 1))};
        return made;
    }
    void share_with(const std::string& url) {
        sharer.reconfigure({{"eu",
                             *wire::HttpUrl::from(url),
                             model::Secret(wire::as_bytes("share-secret")),
                             {},
                             std::chrono::seconds(5),
                             1}});
    }
    Prepared prepare() {
        bootstrap::PreparationWanted wanted;
        wanted.peer = {3, 7};
        wanted.session = "s-1";
        wanted.assignment = {std::make_shared<provisioning::Device>(device()), profile};
        std::optional<Prepared> answer;
        desk->prepare(std::move(wanted), [&](Prepared prepared) { answer = std::move(prepared); });
        EXPECT_TRUE(run_until(context, [&] { return answer.has_value(); }));
        EXPECT_EQ(answer->session, "s-1");
        EXPECT_EQ(answer->peer.shard, 3);
        EXPECT_EQ(desk->under_way(), 0U);
        return std::move(*answer);
    }
    static PreparationRefused refusal(const Prepared& prepared) {
        const auto* refused = std::get_if<PreparationRefused>(&prepared.preparation);
        EXPECT_TRUE(refused) << "it was made";
        return refused ? *refused : PreparationRefused{};
    }
    void keep_record(Keyring keyring) {
        auto record = std::make_shared<store::DeviceRecord>(store::DeviceRecord{device()});
        record->state.keyring = std::move(keyring);
        kept.devices["meter-1"] = record;
    }
    void turn() {
        context.restart();
        context.poll();
    }

    asio::io_context context;
    FakeStore kept;
    Profiles profiles{kept, [](std::function<void()> what) { what(); }};
    outbound::Client client{context};
    outbound::KeySharer sharer{context, client};
    support::SeededRandom random{1};
    http::Events events{"boot"};
    journal::Journal journal{journal::Level::error, journal::Format::text};
    std::vector<std::string> hooks;
    unsigned woken = 0;
    CredentialNews news{CredentialNews::Parts{context, kept, random, events, journal,
                                              [this](std::string_view) { return hooks; },
                                              [this] { ++woken; }}};
    std::vector<std::string> changed;
    std::optional<KeyDesk> desk{
        KeyDesk::Parts{context, kept, profiles, sharer, random, journal, news,
                       [this](const std::string& endpoint) { changed.push_back(endpoint); }}};
    std::shared_ptr<provisioning::Profile> profile;
};

TEST_F(DaemonKeys, AreKeptThenSharedThenGiven) {
    std::vector<std::string> order;
    TestServer server(context, [&](const Request&) {
        EXPECT_EQ(kept.orders.size(), 1U) << "told before it was kept";
        EXPECT_TRUE(kept.shared.empty());
        return Reply{TestServer::ok("", 204)};
    });
    share_with(server.url());
    hooks = {"ops"};
    const Prepared prepared = prepare();
    const auto* issued = std::get_if<IssuedPointer>(&prepared.preparation);
    ASSERT_TRUE(issued);
    const auto& secret = (*issued)->secrets.at("dm");
    EXPECT_EQ(secret.octets.size(), 16U);
    ASSERT_TRUE((*issued)->replacement);
    EXPECT_EQ((*issued)->replacement->identity.size(), 24U);
    EXPECT_EQ((*issued)->replacement->key.size(), 16U);

    ASSERT_EQ(server.requests().size(), 1U);
    const auto told = nlohmann::json::parse(server.requests()[0].body);
    EXPECT_EQ(told["data"]["endpoint"], "meter-1");
    EXPECT_EQ(told["data"]["shortServerId"], 101);
    EXPECT_EQ(told["data"]["uri"], "coaps://dm.example:5684");
    EXPECT_EQ(told["data"]["mode"], "psk");
    EXPECT_EQ(told["data"]["identity"], "meter-1");
    // What the device will be given, and nothing of its account with this server.
    EXPECT_EQ(told["data"]["key"], wire::to_hex(secret.octets.reveal()));
    EXPECT_THAT(server.requests()[0].body,
                Not(HasSubstr(wire::to_hex((*issued)->replacement->key.reveal()))));
    EXPECT_EQ(kept.orders[0].session, "s-1");
    EXPECT_TRUE(kept.orders[0].replacement);
    EXPECT_FALSE(kept.orders[0].record);
    ASSERT_EQ(kept.shared.size(), 1U);
    EXPECT_EQ(kept.shared[0].first, "meter-1");
    EXPECT_THAT(kept.shared[0].second, ElementsAre("dm"));
    EXPECT_EQ(desk->counters().prepared, 1U);

    // The webhook is told of the identity alone.
    turn();
    ASSERT_EQ(kept.told.size(), 1U);
    EXPECT_EQ(kept.told[0].kind, "credential.pending");
    const std::string identity(wire::as_text((*issued)->replacement->identity));
    EXPECT_THAT(kept.told[0].body, HasSubstr(identity));
    EXPECT_THAT(kept.told[0].body,
                Not(HasSubstr(wire::to_hex((*issued)->replacement->key.reveal()))));
    EXPECT_EQ(woken, 1U);
}

TEST_F(DaemonKeys, AreNotGivenWhereNobodyTakesThem) {
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok("", 503)}; });
    share_with(server.url());
    const auto refused = refusal(prepare());
    EXPECT_EQ(refused.outcome, Outcome::key_share_refused);
    EXPECT_THAT(refused.reason, HasSubstr("it answered 503"));
    EXPECT_TRUE(kept.shared.empty());
    EXPECT_EQ(desk->counters().refused, 1U);
}

TEST_F(DaemonKeys, AreNotGivenWhereTheSettingsNameNobody) {
    const auto refused = refusal(prepare());
    EXPECT_EQ(refused.outcome, Outcome::key_share_refused);
    EXPECT_THAT(refused.reason, HasSubstr("no key share \"eu\""));
}

TEST_F(DaemonKeys, AreNotGivenWhatTheStoreDoesNotKeep) {
    kept.error = store::Error{store::Errc::disk_full, "the disk is full"};
    const auto refused = refusal(prepare());
    EXPECT_EQ(refused.outcome, Outcome::interrupted);
    EXPECT_THAT(refused.reason, HasSubstr("the disk is full"));
}

TEST_F(DaemonKeys, AreNotGivenToADeviceWithoutARecord) {
    kept.issue_answer = store::NotThere{};
    EXPECT_EQ(refusal(prepare()).outcome, Outcome::interrupted);
}

TEST_F(DaemonKeys, TryAnotherIdentityWhereOneIsTaken) {
    kept.issue_answer = store::IdentityTaken{};
    EXPECT_THAT(refusal(prepare()).reason, HasSubstr("another device's"));
    ASSERT_EQ(kept.orders.size(), 3U);
    EXPECT_NE(kept.orders[0].fresh.identity, kept.orders[1].fresh.identity);
}

TEST_F(DaemonKeys, TellNobodyOfWhatWasToldBefore) {
    provisioning::Issued issued;
    issued.secrets["dm"] = {
        provisioning::WantedSecret::Kind::octets, model::Secret(wire::Bytes(16, 9)), {}, true};
    kept.issue_answer = store::IssueResult(issued);
    const Prepared prepared = prepare();
    ASSERT_TRUE(std::holds_alternative<IssuedPointer>(prepared.preparation));
    EXPECT_TRUE(kept.shared.empty());
}

TEST_F(DaemonKeys, MakeARecordOfAFleetsDevice) {
    const provisioning::Fleet fleet({{model::Secret(wire::Bytes(32, 5)), "meter", "*"}}, {});
    bootstrap::PreparationWanted wanted;
    wanted.session = "s-2";
    wanted.assignment = {fleet.by_endpoint("meter-9"), profile};
    bool came = false;
    desk->prepare(std::move(wanted), [&](const Prepared&) { came = true; });
    EXPECT_TRUE(run_until(context, [&] { return came; }));
    ASSERT_EQ(kept.orders.size(), 1U);
    ASSERT_TRUE(kept.orders[0].record);
    EXPECT_EQ(kept.orders[0].record->endpoint.text(), "meter-9");
    EXPECT_FALSE(provisioning::is_of_fleet(*kept.orders[0].record));
    EXPECT_TRUE(kept.orders[0].record->credentials.psk);
}

TEST_F(DaemonKeys, AnswerNobodyAfterTheDeskHasGone) {
    bool came = false;
    bootstrap::PreparationWanted wanted;
    wanted.session = "s-3";
    wanted.assignment = {std::make_shared<provisioning::Device>(device()), profile};
    desk->prepare(std::move(wanted), [&](const Prepared&) { came = true; });
    desk.reset();
    turn();
    EXPECT_FALSE(came);
}

// ---- proofs ----

Keyring with_pending() {
    provisioning::AccountKey pending;
    pending.state = provisioning::AccountKey::State::pending;
    pending.psk = {wire::Bytes{'n', 'e', 'w'}, model::Secret(wire::Bytes(16, 2))};
    pending.generated = true;
    return Keyring({pending});
}

TEST_F(DaemonKeys, AreProvedByAHandshake) {
    keep_record(with_pending());
    kept.proved = Keyring::Proved::promoted;
    hooks = {"ops"};
    const auto before = std::chrono::system_clock::now();
    desk->proved("meter-1", {'n', 'e', 'w'}, wire::Clock::now() - std::chrono::seconds(5));
    EXPECT_TRUE(run_until(context, [&] { return !changed.empty(); }));
    ASSERT_EQ(kept.proofs.size(), 1U);
    EXPECT_EQ(kept.proofs[0].endpoint, "meter-1");
    EXPECT_EQ(kept.proofs[0].identity, (wire::Bytes{'n', 'e', 'w'}));
    EXPECT_EQ(kept.proofs[0].grace, std::chrono::seconds(60));
    // When the handshake began, which the session that wrote the key must have ended before.
    EXPECT_LE(kept.proofs[0].began, before - std::chrono::seconds(4));
    EXPECT_THAT(changed, ElementsAre("meter-1"));
    EXPECT_EQ(desk->counters().promoted, 1U);
    EXPECT_TRUE(run_until(context, [&] { return !kept.told.empty(); }));
    EXPECT_EQ(kept.told[0].kind, "credential.promoted");
}

// Else what was proved would be written once more, and the proof be too old.
TEST_F(DaemonKeys, WaitForWhatTheDeviceHasJustProved) {
    keep_record(with_pending());
    TestServer server(context, [](const Request&) { return Reply{TestServer::ok()}; });
    share_with(server.url());
    desk->proved("meter-1", {'n', 'e', 'w'}, wire::Clock::now());
    bootstrap::PreparationWanted wanted;
    wanted.session = "s-4";
    wanted.assignment = {std::make_shared<provisioning::Device>(device()), profile};
    bool came = false;
    desk->prepare(std::move(wanted), [&](const Prepared&) { came = true; });
    EXPECT_TRUE(kept.orders.empty());
    EXPECT_TRUE(run_until(context, [&] { return came; }));
    EXPECT_EQ(kept.proofs.size(), 1U);
    EXPECT_EQ(kept.orders.size(), 1U);
}

TEST_F(DaemonKeys, RaiseAnAlarmWhereAReplacedOneComesBack) {
    keep_record(with_pending());
    kept.proved = Keyring::Proved::returned;
    hooks = {"ops"};
    desk->proved("meter-1", {'n', 'e', 'w'}, wire::Clock::now());
    EXPECT_TRUE(run_until(context, [&] { return !kept.told.empty(); }));
    EXPECT_EQ(kept.told[0].kind, "credential.returned");
    EXPECT_EQ(desk->counters().returned, 1U);
}

TEST_F(DaemonKeys, AskNothingOfTheStoreForADeviceWithItsRecordsKeyAlone) {
    keep_record({});
    desk->proved("meter-1", {'m'}, wire::Clock::now());
    turn();
    desk->proved("stranger", {'m'}, wire::Clock::now());
    desk->proved("meter-1", {}, wire::Clock::now());
    turn();
    EXPECT_TRUE(kept.proofs.empty());
}

}  // namespace
