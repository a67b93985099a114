#include <chrono>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include <gtest/gtest.h>

#include "provisioning/store/sqlite.h"
#include "provisioning/store/sqlite_schema.h"
#include "tests/store/database.h"
#include "tests/store/sqlite_site.h"

namespace store_test {
namespace {

using store::Store;

class Opening : public testing::Test {
  protected:
    Opening() { options_.file = folder_ / "test.db"; }

    void fill(std::size_t devices) {
        const auto store = open(options_);
        std::vector<provisioning::DeviceChange> changes;
        for (std::size_t i = 0; i < devices; ++i) changes.push_back(change_of(numbered(i)));
        ASSERT_TRUE(ask<std::vector<store::PutResult>>(
            [&](auto then) { store->import_devices(changes, by("t"), then); }));
        ASSERT_TRUE(ask<store::PutResult>(
            [&](auto then) { store->put_profile("p", "{\"secret\": 1}", {}, by("t"), then); }));
    }
    static std::string key_of(Store& store, std::size_t number) {
        const auto found = ask<store::DevicePointer>([&](auto then) {
            store.find_device(
                {store::KeyKind::endpoint, device_of(numbered(number)).endpoint.text()}, then);
        });
        if (!found || !*found) return found ? "(none)" : found.error().text;
        return std::string(wire::as_text((*found)->device.credentials.psk->key.reveal()));
    }
    // The store does it by itself, soon.
    static bool becomes_zero(Store& store, std::uint64_t Store::Statistics::*what) {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (store.statistics().*what != 0) {
            if (std::chrono::steady_clock::now() > patience) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    Folder folder_;
    store::SqliteOptions options_ = options_with();
};

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_F(Opening, NeedsAMasterKey) {
    options_.keys.clear();
    EXPECT_TRUE(says(complaint(options_), "master key"));
}

TEST_F(Opening, MakesFilesForTheOwnerAlone) {
    const auto store = open(options_);
    for (const char* const end : {"", "-wal", "-shm", ".lock"}) {
        struct stat status {};
        ASSERT_EQ(::stat((options_.file.string() + end).c_str(), &status), 0) << end;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << end;
    }
}

TEST_F(Opening, RefusesAWrongMasterKey) {
    fill(1);
    options_.keys = {master_key(2)};
    const std::string what = complaint(options_);
    EXPECT_TRUE(
        says(what, "test.db is sealed with the master key " + wire::to_hex(master_key(1).id())))
        << what;
    EXPECT_TRUE(says(what, wire::to_hex(master_key(2).id()))) << what;
    options_.keys = {master_key(1)};
    EXPECT_EQ(complaint(options_), "");
}

TEST_F(Opening, RefusesASecondOneOnTheSameFile) {
    const auto store = open(options_);
    EXPECT_TRUE(says(complaint(options_), "in use by another"));
}

TEST_F(Opening, RefusesANewerSchema) {
    fill(1);
    sql(options_.file, "PRAGMA user_version = " + std::to_string(store::schema_version() + 1));
    EXPECT_TRUE(says(complaint(options_), "newer version"));
}

TEST_F(Opening, LeavesADatabaseOfSomethingElseAlone) {
    std::ofstream(options_.file).close();
    sql(options_.file, "CREATE TABLE theirs (a)");
    const wire::Bytes before = octets_of(options_.file);
    EXPECT_TRUE(says(complaint(options_), "something else"));
    EXPECT_EQ(octets_of(options_.file), before);
}

TEST_F(Opening, RefusesWhatIsNoDatabase) {
    std::ofstream(options_.file) << std::string(10000, 'x');
    EXPECT_TRUE(says(complaint(options_), "test.db"));
}

TEST_F(Opening, NamesAFolderThatIsNotThere) {
    options_.file = folder_ / "none/test.db";
    EXPECT_TRUE(says(complaint(options_), "none/test.db"));
}

TEST_F(Opening, RewrapsWhatAnotherMasterKeyWrapped) {
    constexpr std::size_t devices = 1200;  // more than two chunks
    fill(devices);
    options_.keys = {master_key(2), master_key(1)};
    {
        const auto store = open(options_);
        EXPECT_EQ(key_of(*store, 7), "key-0000000007");
        EXPECT_TRUE(becomes_zero(*store, &Store::Statistics::wrapped_by_old_keys));
        EXPECT_EQ(key_of(*store, devices - 1), "key-0000001199");
    }
    EXPECT_EQ(inconsistencies(options_.file), "");
    // The old one is not needed any more.
    options_.keys = {master_key(2)};
    const auto store = open(options_);
    EXPECT_EQ(key_of(*store, 0), "key-0000000000");
    const auto profiles =
        ask<std::vector<store::ProfileRecord>>([&](auto then) { store->profiles(then); });
    ASSERT_TRUE(profiles);
    EXPECT_EQ(profiles->at(0).text, "{\"secret\": 1}");
}

TEST_F(Opening, RefusesToGoOnWithoutAKeyThatRecordsStillNeed) {
    fill(3);
    // As if the program had ended after the first record.
    sql(options_.file,
        "UPDATE counts SET n = n - 1 WHERE name LIKE 'wrapped:%';"
        "INSERT INTO counts VALUES ('wrapped:0011223344556677', 1)");
    EXPECT_TRUE(says(complaint(options_),
                     "1 of its records are sealed with the master key "
                     "0011223344556677"));
}

TEST_F(Opening, SeedsAreStillUnchangedUnderAnotherMasterKey) {
    const auto seed = [&] {
        const auto store = open(options_);
        return ask<Store::Seeded>(
            [&](auto then) { store->seed_devices({device_of(numbered(1), "x.json")}, then); });
    };
    EXPECT_EQ(seed()->written, 1U);
    options_.keys = {master_key(2), master_key(1)};
    EXPECT_EQ(seed()->unchanged, 1U);
}

TEST_F(Opening, DropsWhatIsPastItsAge) {
    {
        const auto store = open(options_);
        for (int i = 0; i < 3; ++i)
            ASSERT_TRUE(ask<void>([&](auto then) {
                store->end_session(session_row("s" + std::to_string(i)), {}, then);
            }));
        ASSERT_TRUE(ask<void>([&](auto then) { store->audit(by("t"), then); }));
    }
    options_.retention.sessions_age = std::chrono::hours(1);
    const auto store = open(options_);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::size_t left = 3;
    while (left > 0 && std::chrono::steady_clock::now() < patience)
        left = ask<store::PageOf<store::SessionRow>>([&](auto then) {
                   store->list_sessions({}, then);
               })->items.size();
    EXPECT_EQ(left, 0U);
    EXPECT_EQ(ask<store::PageOf<store::AuditRow>>([&](auto then) {
                  store->list_audit({}, then);
              })->items.size(),
              1U);
}

TEST_F(Opening, KeepsTheNewestSessionsOfAllowedNumber) {
    options_.retention.sessions = 3;
    const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    const auto store = open(options_);
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(ask<void>([&](auto then) {
            store->end_session(session_row("s" + std::to_string(i), "a", "finished", now), {},
                               then);
        }));
    const auto page =
        ask<store::PageOf<store::SessionRow>>([&](auto then) { store->list_sessions({}, then); });
    ASSERT_EQ(page->items.size(), 3U);
    EXPECT_EQ(page->items[0].id, "s5");
    EXPECT_EQ(page->items[2].id, "s3");
}

TEST_F(Opening, KeepsTheStrangersThatWereSeenLast) {
    options_.retention.strangers = 2;
    const auto store = open(options_);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(ask<void>([&](auto then) {
            store->remember_stranger({std::to_string(i), "radius", "", 1, at(i), at(i)}, then);
        }));
    const auto page =
        ask<store::PageOf<store::Stranger>>([&](auto then) { store->list_strangers({}, then); });
    ASSERT_EQ(page->items.size(), 2U);
    EXPECT_EQ(page->items[0].identifiers, "4");
    EXPECT_EQ(page->items[1].identifiers, "3");
}

// Whoever knows an address can cause refusals without end.
TEST_F(Opening, LetsNoRefusedRequestPushASessionOut) {
    const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    {
        const auto store = open(options_);
        ASSERT_TRUE(ask<void>([&](auto then) {
            store->end_session(session_row("kept", "a", "finished", now), {}, then);
        }));
        for (int i = 0; i < 6; ++i)
            ASSERT_TRUE(ask<void>([&](auto then) {
                store->end_session(session_row("r" + std::to_string(i), "a", "not_admitted", now),
                                   {}, then);
            }));
    }
    options_.retention.refusals = 2;
    const auto store = open(options_);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::vector<std::string> left(7);
    while (left.size() > 3 && std::chrono::steady_clock::now() < patience) {
        left.clear();
        const auto page = ask<store::PageOf<store::SessionRow>>(
            [&](auto then) { store->list_sessions({}, then); });
        for (const auto& row : page->items) left.push_back(row.id);
    }
    EXPECT_EQ(left, (std::vector<std::string>{"r5", "r4", "kept"}));
}

TEST_F(Opening, DropsTheOldestDeliveriesAboveTheLimitAndCountsThem) {
    options_.retention.deliveries = 2;
    const auto store = open(options_);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(ask<void>([&](auto then) {
            store->end_session(session_row("s" + std::to_string(i)),
                               {{"h", "a", "k", std::to_string(i)}}, then);
        }));
    EXPECT_EQ(store->statistics().pending_deliveries, 2U);
    EXPECT_EQ(store->statistics().dropped_deliveries, 3U);
    const auto due = ask<std::vector<store::Delivery>>(
        [&](auto then) { store->due_deliveries(at(INT64_MAX / 2), 10, then); });
    ASSERT_EQ(due->size(), 1U);
    EXPECT_EQ(due->at(0).item.body, "3");
}

TEST_F(Opening, RefusesMoreThanItsQueueHolds) {
    options_.queue = 2;
    // The writer is held within an answer; what it calls back into outlives it.
    std::promise<void> go_on;
    auto gone_on = go_on.get_future();
    std::promise<void> held;
    std::vector<store::Errc> refused;
    const auto store = open(options_);
    store->audit(by("t"), [&](const auto&) {
        held.set_value();
        gone_on.wait();
    });
    held.get_future().wait();
    for (int i = 0; i < 5; ++i)
        store->audit(by("t"), [&](const store::Result<void>& result) {
            if (!result) refused.push_back(result.error().code);
        });
    EXPECT_EQ(refused, std::vector<store::Errc>(3, store::Errc::busy));
    EXPECT_EQ(store->statistics().rejected, 3U);
    go_on.set_value();
}

TEST_F(Opening, BacksUpWhileItIsUsed) {
    fill(50);
    const auto store = open(options_);
    const auto backup = [&](const std::string& name) {
        return ask<void>([&](auto then) { store->backup(folder_ / name, then); });
    };
    ASSERT_TRUE(backup("copy.db"));
    const auto again = backup("copy.db");
    ASSERT_FALSE(again);
    EXPECT_TRUE(says(again.error().text, "copy.db"));
    EXPECT_FALSE(backup("none/copy.db"));
    EXPECT_EQ(inconsistencies(folder_ / "copy.db"), "");
    store::SqliteOptions of_copy = options_with();
    of_copy.file = folder_ / "copy.db";
    const auto copy = open(of_copy);
    EXPECT_EQ(key_of(*copy, 49), "key-0000000049");
}

TEST_F(Opening, BacksUpADatabaseInMemory) {
    const auto store = open(options_with());
    ASSERT_TRUE(ask<store::PutResult>(
        [&](auto then) { store->put_device(change_of(numbered(1)), {}, by("t"), then); }));
    ASSERT_TRUE(ask<void>([&](auto then) { store->backup(options_.file, then); }));
    EXPECT_EQ(key_of(*open(options_), 1), "key-0000000001");
    EXPECT_EQ(key_of(*store, 1), "key-0000000001");
}

}  // namespace
}  // namespace store_test
