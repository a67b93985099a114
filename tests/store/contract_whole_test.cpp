#include <atomic>
#include <thread>

#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::KeyKind;

TEST_P(Contract, KeepsEverythingOverAClose) {
    if (!GetParam().keeps) GTEST_SKIP() << "gone with the store, as it says";
    const auto revision = std::get<store::Stored>(put(numbered(1))).revision;
    seed({device_of(R"({"endpoint": "f"})", "x.json")});
    end(session_row("s1"), {{"h", "a", "k", "1"}});
    ASSERT_TRUE(ask<void>([&](auto then) {
        store_->accept_attach({"s2", "b", "{}", at(1), at(9)}, store::EventId{"e", "1"}, then);
    }));
    reopen();
    const auto found = find(KeyKind::psk_identity, "id-0000000001");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->revision, revision);
    EXPECT_EQ(wire::as_text(found->device.credentials.psk->key.reveal()), "key-0000000001");
    EXPECT_EQ(seed({device_of(R"({"endpoint": "f"})", "x.json")}).unchanged, 1U);
    EXPECT_EQ(due(at(INT64_MAX / 2)).size(), 1U);
    EXPECT_EQ(store_->statistics().pending_attaches, 1U);
    EXPECT_EQ(store_->statistics().pending_deliveries, 1U);
    EXPECT_LT(revision, std::get<store::Stored>(put(numbered(2))).revision);
}

TEST_P(Contract, SeesEveryChangeThatWasHandedInBeforeARead) {
    // Handed in without a wait in between; the last answer comes last.
    std::atomic<int> acknowledged = 0;
    for (std::size_t i = 0; i < 200; ++i)
        store_->put_device(change_of(numbered(i)), {}, by("t"),
                           [&](store::Result<store::PutResult> result) {
                               if (result) ++acknowledged;
                           });
    EXPECT_EQ(endpoints({.page = {.after = std::nullopt, .limit = 1000}}).size(), 200U);
    EXPECT_EQ(acknowledged, 200);
    EXPECT_EQ(audit_rows({.page = {.after = std::nullopt, .limit = 1000}}).size(), 200U);
}

TEST_P(Contract, TakesCallsFromManyThreads) {
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([this, t, &wrong] {
            for (std::size_t i = 0; i < 50; ++i) {
                const std::size_t number = t * 1000 + i;
                const auto result = ask<store::PutResult>([&](auto then) {
                    store_->put_device(change_of(numbered(number)), {}, by("t"), then);
                });
                const auto found = ask<store::DevicePointer>([&](auto then) {
                    store_->find_device(
                        {KeyKind::endpoint, device_of(numbered(number)).endpoint.text()}, then);
                });
                if (!result || !is<store::Stored>(*result) || !found || !*found ||
                    (*found)->revision != std::get<store::Stored>(*result).revision)
                    ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GE(store_->statistics().writes, 200U);
    EXPECT_EQ(store_->statistics().failures, 0U);
}

TEST_P(Contract, DoesWhatWasHandedInBeforeItIsClosed) {
    std::atomic<int> told = 0;
    for (std::size_t i = 0; i < 100; ++i)
        store_->put_device(change_of(numbered(i)), {}, by("t"),
                           [&](store::Result<store::PutResult> result) {
                               if (result) ++told;
                           });
    store_->count_devices([&](store::Result<store::Store::DeviceCounts> result) {
        if (result && result->all == 100) ++told;
    });
    store_.reset();
    EXPECT_EQ(told, 101);
}

TEST_P(Contract, RefusesWhatComesWhileItIsClosed) {
    // Asked from within an answer, again and again until the close has begun.
    struct Asking {
        store::Store* store;
        std::promise<store::Errc> told;
        void ask_again() {
            store->audit(by("t"), [this](store::Result<void> result) {
                if (!result) return told.set_value(result.error().code);
                ask_again();
            });
        }
    } asking{store_.get(), {}};
    asking.ask_again();
    store_.reset();
    EXPECT_EQ(asking.told.get_future().get(), store::Errc::closed);
}

}  // namespace
}  // namespace store_test
