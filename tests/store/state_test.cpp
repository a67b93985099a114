#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "provisioning/store/state_document.h"
#include "provisioning/store/transfer.h"
#include "tests/store/database.h"
#include "tests/store/sqlite_site.h"
#include "tests/support/seeded_random.h"

// What is kept of devices beside their documents, in SQLite.
namespace store_test {
namespace {

using provisioning::AccountKey;
using provisioning::Keyring;
using provisioning::PskCredential;
using std::chrono::seconds;
using store::DeviceState;
using store::KeyKind;
using store::Store;
using store::WallTime;

constexpr const char* first = "dev-0000000000";

PskCredential psk(const std::string& identity, const std::string& key) {
    const auto octets = wire::as_bytes(identity);
    return {{octets.begin(), octets.end()}, model::Secret(wire::as_bytes(key))};
}

WallTime now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

TEST(StateDocument, ReadsBackWhatItWrote) {
    DeviceState state;
    AccountKey pending;
    pending.state = AccountKey::State::pending;
    pending.psk = psk(std::string("\0\xFF", 2), "k1");
    pending.generated = true;
    pending.session = "s-1";
    pending.session_ended = at(12);
    pending.instance = model::InstanceId{3};
    pending.replaces = model::InstanceId{0};
    AccountKey retired;
    retired.state = AccountKey::State::retired;
    retired.psk = psk("own", "k2");
    retired.until = at(-5);
    AccountKey current;
    current.psk = psk("c", "k3");
    state.keyring = Keyring({retired, current, pending}, true);
    auto& octets = state.secrets["dm"];
    octets.octets = model::Secret(wire::Bytes{1, 2, 3});
    octets.shared = true;
    auto& pair = state.secrets["pair"];
    pair.kind = provisioning::WantedSecret::Kind::key_pair;
    pair.octets = model::Secret(wire::Bytes{4});
    pair.public_key = {5, 6};
    state.account_expires = at(1'700'000'000'000);
    state.to_purge = {0, 65534};

    const auto text = store::to_text(state);
    const auto read = store::parse_state(text);
    ASSERT_TRUE(read);
    EXPECT_TRUE(store::to_text(*read).equals(text));
    ASSERT_EQ(read->keyring.keys().size(), 3U);
    const AccountKey& last = read->keyring.keys()[2];
    EXPECT_EQ(last.state, AccountKey::State::pending);
    EXPECT_EQ(last.psk.identity, pending.psk.identity);
    EXPECT_TRUE(last.psk.key.equals(pending.psk.key));
    EXPECT_TRUE(last.generated);
    EXPECT_EQ(last.session, "s-1");
    EXPECT_EQ(last.session_ended, at(12));
    EXPECT_EQ(last.instance, model::InstanceId{3});
    EXPECT_EQ(last.replaces, model::InstanceId{0});
    EXPECT_EQ(read->keyring.keys()[0].until, at(-5));
    EXPECT_FALSE(read->keyring.keys()[1].until);
    EXPECT_TRUE(read->keyring.rotation_ordered());
    EXPECT_TRUE(read->secrets.at("dm").shared);
    EXPECT_EQ(read->secrets.at("pair").public_key, pair.public_key);
    EXPECT_EQ(read->account_expires, state.account_expires);
    EXPECT_EQ(read->to_purge, state.to_purge);
}

TEST(StateDocument, IsEmptyWhereNothingIsKept) {
    EXPECT_TRUE(store::is_empty({}));
    const auto read = store::parse_state(store::to_text({}));
    ASSERT_TRUE(read);
    EXPECT_TRUE(store::is_empty(*read));
    DeviceState ordered;
    ordered.keyring.order_rotation();
    EXPECT_FALSE(store::is_empty(ordered));
}

TEST(StateDocument, ReadsNothingElse) {
    for (const char* wrong :
         {"", "[]", "1", R"({"keys": 1})", R"({"keys": [1]})", R"({"keys": [{}]})",
          R"({"keys": [{"state": "lost", "identity": "00", "key": "00"}]})",
          R"({"keys": [{"state": "current", "identity": "0", "key": "00"}]})",
          R"({"keys": [{"state": "current", "identity": "00", "key": "00", "until": "x"}]})",
          R"({"keys": [{"state": "current", "identity": "00", "key": "00", "instance": 65536}]})",
          R"({"rotationOrdered": 1})", R"({"secrets": {"a": {"kind": "octets"}}})",
          R"({"secrets": [1]})", R"({"accountExpires": 1.5})", R"({"toPurge": [-1]})"})
        EXPECT_FALSE(
            store::parse_state(model::Secret(wire::as_bytes(wrong), model::Secret::Kind::text)))
            << wrong;
}

class KeptState : public testing::Test {
  protected:
    KeptState() { options_.file = folder_ / "test.db"; }

