#include "tests/store/contract.h"

namespace store_test {
namespace {

using provisioning::Device;
using store::KeyKind;
using store::OwnedByFile;
using store::Stored;
using store::Twin;

Device declared(const std::string& endpoint, const std::string& identity = "",
                const std::string& file = "x.json") {
    return device_of(
        R"({"endpoint": ")" + endpoint + R"(", "credentials": {"psk": {"identity": ")" +
            (identity.empty() ? "of " + endpoint : identity) + R"(", "key": "00112233"}}})",
        file);
}

TEST_P(Contract, SeedsWhatFilesDeclare) {
    const auto seeded = seed({declared("a"), declared("b")});
    EXPECT_EQ(seeded.written, 2U);
    EXPECT_EQ(seeded.unchanged, 0U);
    EXPECT_TRUE(seeded.clashes.empty());
    const auto found = find(KeyKind::psk_identity, "of a");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->device.file, "x.json");
}

TEST_P(Contract, WritesOnlyWhatDiffers) {
    seed({declared("a"), declared("b"), declared("c")});
    const auto before = find("a")->revision;
    Device changed = declared("b");
    changed.credentials.psk->key = model::Secret(wire::Bytes{1});
    const auto seeded = seed({declared("a"), changed, declared("c", "", "y.json")});
    EXPECT_EQ(seeded.written, 2U);
    EXPECT_EQ(seeded.unchanged, 1U);
    EXPECT_EQ(find("a")->revision, before);
    EXPECT_EQ(find("b")->device.credentials.psk->key.size(), 1U);
    EXPECT_EQ(find("c")->device.file, "y.json");
}

TEST_P(Contract, DisablesWhatNoFileDeclaresAnyMore) {
    seed({declared("a"), declared("b")});
    const auto before = find("b")->revision;
    const auto seeded = seed({declared("a")});
    EXPECT_EQ(seeded.disabled, 1U);
    EXPECT_EQ(seeded.unchanged, 1U);
    const auto found = find(KeyKind::psk_identity, "of b");
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->disabled);
    EXPECT_LT(before, found->revision);
    EXPECT_TRUE(found->device.credentials.psk);
    // Once only.
    EXPECT_EQ(seed({declared("a")}).disabled, 0U);
}

TEST_P(Contract, EnablesWhatAFileDeclaresAgain) {
    seed({declared("a")});
    seed({});
    EXPECT_TRUE(find("a")->disabled);
    EXPECT_EQ(seed({declared("a")}).written, 1U);
    EXPECT_FALSE(find("a")->disabled);
    EXPECT_EQ(whose(KeyKind::psk_identity, "of a"), "a");
}

TEST_P(Contract, LeavesWhatTheApiMadeAloneWhenItSeeds) {
    put(numbered(1));
    EXPECT_EQ(seed({}).disabled, 0U);
    EXPECT_FALSE(find("dev-0000000001")->disabled);
}

TEST_P(Contract, SeedsNothingWhenTheApiMadeOneOfThem) {
    put(R"({"endpoint": "b"})");
    seed({declared("old")});
    const auto seeded = seed({declared("a"), declared("b")});
    ASSERT_EQ(seeded.clashes.size(), 1U);
    EXPECT_EQ(seeded.clashes[0].device, 1U);
    EXPECT_TRUE(is<std::monostate>(seeded.clashes[0].with));
    EXPECT_EQ(seeded.written, 0U);
    EXPECT_FALSE(find("a"));
    EXPECT_FALSE(find("old")->disabled);
}

TEST_P(Contract, SeedsNothingWhenTwoDevicesHaveAKey) {
    put(numbered(1));
    const auto seeded =
        seed({declared("a", "shared"), declared("b", "id-0000000001"), declared("c", "shared")});
    ASSERT_EQ(seeded.clashes.size(), 2U);
    EXPECT_EQ(seeded.clashes[0].device, 1U);
    EXPECT_EQ(std::get<Twin>(seeded.clashes[0].with).endpoint, "dev-0000000001");
    EXPECT_EQ(std::get<Twin>(seeded.clashes[0].with).kind, KeyKind::psk_identity);
    EXPECT_EQ(seeded.clashes[1].device, 2U);
    EXPECT_EQ(std::get<Twin>(seeded.clashes[1].with).endpoint, "a");
    EXPECT_EQ(endpoints(), std::vector<std::string>{"dev-0000000001"});
    EXPECT_EQ(whose(KeyKind::psk_identity, "shared"), "-");
}

TEST_P(Contract, SeedsNothingWhenADeviceIsDeclaredTwice) {
    const auto seeded = seed({declared("a"), declared("a", "other", "y.json")});
    ASSERT_EQ(seeded.clashes.size(), 1U);
    EXPECT_EQ(seeded.clashes[0].device, 1U);
    EXPECT_EQ(std::get<Twin>(seeded.clashes[0].with).kind, KeyKind::endpoint);
    EXPECT_FALSE(find("a"));
}

TEST_P(Contract, LetsDevicesOfFilesExchangeTheirKeys) {
    seed({declared("a", "one"), declared("b", "two")});
    const auto seeded = seed({declared("a", "two"), declared("b", "one")});
    EXPECT_TRUE(seeded.clashes.empty());
    EXPECT_EQ(whose(KeyKind::psk_identity, "one"), "b");
    EXPECT_EQ(whose(KeyKind::psk_identity, "two"), "a");
}

TEST_P(Contract, LetsADeclaredDeviceTakeTheKeyOfADisabledOne) {
    seed({declared("old", "one")});
    find(KeyKind::psk_identity, "one");
    EXPECT_TRUE(seed({declared("new", "one")}).clashes.empty());
    EXPECT_EQ(whose(KeyKind::psk_identity, "one"), "new");
    EXPECT_TRUE(find("old")->disabled);
    const auto at_hand = store_->cached({KeyKind::psk_identity, "one"});
    if (at_hand) {
        EXPECT_EQ(at_hand->device.endpoint.text(), "new");
    }
    // Enabled again it is in the way.
    EXPECT_EQ(seed({declared("new", "one"), declared("old", "one")}).clashes.size(), 1U);
}

TEST_P(Contract, LeavesADeviceOfAFileToTheFile) {
    seed({declared("a")});
    const auto result = put(R"({"endpoint": "a"})");
    ASSERT_TRUE(is<OwnedByFile>(result));
    EXPECT_EQ(std::get<OwnedByFile>(result).file, "x.json");
    EXPECT_TRUE(is<OwnedByFile>(remove("a")));
    EXPECT_EQ(whose(KeyKind::psk_identity, "of a"), "a");
}

TEST_P(Contract, LetsTheApiHaveADeviceThatNoFileDeclaresAnyMore) {
    seed({declared("a"), declared("b")});
    seed({});
    EXPECT_TRUE(is<Stored>(put(R"({"endpoint": "a"})")));
    EXPECT_FALSE(find("a")->disabled);
    EXPECT_EQ(find("a")->device.file, "");
    EXPECT_TRUE(is<store::Removed>(remove("b")));
    EXPECT_EQ(whose(KeyKind::psk_identity, "of b"), "-");
}

}  // namespace
}  // namespace store_test
