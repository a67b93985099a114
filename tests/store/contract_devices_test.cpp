#include <algorithm>

#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::KeyKind;
using store::NotThere;
using store::PreconditionFailed;
using store::Removed;
using store::Revision;
using store::Stored;
using store::Twin;

Revision revision_of(const store::PutResult& result) {
    return std::get<Stored>(result).revision;
}

constexpr const char* whole = R"({
    "endpoint": "urn:a", "profile": "meter",
    "identifiers": {"imsi": "001010000000001", "imei": "358000000000001", "iccid": "89490000000000000001",
                    "msisdn": "+882212345678", "externalId": "a@example.com"},
    "credentials": {"psk": {"identity": "hex:00ff", "key": "00112233"}},
    "reach": {"mode": "dial", "port": 5684}, "variables": {"region": "eu"}})";

TEST_P(Contract, KeepsAWholeDevice) {
    EXPECT_TRUE(std::get<Stored>(put(whole)).created);
    const auto found = find("urn:a");
    ASSERT_TRUE(found);
    const provisioning::Device& device = found->device;
    EXPECT_EQ(device.profile, "meter");
    EXPECT_EQ(device.file, "");
    EXPECT_EQ(device.identifiers.imsi, "001010000000001");
    EXPECT_EQ(device.identifiers.msisdn, "+882212345678");
    ASSERT_TRUE(device.credentials.psk);
    EXPECT_EQ(device.credentials.psk->identity, (wire::Bytes{0x00, 0xFF}));
    EXPECT_TRUE(
        device.credentials.psk->key.equals(model::Secret(wire::Bytes{0, 0x11, 0x22, 0x33})));
    EXPECT_EQ(device.reach.mode, provisioning::Reach::Mode::dial);
    EXPECT_EQ(device.reach.port, 5684);
    EXPECT_EQ(device.variables.at("region"), "eu");
    EXPECT_FALSE(found->disabled);
    EXPECT_EQ(found->created, found->updated);
}

TEST_P(Contract, FindsADeviceByEachOfItsKeys) {
    put(whole);
    EXPECT_EQ(whose(KeyKind::endpoint, "urn:a"), "urn:a");
    EXPECT_EQ(whose(KeyKind::psk_identity, std::string("\0\xFF", 2)), "urn:a");
    EXPECT_EQ(whose(KeyKind::imsi, "001010000000001"), "urn:a");
    EXPECT_EQ(whose(KeyKind::imei, "358000000000001"), "urn:a");
    EXPECT_EQ(whose(KeyKind::iccid, "89490000000000000001"), "urn:a");
    EXPECT_EQ(whose(KeyKind::external_id, "a@example.com"), "urn:a");
    EXPECT_EQ(whose(KeyKind::msisdn, "882212345678"), "urn:a");
    EXPECT_EQ(whose(KeyKind::msisdn, "+882212345678"), "urn:a");
    EXPECT_EQ(whose(KeyKind::endpoint, "urn:b"), "-");
    EXPECT_EQ(whose(KeyKind::imsi, "358000000000001"), "-");
    EXPECT_EQ(whose(KeyKind::psk_identity, ""), "-");
}

TEST_P(Contract, TakesAnImeisvForTheSameDevice) {
    put(R"({"endpoint": "a", "identifiers": {"imei": "35-800000-000000-1"}})");
    EXPECT_EQ(whose(KeyKind::imei, "3580000000000017"), "a");
    EXPECT_EQ(whose(KeyKind::imei, "35800000000000"), "a");
    EXPECT_EQ(whose(KeyKind::imei, "358000000000009"), "a");
    EXPECT_EQ(whose(KeyKind::imei, "358000010000001"), "-");
}

TEST_P(Contract, TellsImeisApartByTheirCheckDigitWhereTwoDifferInIt) {
    put(R"({"endpoint": "a", "identifiers": {"imei": "358000000000001"}})");
    EXPECT_EQ(whose(KeyKind::imei, "35800000000000"), "a");
    EXPECT_TRUE(
        is<Stored>(put(R"({"endpoint": "b", "identifiers": {"imei": "358000000000002"}})")));
    EXPECT_EQ(whose(KeyKind::imei, "358000000000001"), "a");
    EXPECT_EQ(whose(KeyKind::imei, "358000000000002"), "b");
    EXPECT_EQ(whose(KeyKind::imei, "35800000000000"), "-");
    EXPECT_EQ(whose(KeyKind::imei, "3580000000000077"), "-");
    remove("b");
    EXPECT_EQ(whose(KeyKind::imei, "35800000000000"), "a");
}

