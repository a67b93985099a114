#include <algorithm>

#include "tests/store/contract.h"

namespace store_test {
namespace {

using provisioning::AccountKey;
using provisioning::GeneratedSecret;
using provisioning::Issued;
using provisioning::Keyring;
using provisioning::PskCredential;
using provisioning::WantedSecret;
using std::chrono::seconds;
using store::IdentityTaken;
using store::IssueOrder;
using store::IssueResult;
using store::KeyKind;
using store::NotThere;
using store::Stored;
using store::Twin;
using store::WallTime;
using Proved = Keyring::Proved;

constexpr const char* with_psk =
    R"({"endpoint": "a", "credentials": {"psk": {"identity": "own", "key": "text:own key"}}})";

PskCredential psk(const std::string& identity) {
    const auto octets = wire::as_bytes(identity);
    return {{octets.begin(), octets.end()}, model::Secret(wire::as_bytes("key of " + identity))};
}

GeneratedSecret octets(const std::string& text) {
    GeneratedSecret secret;
    secret.octets = model::Secret(wire::as_bytes(text));
    return secret;
}

std::string text(const model::Secret& secret) {
    return std::string(wire::as_text(secret.reveal()));
}
std::string text(const wire::Bytes& bytes) {
    return std::string(wire::as_text(bytes));
}

WallTime now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

class ContractOfIssue : public Contract {
  protected:
    IssueResult issue(IssueOrder order) {
        auto result = ask<IssueResult>([&](auto then) { store_->issue(order, then); });
        if (!result) throw std::runtime_error(result.error().text);
        return std::move(*result);
    }
    // A replacement for "a", by the session.
    IssueResult replace(const std::string& identity, const std::string& session = "s1") {
        IssueOrder order;
        order.endpoint = "a";
        order.session = session;
        order.replacement = true;
        order.fresh = psk(identity);
        return issue(std::move(order));
    }
    Proved prove(const std::string& identity, WallTime began,
                 std::optional<seconds> grace = seconds(1000)) {
        auto result = ask<Proved>([&](auto then) {
            store_->credential_proved({"a", psk(identity).identity, began, grace}, then);
        });
        if (!result) throw std::runtime_error(result.error().text);
        return *result;
    }
    store::RotationOrdered rotate(store::RotationOrder order) {
        auto result = ask<store::RotationOrdered>(
            [&](auto then) { store_->order_rotation(std::move(order), by("t", "rotate"), then); });
        if (!result) throw std::runtime_error(result.error().text);
        return std::move(*result);
    }
    void end_of(const std::string& session, WallTime ended, store::AccountChange change = {},
                const std::string& outcome = "finished") {
        auto row = session_row(session, "a", outcome);
        row.ended = ended;
        row.account = std::move(change);
        end(row);
    }
    std::string key_of(const std::string& identity, WallTime when = now()) {
        const auto device = find(KeyKind::psk_identity, identity);
        if (!device) return "nobody's";
        const auto key = device->state.keyring.key_of(device->device.credentials,
                                                      wire::as_bytes(identity), when);
        return key ? text(*key) : "none";
    }
    // In "a": the keys' identities, each with its state.
    std::string keys() {
        std::string all;
        for (const AccountKey& key : find("a")->state.keyring.keys()) {
            all += all.empty() ? "" : " ";
            all += text(key.psk.identity);
            switch (key.state) {
                case AccountKey::State::pending:
                    all += key.session_ended ? "=pending" : "=pending!";
                    break;
                case AccountKey::State::current:
                    all += "=current";
                    break;
                case AccountKey::State::retired:
                    all += "=retired";
                    break;
            }
        }
        return all;
    }
    // "new" has replaced "own".
    void promote() {
        replace("new");
        end_of("s1", now() - seconds(10));
        ASSERT_EQ(prove("new", now()), Proved::promoted);
    }
};

TEST_P(ContractOfIssue, RemembersTheNewInstanceThatASessionWrote) {
    put(with_psk);
    replace("new");
    store::AccountChange change;
    change.written_at = model::InstanceId{7};
    change.replaces = model::InstanceId{0};
    end_of("s1", now(), change, "device_silent");
    const auto again = replace("other", "s2");
    ASSERT_TRUE(std::holds_alternative<Issued>(again));
    EXPECT_EQ(std::get<Issued>(again).written_at, model::InstanceId{7});
    // Of a session that wrote another key nothing is taken over.
    change.written_at = model::InstanceId{9};
    end_of("s1", now(), change, "device_silent");
    EXPECT_EQ(std::get<Issued>(replace("other", "s3")).written_at, model::InstanceId{7});
}

TEST_P(ContractOfIssue, LeavesADeviceWithoutAnythingMadeAsItIs) {
    put(with_psk);
    EXPECT_TRUE(find("a")->state.keyring.empty());
    EXPECT_EQ(key_of("own"), "own key");
    EXPECT_EQ(prove("own", now()), Proved::nothing_new);
    EXPECT_EQ(prove("stranger", now()), Proved::nothing_new);
    end_of("s1", now());
    const auto issued = std::get<Issued>(issue({"a", "s1", false, {}, {}, {}, {}, {}}));
    EXPECT_FALSE(issued.replacement);
    EXPECT_TRUE(issued.secrets.empty());
    EXPECT_EQ(keys(), "");
    EXPECT_TRUE(is<NotThere>(issue({"b", "s1", false, {}, {}, {}, {}, {}})));
}

TEST_P(ContractOfIssue, KeepsAPendingKeyThatLeadsToTheDevice) {
    put(with_psk);
    const auto issued = std::get<Issued>(replace("new"));
    ASSERT_TRUE(issued.replacement);
    EXPECT_EQ(text(issued.replacement->identity), "new");
    EXPECT_EQ(text(issued.replacement->key), "key of new");
    EXPECT_EQ(keys(), "own=current new=pending!");
    EXPECT_EQ(whose(KeyKind::psk_identity, "new"), "a");
    EXPECT_EQ(key_of("new"), "key of new");
    EXPECT_EQ(key_of("own"), "own key");
    // Identically, whatever is offered.
    const auto again = std::get<Issued>(replace("other", "s2"));
    EXPECT_EQ(text(again.replacement->identity), "new");
    EXPECT_EQ(whose(KeyKind::psk_identity, "other"), "-");
    if (!GetParam().keeps) return;
    reopen();
    EXPECT_EQ(keys(), "own=current new=pending") << "no session runs any more";
    EXPECT_EQ(whose(KeyKind::psk_identity, "new"), "a");
    EXPECT_EQ(key_of("new"), "key of new");
}

TEST_P(ContractOfIssue, PromotesWhatWasProvedAfterTheSession) {
    put(with_psk);
    replace("new");
    const WallTime ended = now();
    EXPECT_EQ(prove("new", ended + seconds(1)), Proved::nothing_new) << "it runs";
    end_of("other", ended);
    EXPECT_EQ(prove("new", ended + seconds(1)), Proved::nothing_new);
    end_of("s1", ended, {}, "device_silent");
    EXPECT_EQ(keys(), "own=current new=pending");
    EXPECT_EQ(prove("new", ended), Proved::nothing_new);
    EXPECT_EQ(prove("own", ended + seconds(1)), Proved::nothing_new);
    EXPECT_EQ(prove("new", ended + seconds(1)), Proved::promoted);
    EXPECT_EQ(keys(), "own=retired new=current");
    EXPECT_EQ(key_of("own", now() + seconds(900)), "own key");
    EXPECT_EQ(key_of("own", now() + seconds(1100)), "none");
    EXPECT_EQ(prove("new", ended + seconds(2)), Proved::nothing_new);
    EXPECT_FALSE(std::get<Issued>(replace("third")).replacement) << "it has one of ours";
    if (GetParam().keeps) reopen();
    EXPECT_EQ(keys(), "own=retired new=current");
    EXPECT_EQ(prove("own", now()), Proved::returned);
    EXPECT_EQ(keys(), "own=current new=pending");
    EXPECT_EQ(text(std::get<Issued>(replace("third")).replacement->identity), "new");
}

TEST_P(ContractOfIssue, RefusesAnIdentityThatSomebodyHas) {
    put(with_psk);
    put(R"({"endpoint": "b", "credentials": {"psk": {"identity": "of b", "key": "00"}}})");
    EXPECT_TRUE(is<IdentityTaken>(replace("of b")));
    EXPECT_TRUE(is<IdentityTaken>(replace("own"))) << "with one identity for two keys …";
    EXPECT_EQ(keys(), "");
    replace("new");
    const auto twin =
        put(R"({"endpoint": "b", "credentials": {"psk": {"identity": "new", "key": "00"}}})");
    ASSERT_TRUE(is<Twin>(twin));
    EXPECT_EQ(std::get<Twin>(twin).endpoint, "a");
    EXPECT_EQ(whose(KeyKind::psk_identity, "of b"), "b");
    EXPECT_EQ(keys(), "own=current new=pending!");
}

TEST_P(ContractOfIssue, RefusesAReplacementThatIsNoKey) {
    put(with_psk);
    for (const PskCredential& wrong :
         {PskCredential{}, PskCredential{{1}, {}}, PskCredential{wire::Bytes(129, 1), psk("x").key},
          PskCredential{{1}, model::Secret(wire::Bytes(65, 1))}}) {
        IssueOrder order{"a", "s1", true, wrong, {}, {}, {}, {}};
        EXPECT_FALSE(ask<IssueResult>([&](auto then) { store_->issue(order, then); }));
    }
    EXPECT_EQ(keys(), "");
}

TEST_P(ContractOfIssue, MakesSecretsOnceAndRemembersWhoKnowsThem) {
    put(with_psk);
    IssueOrder order{"a", "s1", false, {}, {{"dm", octets("first")}}, {}, {}, {}};
    auto issued = std::get<Issued>(issue(order));
    EXPECT_EQ(text(issued.secrets.at("dm").octets), "first");
    EXPECT_FALSE(issued.secrets.at("dm").shared);
    ASSERT_TRUE(ask<void>([&](auto then) {
        store_->secrets_shared("a", {"dm", "unknown"}, then);
    }));
    GeneratedSecret pair = octets("private");
    pair.kind = WantedSecret::Kind::key_pair;
    pair.public_key = {1, 2, 3};
    order.made = {{"dm", octets("other")}, {"pair", pair}};
    if (GetParam().keeps) reopen();
    issued = std::get<Issued>(issue(order));
    EXPECT_EQ(text(issued.secrets.at("dm").octets), "first");
    EXPECT_TRUE(issued.secrets.at("dm").shared);
    EXPECT_EQ(issued.secrets.at("pair").kind, WantedSecret::Kind::key_pair);
    EXPECT_EQ(issued.secrets.at("pair").public_key, (wire::Bytes{1, 2, 3}));
    EXPECT_FALSE(issued.secrets.at("pair").shared);
    // A profile that wants another length wants another secret, which nobody knows.
    order.made = {{"dm", octets("much longer")}};
    issued = std::get<Issued>(issue(order));
    EXPECT_EQ(text(issued.secrets.at("dm").octets), "much longer");
    EXPECT_FALSE(issued.secrets.at("dm").shared);
    EXPECT_EQ(find("a")->state.secrets.size(), 2U);
}

TEST_P(ContractOfIssue, KeepsABoundedNumberOfSecrets) {
    put(with_psk);
    IssueOrder order{"a", "s1", false, {}, {}, {}, {}, {}};
    for (int i = 0; i < 64; ++i) order.made.emplace("s" + std::to_string(i), octets("x"));
    EXPECT_TRUE(is<Issued>(issue(order)));
    order.made = {{"one more", octets("x")}};
    EXPECT_FALSE(ask<IssueResult>([&](auto then) { store_->issue(order, then); }));
    EXPECT_EQ(find("a")->state.secrets.size(), 64U);
}

TEST_P(ContractOfIssue, GivesARecordToADeviceOfTheFleet) {
    IssueOrder order;
    order.endpoint = "a";
    order.session = "s1";
    order.replacement = true;
    order.fresh = psk("new");
    order.record = device_of(with_psk);
    put(R"({"endpoint": "b", "credentials": {"psk": {"identity": "own", "key": "00"}}})");
    EXPECT_TRUE(is<IdentityTaken>(issue(order)));
    EXPECT_FALSE(find("a")) << "all or nothing";
    remove("b");
    EXPECT_TRUE(is<Issued>(issue(order)));
    EXPECT_EQ(keys(), "own=current new=pending!");
    EXPECT_EQ(find("a")->device.file, "");
    EXPECT_EQ(key_of("own"), "own key");
    // A record that is there is not touched.
    order.record = device_of(R"({"endpoint": "a", "profile": "other"})");
    EXPECT_TRUE(is<Issued>(issue(order)));
    EXPECT_EQ(find("a")->device.profile, "p");
    order.endpoint = "c";
    EXPECT_TRUE(is<NotThere>(issue(order))) << "of another";
}

TEST_P(ContractOfIssue, OrdersARotation) {
    put(with_psk);
    for (const char* each : {"b1", "b2", "b3"})
        put(R"({"endpoint": ")" + std::string(each) + R"(", "profile": "q"})");
    promote();
    EXPECT_EQ(rotate({"a", {}, {}, {}, 10}), store::RotationOrdered{"a"});
    EXPECT_TRUE(find("a")->state.keyring.rotation_ordered());
    EXPECT_EQ(rotate({"unknown", {}, {}, {}, 10}), store::RotationOrdered{});
    EXPECT_EQ(text(std::get<Issued>(replace("third", "s2")).replacement->identity), "third");
    EXPECT_FALSE(find("a")->state.keyring.rotation_ordered());
    EXPECT_EQ(keys(), "own=retired new=current third=pending!");
    // At a rate.
    EXPECT_EQ(rotate({{}, "q", {}, {}, 2}), (store::RotationOrdered{"b1", "b2"}));
    EXPECT_FALSE(find("b3")->state.keyring.rotation_ordered());
    EXPECT_EQ(rotate({{}, "q", {}, "b2", 2}), store::RotationOrdered{"b3"});
    EXPECT_EQ(rotate({{}, "q", {}, "b3", 2}), store::RotationOrdered{});
    EXPECT_EQ(rotate({{}, {}, "b", {}, 100}).size(), 3U);
    EXPECT_EQ(rotate({{}, {}, {}, {}, 100}).size(), 4U);
    EXPECT_EQ(audit_rows({{}, "rotate", {}, {}}).size(), 5U) << "of those that found somebody";
}

TEST_P(ContractOfIssue, RemembersWhereAReplacementGoes) {
    put(with_psk);
    IssueOrder order{"a", "s1", true, psk("new"), {}, model::InstanceId{3}, model::InstanceId{0},
                     {}};
    // Until the device has taken it nobody knows whether it is there.
    EXPECT_FALSE(std::get<Issued>(issue(order)).written_at);
    EXPECT_EQ(find("a")->state.keyring.pending()->instance, model::InstanceId{3});
    order.session = "s2";
    order.instance = model::InstanceId{4};
    const auto issued = std::get<Issued>(issue(order));
    EXPECT_FALSE(issued.written_at);
    EXPECT_TRUE(issued.to_purge.empty()) << "the old one may be in use";
    EXPECT_EQ(find("a")->state.keyring.pending()->instance, model::InstanceId{4});
    end_of("s2", now() - seconds(5));
    EXPECT_EQ(prove("new", now()), Proved::promoted);
    const auto after = std::get<Issued>(replace("x", "s3"));
    EXPECT_FALSE(after.replacement);
    EXPECT_EQ(after.to_purge, std::vector<model::InstanceId>{0});
    end_of("s3", now(), {{}, {model::InstanceId{0}}, {}, {}});
    EXPECT_TRUE(std::get<Issued>(replace("x", "s4")).to_purge.empty());
}

TEST_P(ContractOfIssue, KeepsWhatAHandoverLeftUntilItIsPurged) {
    constexpr const char* handed_over =
        R"({"endpoint": "a", "bootstrapAccount": {"purge": [0, 7]}})";
    put(handed_over);
    EXPECT_EQ(find("a")->state.to_purge, (std::vector<model::InstanceId>{0, 7}));
    end_of("s1", now(), {{}, {model::InstanceId{0}}});
    EXPECT_EQ(find("a")->state.to_purge, std::vector<model::InstanceId>{7});
    put(handed_over);
    EXPECT_EQ(find("a")->state.to_purge, std::vector<model::InstanceId>{7}) << "the same again";
    put(R"({"endpoint": "a", "bootstrapAccount": {"purge": [9]}})");
    EXPECT_EQ(find("a")->state.to_purge, std::vector<model::InstanceId>{9});
    end_of("s2", now(), {{}, {model::InstanceId{9}}});
    EXPECT_TRUE(find("a")->state.to_purge.empty());
}

TEST_P(ContractOfIssue, RemembersThatAnAccountExpires) {
    put(with_psk);
    const WallTime when = now() + seconds(3600);
    end_of("s1", now(), {when, {}});
    EXPECT_EQ(find("a")->state.account_expires, when);
    end_of("s2", now(), {}, "device_silent");
    EXPECT_EQ(find("a")->state.account_expires, when);
    end_of("s3", now());
    EXPECT_EQ(find("a")->state.account_expires, std::nullopt);
    end_of("s4", now(), {when, {}});
    EXPECT_EQ(prove("own", now()), Proved::nothing_new);
    EXPECT_EQ(find("a")->state.account_expires, std::nullopt) << "it is there";
}

TEST_P(ContractOfIssue, ForgetsWithTheDevice) {
    put(with_psk);
    promote();
    remove("a");
    EXPECT_EQ(whose(KeyKind::psk_identity, "new"), "-");
    EXPECT_EQ(whose(KeyKind::psk_identity, "own"), "-");
    put(with_psk);
    EXPECT_EQ(keys(), "");
    EXPECT_EQ(key_of("own"), "own key");
}

// ---- documents that change ----

TEST_P(ContractOfIssue, LeavesKeysAloneWhenTheRecordIsReplaced) {
    put(with_psk);
    promote();
    put(R"({"endpoint": "a", "profile": "q", "credentials": {"psk": {"identity": "own", "key": null}}})");
    EXPECT_EQ(keys(), "own=retired new=current");
    EXPECT_EQ(find("a")->device.profile, "q");
    // Another identity is added.
    put(R"({"endpoint": "a", "credentials": {"psk": {"identity": "b", "key": "text:b key"}}})");
    EXPECT_EQ(key_of("b"), "b key");
    EXPECT_EQ(key_of("own"), "own key");
    EXPECT_EQ(key_of("new"), "key of new");
    // Another key of the identity counts.
    put(R"({"endpoint": "a", "credentials": {"psk": {"identity": "b", "key": "text:c key"}}})");
    EXPECT_EQ(key_of("b"), "c key");
    // But not of one that was made here.
    put(R"({"endpoint": "a", "credentials": {"psk": {"identity": "new", "key": "text:x"}}})");
    EXPECT_EQ(key_of("new"), "key of new");
    // And none.
    put(R"({"endpoint": "a"})");
    EXPECT_EQ(key_of("new"), "key of new");
}

TEST_P(ContractOfIssue, SubstitutesTheKeyOfADeviceOfTheApiForWhichNothingWasMade) {
    put(with_psk);
    put(R"({"endpoint": "a", "credentials": {"psk": {"identity": "b", "key": "text:b key"}}})");
    EXPECT_EQ(key_of("own"), "nobody's");
    EXPECT_EQ(keys(), "");
}

std::string of_file(const std::string& endpoint, const std::string& identity,
                    const std::string& key = "00") {
    return R"({"endpoint": ")" + endpoint + R"(", "credentials": {"psk": {"identity": ")" +
           identity + R"(", "key": ")" + key + R"("}}})";
}