    static void fill(Store& store, std::size_t devices) {
        std::vector<provisioning::DeviceChange> changes;
        for (std::size_t i = 0; i < devices; ++i) changes.push_back(change_of(numbered(i)));
        ASSERT_TRUE(ask<std::vector<store::PutResult>>(
            [&](auto then) { store.import_devices(changes, by("t"), then); }));
    }
    static void issue(Store& store, std::size_t number, const std::string& session = "s1") {
        store::IssueOrder order;
        order.endpoint = device_of(numbered(number)).endpoint.text();
        order.session = session;
        order.replacement = true;
        order.fresh = psk("new-" + std::to_string(number), "made-key-" + std::to_string(number));
        auto& secret = order.made["dm"];
        secret.octets = model::Secret(wire::as_bytes("made-secret"));
        const auto issued = ask<store::IssueResult>([&](auto then) { store.issue(order, then); });
        ASSERT_TRUE(issued && is<provisioning::Issued>(*issued));
    }
    static void promote(Store& store, std::size_t number, seconds grace) {
        auto row = session_row("s1", device_of(numbered(number)).endpoint.text());
        row.ended = now() - seconds(10);
        ASSERT_TRUE(ask<void>([&](auto then) { store.end_session(row, {}, then); }));
        store::CredentialProof proof{
            row.endpoint, psk("new-" + std::to_string(number), "").identity, now(), grace};
        const auto proved =
            ask<Keyring::Proved>([&](auto then) { store.credential_proved(proof, then); });
        ASSERT_TRUE(proved && *proved == Keyring::Proved::promoted);
    }
    static store::DevicePointer by_identity(Store& store, const std::string& identity) {
        const auto found = ask<store::DevicePointer>([&](auto then) {
            store.find_device({KeyKind::psk_identity, identity}, then);
        });
        return found ? *found : nullptr;
    }
    static std::string key_of(Store& store, const std::string& identity) {
        const auto device = by_identity(store, identity);
        if (!device) return "(nobody)";
        const auto key = device->state.keyring.key_of(device->device.credentials,
                                                      wire::as_bytes(identity), now());
        return key ? std::string(wire::as_text(key->reveal())) : "(none)";
    }