TEST_P(Contract, RefusesAnImeiThatCannotBeToldFromAnother) {
    put(R"({"endpoint": "a", "identifiers": {"imei": "3580000000000017"}})");
    const auto twin = put(R"({"endpoint": "b", "identifiers": {"imei": "358000000000001"}})");
    ASSERT_TRUE(is<Twin>(twin));
    EXPECT_EQ(std::get<Twin>(twin).kind, KeyKind::imei);
    EXPECT_EQ(std::get<Twin>(twin).endpoint, "a");
    EXPECT_TRUE(is<Twin>(put(R"({"endpoint": "b", "identifiers": {"imei": "35800000000000"}})")));
    EXPECT_EQ(whose(KeyKind::endpoint, "b"), "-");
    // The same device may write it another way.
    EXPECT_TRUE(
        is<Stored>(put(R"({"endpoint": "a", "identifiers": {"imei": "358000000000001"}})")));
    EXPECT_TRUE(is<Twin>(put(R"({"endpoint": "b", "identifiers": {"imei": "35800000000000"}})")));
}

TEST_P(Contract, RefusesAKeyThatAnotherDeviceHas) {
    put(whole);
    const std::vector<std::pair<std::string, KeyKind>> taken = {
        {R"("identifiers": {"imsi": "001010000000001"})", KeyKind::imsi},
        {R"("identifiers": {"imei": "358000000000001"})", KeyKind::imei},
        {R"("identifiers": {"iccid": "89490000000000000001"})", KeyKind::iccid},
        {R"("identifiers": {"msisdn": "882212345678"})", KeyKind::msisdn},
        {R"("identifiers": {"externalId": "a@example.com"})", KeyKind::external_id},
        {R"("credentials": {"psk": {"identity": "hex:00ff", "key": "aa"}})",
         KeyKind::psk_identity}};
    for (const auto& [member, kind] : taken) {
        const auto result = put(R"({"endpoint": "urn:b", )" + member + "}");
        ASSERT_TRUE(is<Twin>(result)) << member;
        EXPECT_EQ(std::get<Twin>(result).kind, kind) << member;
        EXPECT_EQ(std::get<Twin>(result).endpoint, "urn:a");
    }
    EXPECT_EQ(endpoints(), std::vector<std::string>{"urn:a"});
}

TEST_P(Contract, LeavesADeviceAsItWasWhenAKeyIsTaken) {
    put(numbered(1));
    put(R"({"endpoint": "b", "identifiers": {"imsi": "001012222222222", "iccid": "89490000000000000002"}})");
    EXPECT_TRUE(is<Twin>(put(
        R"({"endpoint": "b", "identifiers": {"imsi": "001010000000001", "msisdn": "12345"}})")));
    EXPECT_EQ(whose(KeyKind::imsi, "001012222222222"), "b");
    EXPECT_EQ(whose(KeyKind::iccid, "89490000000000000002"), "b");
    EXPECT_EQ(whose(KeyKind::msisdn, "12345"), "-");
    EXPECT_EQ(whose(KeyKind::imsi, "001010000000001"), "dev-0000000001");
}

TEST_P(Contract, ForgetsTheKeysThatADeviceNoLongerHas) {
    put(numbered(1));
    put(R"({"endpoint": "dev-0000000001", "identifiers": {"imsi": "001013333333333"}})");
    EXPECT_EQ(whose(KeyKind::imsi, "001010000000001"), "-");
    EXPECT_EQ(whose(KeyKind::psk_identity, "id-0000000001"), "-");
    EXPECT_EQ(whose(KeyKind::imsi, "001013333333333"), "dev-0000000001");
    EXPECT_TRUE(
        is<Stored>(put(R"({"endpoint": "b", "identifiers": {"imsi": "001010000000001"}})")));
    EXPECT_EQ(whose(KeyKind::imsi, "001010000000001"), "b");
}

TEST_P(Contract, GivesEachChangeANewRevision) {
    const Revision first = revision_of(put(numbered(1)));
    const Revision second = revision_of(put(numbered(1)));
    const Revision third = revision_of(put(numbered(2)));
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_EQ(find("dev-0000000001")->revision, second);
    remove("dev-0000000001");
    EXPECT_LT(third, revision_of(put(numbered(1))));
}

