#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::InUse;
using store::NotThere;
using store::PreconditionFailed;
using store::PutResult;
using store::RemoveResult;
using store::Stored;

class ContractOfProfiles : public Contract {
  protected:
    PutResult put_profile(const std::string& name, const std::string& text,
                          store::Precondition precondition = {}) {
        return *ask<PutResult>([&](auto then) {
            store_->put_profile(name, text, std::move(precondition), by("t", "profile.put"), then);
        });
    }
    RemoveResult remove_profile(const std::string& name, store::Precondition precondition = {}) {
        return *ask<RemoveResult>([&](auto then) {
            store_->remove_profile(name, std::move(precondition), by("t", "profile.remove"), then);
        });
    }
    std::vector<store::ProfileRecord> profiles() {
        return *ask<std::vector<store::ProfileRecord>>([&](auto then) { store_->profiles(then); });
    }
};

TEST_P(ContractOfProfiles, KeepsTheTextAsItWas) {
    const std::string text = "{ \"name\": \"p\",\n  \"key\": \"\\u0000\" }\n";
    const auto result = put_profile("p", text);
    EXPECT_TRUE(std::get<Stored>(result).created);
    const auto all = profiles();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].name, "p");
    EXPECT_EQ(all[0].text, text);
    EXPECT_EQ(all[0].revision, std::get<Stored>(result).revision);
}

TEST_P(ContractOfProfiles, ListsThemByTheirNames) {
    put_profile("b", "2");
    put_profile("a", "1");
    put_profile("b", "3");
    const auto all = profiles();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].text, "1");
    EXPECT_EQ(all[1].text, "3");
    EXPECT_LE(all[1].created, all[1].updated);
}

TEST_P(ContractOfProfiles, ComparesTheirRevisions) {
    const auto first = std::get<Stored>(put_profile("p", "1")).revision;
    EXPECT_TRUE(is<PreconditionFailed>(put_profile("p", "2", {.must_be_new = true})));
    EXPECT_TRUE(is<PreconditionFailed>(put_profile("q", "2", {.must_exist = true})));
    const auto second =
        std::get<Stored>(put_profile("p", "2", {.is_one_of = std::vector{first}})).revision;
    EXPECT_TRUE(is<PreconditionFailed>(remove_profile("p", {.is_one_of = std::vector{first}})));
    EXPECT_TRUE(is<store::Removed>(remove_profile("p", {.is_one_of = std::vector{second}})));
    EXPECT_TRUE(is<NotThere>(remove_profile("p")));
}

TEST_P(ContractOfProfiles, KeepsOneThatDevicesHave) {
    put_profile("p", "1");
    put(R"({"endpoint": "a", "profile": "p"})");
    put(R"({"endpoint": "b", "profile": "p"})");
    const auto refused = remove_profile("p");
    ASSERT_TRUE(is<InUse>(refused));
    EXPECT_EQ(std::get<InUse>(refused).devices, 2U);
    remove("a");
    put(R"({"endpoint": "b", "profile": "q"})");
    EXPECT_TRUE(is<store::Removed>(remove_profile("p")));
    EXPECT_TRUE(profiles().empty());
}

INSTANTIATE_TEST_SUITE_P(Store, ContractOfProfiles, testing::ValuesIn(all_backends()),
                         backend_name);

}  // namespace
}  // namespace store_test