    Folder folder_;
    support::SeededRandom random_{5};
    store::SqliteOptions options_ = options_with();
};

TEST_F(KeptState, ComesToADatabaseThatHasNoneYet) {
    fill(*open(options_), 3);
    // As version 1 left it.
    sql(options_.file,
        "DROP TABLE device_state; DROP TRIGGER state_follows; PRAGMA user_version = 1");
    const auto store = open(options_);
    EXPECT_EQ(key_of(*store, "id-0000000002"), "key-0000000002");
    issue(*store, 2);
    EXPECT_EQ(key_of(*store, "new-2"), "made-key-2");
    EXPECT_EQ(sql(options_.file, "SELECT count(*) FROM devices"), "3");
    EXPECT_EQ(sql(options_.file, "PRAGMA user_version"), "2");
    EXPECT_EQ(inconsistencies(options_.file), "");
}

TEST_F(KeptState, IsThatOfTheSessionsBeforeTheRestart) {
    {
        const auto store = open(options_);
        fill(*store, 2);
        issue(*store, 0);
        EXPECT_FALSE(by_identity(*store, "new-0")->state.keyring.pending()->session_ended);
    }
    const WallTime before = now();
    const auto store = open(options_);
    const auto ended = by_identity(*store, "new-0")->state.keyring.pending()->session_ended;
    ASSERT_TRUE(ended);
    EXPECT_GE(*ended, before);
    EXPECT_LE(*ended, now());
}

TEST_F(KeptState, LosesRetiredKeysWhoseTimeIsOver) {
    const auto store = open(options_);
    fill(*store, 1);
    issue(*store, 0);
    promote(*store, 0, seconds(0));
    EXPECT_EQ(key_of(*store, "id-0000000000"), "(none)");
    // The record still declares it: not until that changes.
    EXPECT_TRUE(by_identity(*store, "id-0000000000"));
    ASSERT_TRUE(ask<store::PutResult>([&](auto then) {
        store->put_device(change_of(R"({"endpoint": "dev-0000000000"})"), {}, by("t"), then);
    }));
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (by_identity(*store, "id-0000000000") && std::chrono::steady_clock::now() < patience)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_FALSE(by_identity(*store, "id-0000000000"));
    EXPECT_EQ(key_of(*store, "new-0"), "made-key-0");
    EXPECT_EQ(by_identity(*store, "new-0")->state.keyring.keys().size(), 1U);
}

TEST_F(KeptState, IsWrappedByTheNewMasterKeyToo) {
    {
        const auto store = open(options_);
        fill(*store, 600);  // more than a chunk
        for (const std::size_t number : {0U, 7U, 599U}) issue(*store, number);
    }
    options_.keys = {master_key(2), master_key(1)};
    const auto wrapped = store::rewrap(options_, random_);
    ASSERT_TRUE(wrapped) << wrapped.error();
    EXPECT_EQ(*wrapped, 603U);
    EXPECT_EQ(inconsistencies(options_.file), "");
    options_.keys = {master_key(2)};
    const auto store = open(options_);
    for (const std::string number : {"0", "7", "599"})
        EXPECT_EQ(key_of(*store, "new-" + number), "made-key-" + number);
}

TEST_F(KeptState, IsInDumpsAndComesOutOfThem) {
    {
        const auto store = open(options_);
        fill(*store, 2);
        issue(*store, 0);
        promote(*store, 0, seconds(1000));
    }
    std::ostringstream out;
    ASSERT_TRUE(store::dump(options_, out));
    EXPECT_EQ(out.str().find("made-key"), std::string::npos);
    store::SqliteOptions to = options_with(9);
    to.keys.push_back(master_key(1));
    to.file = folder_ / "to.db";
    std::istringstream in(out.str());
    const auto loaded = store::load(to, in, random_);
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(inconsistencies(to.file), "");
    to.keys = {master_key(9)};
    const auto store = open(to);
    EXPECT_EQ(key_of(*store, "new-0"), "made-key-0");
    EXPECT_EQ(key_of(*store, "id-0000000000"), "key-0000000000");
    EXPECT_EQ(by_identity(*store, "new-0")->state.keyring.current()->psk.identity,
              psk("new-0", "").identity);
    EXPECT_EQ(by_identity(*store, "new-0")->state.secrets.size(), 1U);
}

TEST_F(KeptState, StaysWhereAnOldDumpTellsNothingOfIt) {
    fill(*open(options_), 2);
    std::ostringstream out;
    ASSERT_TRUE(store::dump(options_, out));
    std::string text = out.str();
    const std::string version = "\"version\":2";
    text.replace(text.find(version), version.size(), "\"version\":1");
    issue(*open(options_), 0);
    std::istringstream in(text);
    const auto loaded = store::load(options_, in, random_);
    ASSERT_TRUE(loaded) << loaded.error();
    const auto store = open(options_);
    EXPECT_EQ(key_of(*store, "new-0"), "made-key-0");
    EXPECT_EQ(key_of(*store, "id-0000000000"), "key-0000000000");
    EXPECT_EQ(inconsistencies(options_.file), "");
}

TEST_F(KeptState, IsNotServedToAnotherDevice) {
    {
        const auto store = open(options_);
        fill(*store, 2);
        issue(*store, 0);
    }
    sql(options_.file, "UPDATE device_state SET device = 2");
    const auto store = open(options_);
    const auto found = ask<store::DevicePointer>([&](auto then) {
        store->find_device({KeyKind::endpoint, "dev-0000000001"}, then);
    });
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().text.find("does not open"), std::string::npos);
}

TEST_F(KeptState, IsInNoFileAsItIs) {
    {
        const auto store = open(options_);
        fill(*store, 1);
        issue(*store, 0);
    }
    issue(*open(options_), 0);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        const wire::Bytes octets = octets_of(entry.path());
        const std::string text(octets.begin(), octets.end());
        for (const std::string& secret : {std::string("made-key"), std::string("made-secret"),
                                          wire::to_hex(wire::as_bytes("made-key")),
                                          wire::to_hex(wire::as_bytes("made-secret"))})
            EXPECT_EQ(text.find(secret), std::string::npos) << entry.path();
    }
}

TEST_F(KeptState, IsGoneWithItsDevice) {
    const auto store = open(options_);
    fill(*store, 2);
    issue(*store, 0);
    issue(*store, 1);
    ASSERT_TRUE(ask<store::RemoveResult>(
        [&](auto then) { store->remove_device(first, {}, by("t"), then); }));
    EXPECT_EQ(sql(options_.file, "SELECT count(*) FROM device_state"), "1");
    EXPECT_EQ(inconsistencies(options_.file), "");
}

}  // namespace
}  // namespace store_test