TEST_P(Contract, ComparesRevisionsBeforeAChange) {
    const Revision first = revision_of(put(numbered(1)));
    const auto failed = put(numbered(1), {.must_be_new = true});
    ASSERT_TRUE(is<PreconditionFailed>(failed));
    EXPECT_EQ(std::get<PreconditionFailed>(failed).current, first);
    EXPECT_TRUE(is<PreconditionFailed>(put(numbered(2), {.must_exist = true})));
    const auto none = put(numbered(2), {.is_one_of = std::vector{first}});
    ASSERT_TRUE(is<PreconditionFailed>(none));
    EXPECT_EQ(std::get<PreconditionFailed>(none).current, std::nullopt);

    EXPECT_TRUE(is<Stored>(put(numbered(2), {.must_be_new = true})));
    EXPECT_TRUE(is<Stored>(put(numbered(2), {.must_exist = true})));
    const Revision second =
        revision_of(put(numbered(1), {.is_one_of = std::vector{Revision{999999}, first}}));
    EXPECT_TRUE(is<PreconditionFailed>(put(numbered(1), {.is_one_of = std::vector{first}})));
    EXPECT_TRUE(
        is<PreconditionFailed>(remove("dev-0000000001", {.is_one_of = std::vector{first}})));
    EXPECT_TRUE(is<PreconditionFailed>(put(numbered(1), {.is_one_of = std::vector<Revision>{}})));
    EXPECT_TRUE(is<Removed>(remove("dev-0000000001", {.is_one_of = std::vector{second}})));
    EXPECT_TRUE(is<PreconditionFailed>(remove("dev-0000000001", {.must_exist = true})));
    EXPECT_TRUE(is<NotThere>(remove("dev-0000000001")));
}

TEST_P(Contract, KeepsSecretsThatAChangeLeavesNull) {
    put(numbered(1));
    EXPECT_TRUE(is<Stored>(put(R"({"endpoint": "dev-0000000001", "profile": "other",
        "credentials": {"psk": {"identity": "renamed", "key": null}}, "variables": {"v": null, "w": "x"}})")));
    const auto found = find("dev-0000000001");
    ASSERT_TRUE(found && found->device.credentials.psk);
    EXPECT_EQ(wire::as_text(found->device.credentials.psk->key.reveal()), "key-0000000001");
    EXPECT_EQ(found->device.variables.at("v"), "value-0000000001");
    EXPECT_EQ(found->device.variables.at("w"), "x");
    EXPECT_EQ(found->device.profile, "other");
}

TEST_P(Contract, TellsWhatThereIsNotToKeep) {
    const auto nothing =
        put(R"({"endpoint": "a", "credentials": {"psk": {"identity": "i", "key": null}}})");
    ASSERT_TRUE(is<store::NothingToKeep>(nothing));
    EXPECT_EQ(std::get<store::NothingToKeep>(nothing).pointer, "/credentials/psk/key");
    EXPECT_FALSE(find("a"));
}

TEST_P(Contract, RemovesADeviceWithItsKeys) {
    put(numbered(1));
    EXPECT_TRUE(is<Removed>(remove("dev-0000000001")));
    EXPECT_FALSE(find("dev-0000000001"));
    EXPECT_EQ(whose(KeyKind::psk_identity, "id-0000000001"), "-");
    EXPECT_TRUE(is<NotThere>(remove("dev-0000000001")));
    EXPECT_TRUE(std::get<Stored>(put(numbered(1))).created);
}

TEST_P(Contract, ImportsEachDeviceOrNotWhateverBecomesOfTheOthers) {
    put(numbered(1));
    const auto results =
        import({numbered(2), R"({"endpoint": "b", "identifiers": {"imsi": "001010000000001"}})",
                numbered(1),
                R"({"endpoint": "c", "credentials": {"psk": {"identity": "c", "key": null}}})",
                numbered(3), numbered(3)});
    ASSERT_EQ(results.size(), 6U);
    EXPECT_TRUE(std::get<Stored>(results[0]).created);
    EXPECT_TRUE(is<Twin>(results[1]));
    EXPECT_FALSE(std::get<Stored>(results[2]).created);
    EXPECT_TRUE(is<store::NothingToKeep>(results[3]));
    EXPECT_TRUE(std::get<Stored>(results[4]).created);
    EXPECT_FALSE(std::get<Stored>(results[5]).created);
    EXPECT_EQ(endpoints(),
              (std::vector<std::string>{"dev-0000000001", "dev-0000000002", "dev-0000000003"}));
}

TEST_P(Contract, ListsDevicesInPages) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < 25; ++i) all.push_back(numbered(i));
    import(all);
    store::DeviceFilter filter;
    filter.page.limit = 10;
    std::vector<std::string> seen;
    std::vector<std::size_t> sizes;
    for (;;) {
        const auto page = list(filter);
        sizes.push_back(page.items.size());
        for (const auto& device : page.items) seen.push_back(device->device.endpoint.text());
        if (!page.next) break;
        filter.page.after = page.next;
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{10, 10, 5}));
    EXPECT_EQ(seen.size(), 25U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    filter.page = {.after = std::nullopt, .limit = 25};
    EXPECT_FALSE(list(filter).next);
}