TEST_P(ContractOfIssue, TakesTheKeyOfAFileForItsFirstOne) {
    const auto first = device_of(of_file("a", "own", "text:own key"), "d.json");
    seed({first});
    promote();
    EXPECT_EQ(seed({first}).unchanged, 1U);
    EXPECT_EQ(keys(), "own=retired new=current");
    // A changed one is added.
    EXPECT_EQ(seed({device_of(of_file("a", "b", "text:b key"), "d.json")}).written, 1U);
    EXPECT_EQ(keys(), "own=retired new=current");
    EXPECT_EQ(key_of("b"), "b key");
    EXPECT_EQ(key_of("own"), "own key");
    // Gone from its file, it keeps all.
    EXPECT_EQ(seed({}).disabled, 1U);
    EXPECT_EQ(keys(), "own=retired new=current");
    EXPECT_EQ(whose(KeyKind::psk_identity, "new"), "a");
    EXPECT_TRUE(is<NotThere>(replace("x"))) << "but is given nothing";
    EXPECT_EQ(seed({first}).written, 1U);
    EXPECT_EQ(key_of("new"), "key of new");
    EXPECT_EQ(key_of("b"), "b key");
}

TEST_P(ContractOfIssue, HonoursTheKeyThatAFileHadBeforeForAWeek) {
    seed({device_of(of_file("a", "own", "text:own key"), "d.json")});
    seed({device_of(of_file("a", "b", "text:b key"), "d.json")});
    EXPECT_EQ(keys(), "own=retired");
    EXPECT_EQ(key_of("b"), "b key");
    EXPECT_EQ(key_of("own", now() + seconds(7 * 86400 - 60)), "own key");
    EXPECT_EQ(key_of("own", now() + seconds(7 * 86400 + 60)), "none");
    // The same identity with another key is another key.
    seed({device_of(of_file("a", "b", "text:c key"), "d.json")});
    EXPECT_EQ(key_of("b"), "c key");
}

