#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::KeptAnswer;

TEST_P(Contract, WritesDownWhoMadeAChange) {
    put(numbered(1));
    remove("dev-0000000001");
    const auto rows = audit_rows();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].entry.action, "device.remove");
    EXPECT_EQ(rows[1].entry.action, "device.put");
    EXPECT_EQ(rows[1].entry.actor, "t");
    EXPECT_EQ(rows[1].entry.subject, "subject");
    EXPECT_EQ(rows[1].entry.detail, "{}");
    EXPECT_LT(rows[1].sequence, rows[0].sequence);
}

TEST_P(Contract, WritesNothingDownOfAChangeThatWasNotMade) {
    put(numbered(1), {.must_exist = true});
    remove("dev-0000000001");
    import({R"({"endpoint": "c", "credentials": {"psk": {"identity": "c", "key": null}}})"});
    EXPECT_TRUE(audit_rows().empty());
}

TEST_P(Contract, WritesAnImportDownOnce) {
    import({numbered(1), numbered(2), numbered(3)});
    EXPECT_EQ(audit_rows({.action = "device.import"}).size(), 1U);
}

TEST_P(Contract, ListsTheAuditLogByWhoWhatAndWhom) {
    for (const char* const actor : {"x", "y"})
        for (const char* const action : {"a", "b"})
            ASSERT_TRUE(ask<void>([&](auto then) { store_->audit(by(actor, action), then); }));
    EXPECT_EQ(audit_rows().size(), 4U);
    EXPECT_EQ(audit_rows({.actor = "x"}).size(), 2U);
    EXPECT_EQ(audit_rows({.actor = "x", .action = "b"}).size(), 1U);
    EXPECT_EQ(audit_rows({.subject = "subject"}).size(), 4U);
    EXPECT_EQ(audit_rows({.subject = "other"}).size(), 0U);
    store::AuditFilter filter;
    filter.page.limit = 3;
    const auto page =
        *ask<store::PageOf<store::AuditRow>>([&](auto then) { store_->list_audit(filter, then); });
    EXPECT_EQ(page.items.size(), 3U);
    filter.page.after = page.next;
    EXPECT_EQ(audit_rows(filter).size(), 1U);
}

class ContractOfAnswers : public Contract {
  protected:
    KeptAnswer keep(const std::string& caller, const std::string& key, const KeptAnswer& answer) {
        return *ask<KeptAnswer>([&](auto then) { store_->keep_answer(caller, key, answer, then); });
    }
    std::optional<KeptAnswer> kept(const std::string& caller, const std::string& key) {
        return *ask<std::optional<KeptAnswer>>(
            [&](auto then) { store_->kept_answer(caller, key, then); });
    }
};

TEST_P(ContractOfAnswers, AreKeptByCallerAndKey) {
    const KeptAnswer answer{"f", 202, "application/json", "/v1/sessions/1", "{}"};
    EXPECT_EQ(keep("x", "k", answer).body, "{}");
    const auto found = kept("x", "k");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->fingerprint, "f");
    EXPECT_EQ(found->status, 202U);
    EXPECT_EQ(found->content_type, "application/json");
    EXPECT_EQ(found->location, "/v1/sessions/1");
    EXPECT_FALSE(kept("y", "k"));
    EXPECT_FALSE(kept("x", "l"));
}

TEST_P(ContractOfAnswers, StayTheFirstOnes) {
    keep("x", "k", {"f", 202, "", "", "first"});
    EXPECT_EQ(keep("x", "k", {"g", 200, "", "", "second"}).body, "first");
    EXPECT_EQ(kept("x", "k")->fingerprint, "f");
}

INSTANTIATE_TEST_SUITE_P(Store, ContractOfAnswers, testing::ValuesIn(all_backends()), backend_name);

}  // namespace
}  // namespace store_test