TEST_P(Contract, ListsEndpointsInTheOrderOfTheirOctets) {
    for (const char* const name : {"a", "B", "\xC3\xA4", "aa", "a-"})
        put(R"({"endpoint": ")" + std::string(name) + R"("})");
    EXPECT_EQ(endpoints(), (std::vector<std::string>{"B", "a", "a-", "aa", "\xC3\xA4"}));
}

TEST_P(Contract, ListsWhatTheFilterLetsThrough) {
    put(R"({"endpoint": "a1", "profile": "p"})");
    put(R"({"endpoint": "a2", "profile": "q"})");
    put(R"({"endpoint": "b1", "profile": "p"})");
    seed({device_of(R"({"endpoint": "f1"})", "x.json"),
          device_of(R"({"endpoint": "f2"})", "y.json")});
    seed({device_of(R"({"endpoint": "f1"})", "x.json")});
    using Names = std::vector<std::string>;
    EXPECT_EQ(endpoints({.profile = "p"}), (Names{"a1", "b1", "f1", "f2"}));
    EXPECT_EQ(endpoints({.prefix = "a"}), (Names{"a1", "a2"}));
    EXPECT_EQ(endpoints({.profile = "q", .prefix = "a"}), (Names{"a2"}));
    EXPECT_EQ(endpoints({.disabled = true}), (Names{"f2"}));
    EXPECT_EQ(endpoints({.disabled = false}), (Names{"a1", "a2", "b1", "f1"}));
    EXPECT_EQ(endpoints({.file = ""}), (Names{"a1", "a2", "b1"}));
    EXPECT_EQ(endpoints({.file = "x.json"}), (Names{"f1"}));
    EXPECT_EQ(endpoints({.prefix = "zz"}), Names{});
}

TEST_P(Contract, CountsDevices) {
    import({numbered(1), numbered(2), numbered(2)});
    seed({device_of(R"({"endpoint": "f"})", "x.json")});
    seed({});
    remove("dev-0000000001");
    const auto counts =
        ask<store::Store::DeviceCounts>([&](auto then) { store_->count_devices(then); });
    ASSERT_TRUE(counts);
    EXPECT_EQ(counts->all, 2U);
    EXPECT_EQ(counts->disabled, 1U);
}

TEST_P(Contract, TellsWhichProfilesAreInUse) {
    put(R"({"endpoint": "a", "profile": "p"})");
    put(R"({"endpoint": "b", "profile": "p"})");
    put(R"({"endpoint": "c", "profile": "q"})");
    put(R"({"endpoint": "c", "profile": "r"})");
    const auto names =
        ask<std::vector<std::string>>([&](auto then) { store_->profiles_in_use(then); });
    EXPECT_EQ(*names, (std::vector<std::string>{"p", "r"}));
}

TEST_P(Contract, NeverHasAnythingOldAtHand) {
    using store::DeviceKey;
    put(numbered(1));
    const DeviceKey identity{KeyKind::psk_identity, "id-0000000001"};
    find(KeyKind::psk_identity, "id-0000000001");
    put(R"({"endpoint": "dev-0000000001", "profile": "new",
            "credentials": {"psk": {"identity": "id-0000000001", "key": null}}})");
    if (const auto device = store_->cached(identity)) {
        EXPECT_EQ(device->device.profile, "new");
    }
    find(KeyKind::psk_identity, "id-0000000001");
    if (const auto device = store_->cached(identity)) {
        EXPECT_EQ(device->device.profile, "new");
    }
    remove("dev-0000000001");
    EXPECT_FALSE(store_->cached(identity));
    EXPECT_FALSE(store_->cached({KeyKind::endpoint, "dev-0000000001"}));
}

TEST_P(Contract, FindsAllKeysOfAnEventAtOnce) {
    put(numbered(1));
    put(numbered(2));
    const auto found = ask<store::Store::Found>([&](auto then) {
        store_->find_devices({{KeyKind::imsi, "001010000000002"},
                              {KeyKind::iccid, "1"},
                              {KeyKind::endpoint, "dev-0000000001"}},
                             std::nullopt, then);
    });
    ASSERT_TRUE(found);
    ASSERT_EQ(found->devices.size(), 3U);
    EXPECT_EQ(found->devices[0]->device.endpoint.text(), "dev-0000000002");
    EXPECT_FALSE(found->devices[1]);
    EXPECT_EQ(found->devices[2]->device.endpoint.text(), "dev-0000000001");
    EXPECT_FALSE(found->seen);
}

}  // namespace
}  // namespace store_test