TEST_P(ContractOfIssue, YieldsAnIdentityThatAFileHadBeforeToWhoDeclaresIt) {
    seed({device_of(of_file("a", "1"), "d.json"), device_of(of_file("b", "2"), "d.json")});
    EXPECT_TRUE(
        seed({device_of(of_file("a", "2"), "d.json"), device_of(of_file("b", "1"), "d.json")})
            .clashes.empty());
    EXPECT_EQ(whose(KeyKind::psk_identity, "2"), "a");
    EXPECT_EQ(whose(KeyKind::psk_identity, "1"), "b");
    EXPECT_EQ(keys(), "");
    EXPECT_TRUE(
        seed({device_of(of_file("a", "3"), "d.json"), device_of(of_file("b", "1"), "d.json")})
            .clashes.empty());
    EXPECT_EQ(whose(KeyKind::psk_identity, "2"), "a");
    // Not for a change that comes to nothing.
    EXPECT_TRUE(is<Twin>(put(
        R"({"endpoint": "c", "identifiers": {"imsi": "001010000000001"}, "credentials": {"psk": {"identity": "1", "key": "00"}}})")));
    EXPECT_TRUE(is<Stored>(put(of_file("c", "2"))));
    EXPECT_EQ(whose(KeyKind::psk_identity, "2"), "c");
    EXPECT_EQ(keys(), "");
}

TEST_P(ContractOfIssue, RefusesAFileWithAnIdentityThatWasMadeForAnother) {
    seed({device_of(of_file("a", "own"), "d.json")});
    replace("new");
    const auto seeded =
        seed({device_of(of_file("a", "own"), "d.json"), device_of(of_file("b", "new"), "d.json")});
    ASSERT_EQ(seeded.clashes.size(), 1U);
    EXPECT_EQ(std::get<Twin>(seeded.clashes[0].with).endpoint, "a");
    EXPECT_EQ(keys(), "own=current new=pending!");
}

// ---- certificates and public keys ----

TEST_P(ContractOfIssue, FindsADeviceByWhatItPins) {
    const std::string one(64, '1'), two(64, '2'), three(64, '3');
    put(R"({"endpoint": "a", "credentials": {"x509": {"certificateSha256": [")" + one + R"(", ")" +
        two + R"("], "keySha256": ")" + three + R"("}}})");
    EXPECT_EQ(whose(KeyKind::certificate, std::string(32, '\x11')), "a");
    EXPECT_EQ(whose(KeyKind::certificate, std::string(32, '\x22')), "a");
    EXPECT_EQ(whose(KeyKind::public_key, std::string(32, '\x33')), "a");
    EXPECT_EQ(whose(KeyKind::public_key, std::string(32, '\x11')), "-");
    EXPECT_EQ(find("a")->device.credentials.x509->certificates.size(), 2U);
    const auto twin =
        put(R"({"endpoint": "b", "credentials": {"x509": {"keySha256": ")" + three + R"("}}})");
    ASSERT_TRUE(is<Twin>(twin));
    EXPECT_EQ(std::get<Twin>(twin).kind, KeyKind::public_key);
    put(R"({"endpoint": "a", "credentials": {"x509": {"ca": true, "certificateSha256": ")" + two +
        R"("}}})");
    EXPECT_EQ(whose(KeyKind::certificate, std::string(32, '\x11')), "-");
    EXPECT_EQ(whose(KeyKind::certificate, std::string(32, '\x22')), "a");
    EXPECT_EQ(whose(KeyKind::public_key, std::string(32, '\x33')), "-");
    EXPECT_TRUE(find("a")->device.credentials.x509->ca);
}

INSTANTIATE_TEST_SUITE_P(Store, ContractOfIssue, testing::ValuesIn(all_backends()), backend_name);

}  // namespace
}  // namespace store_test
