#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/store/database.h"
#include "tests/store/faulty_vfs.h"
#include "tests/store/sqlite_site.h"
#include "tests/support/seeded_random.h"

namespace store_test {
namespace {

using store::Errc;
using store::KeyKind;
using store::Store;

store::DevicePointer find(Store& store, const std::string& endpoint) {
    const auto found = ask<store::DevicePointer>([&](auto then) {
        store.find_device({KeyKind::endpoint, endpoint}, then);
    });
    return found ? *found : nullptr;
}

store::Result<store::PutResult> put(Store& store, const std::string& json) {
    return ask<store::PutResult>(
        [&](auto then) { store.put_device(change_of(json), {}, by("t"), then); });
}

std::string endpoint_of(std::size_t number) {
    return device_of(numbered(number)).endpoint.text();
}

store::IssueOrder replacement(std::size_t number) {
    store::IssueOrder order;
    order.endpoint = endpoint_of(number);
    order.session = "s9";
    order.replacement = true;
    order.fresh = {{0xFF, static_cast<std::uint8_t>(number)}, model::Secret(wire::Bytes{1, 2})};
    return order;
}

bool finds_made_key(Store& store) {
    const auto found = ask<store::DevicePointer>([&](auto then) {
        store.find_device({KeyKind::psk_identity, "\xFF\x01"}, then);
    });
    if (!found || !*found) return false;
    const auto& record = **found;
    const auto& own = record.device.credentials;
    const auto& keyring = record.state.keyring;
    return keyring.key_of(own, replacement(1).fresh.identity, at(1)).has_value() &&
           keyring.key_of(own, own.psk->identity, at(1)).has_value();
}

// Something asked of the store, and whether what it acknowledged is there.
struct Step {
    std::function<bool(Store&)> acknowledged;
    std::function<bool(Store&)> is_there;
};

Step put_step(std::size_t number) {
    return {[=](Store& store) { return put(store, numbered(number)).has_value(); },
            [=](Store& store) { return find(store, endpoint_of(number)) != nullptr; }};
}

std::vector<Step> all_steps() {
    std::vector<Step> steps;
    for (std::size_t i = 0; i < 4; ++i) steps.push_back(put_step(i));
    steps.push_back({[](Store& store) {
                         return ask<std::vector<store::PutResult>>([&](auto then) {
                                    store.import_devices(
                                        {change_of(numbered(100)), change_of(numbered(101)),
                                         change_of(numbered(102))},
                                        by("t"), then);
                                })
                             .has_value();
                     },
                     [](Store& store) {
                         return find(store, endpoint_of(100)) && find(store, endpoint_of(102));
                     }});
    steps.push_back({[](Store& store) { return put(store, numbered(50)).has_value(); },
                     [](Store&) { return true; }});
    steps.push_back({[](Store& store) {
                         return ask<store::RemoveResult>([&](auto then) {
                                    store.remove_device(endpoint_of(50), {}, by("t"), then);
                                })
                             .has_value();
                     },
                     [](Store& store) { return !find(store, endpoint_of(50)); }});
    steps.push_back({[](Store& store) {
                         return ask<Store::Seeded>([&](auto then) {
                                    store.seed_devices(
                                        {device_of(R"({"endpoint": "f"})", "x.json")}, then);
                                })
                             .has_value();
                     },
                     [](Store& store) { return find(store, "f") != nullptr; }});
    steps.push_back({[](Store& store) {
                         return ask<void>([&](auto then) {
                                    store.accept_attach({"s2", "b", "{}", at(1), at(9)},
                                                        store::EventId{"e", "1"}, then);
                                })
                             .has_value();
                     },
                     [](Store& store) {
                         return ask<Store::Found>([&](auto then) {
                                    store.find_devices({}, store::EventId{"e", "1"}, then);
                                })
                             ->seen.has_value();
                     }});
    steps.push_back({[](Store& store) {
                         return ask<store::IssueResult>(
                                    [&](auto then) { store.issue(replacement(1), then); })
                             .has_value();
                     },
                     [](Store& store) { return finds_made_key(store); }});
    steps.push_back(
        {[](Store& store) {
             return ask<void>([&](auto then) {
                        store.end_session(session_row("s9", endpoint_of(1)), {}, then);
                    }).has_value() &&
                    ask<provisioning::Keyring::Proved>([&](auto then) {
                        store.credential_proved(
                            {endpoint_of(1), replacement(1).fresh.identity, at(9000), std::nullopt},
                            then);
                    }).has_value();
         },
         [](Store& store) {
             return finds_made_key(store) &&
                    find(store, endpoint_of(1))->state.keyring.pending() == nullptr;
         }});
    steps.push_back(
        {[](Store& store) {
             return ask<void>([&](auto then) {
                        store.end_session(session_row("s1"), {{"h", "a", "k", "1"}}, then);
                    })
                 .has_value();
         },
         [](Store& store) {
             return ask<std::optional<store::SessionRow>>(
                        [&](auto then) { store.session("s1", then); })
                 ->has_value();
         }});
    return steps;
}

class PowerLoss : public testing::Test {
  protected:
    // Runs everything, losing power at this step; then all that was acknowledged must be there.
    // Whether the power was lost before the end.
    bool lose_power_at(std::uint64_t step, const std::function<bool()>& kept) {
        const Folder folder;
        FaultyVfs disk("disk-" + std::to_string(step));
        store::SqliteOptions options = options_with();
        options.file = folder / "test.db";
        options.vfs = disk.name();
        disk.lose_power_at(step);
        const std::vector<Step> steps = all_steps();
        std::size_t acknowledged = 0;
        if (auto opened =
                store::open_sqlite(options, std::make_unique<support::SeededRandom>(step))) {
            while (acknowledged < steps.size() && steps[acknowledged].acknowledged(**opened))
                ++acknowledged;
        }
        const bool was_lost = disk.is_dark();
        if (!was_lost) {
            EXPECT_EQ(acknowledged, steps.size());
        }
        disk.power_comes_back(kept);

        const auto again = open(options);
        for (std::size_t i = 0; i < acknowledged; ++i)
            EXPECT_TRUE(steps[i].is_there(*again)) << "lost at " << step << ": operation " << i;
        // And it goes on.
        EXPECT_TRUE(put(*again, numbered(999)));
        EXPECT_TRUE(find(*again, endpoint_of(999)));
        EXPECT_EQ(inconsistencies(options.file), "") << "lost at " << step;
        return was_lost;
    }
};

TEST_F(PowerLoss, LosesNothingThatWasAcknowledged) {
    std::uint64_t step = 1;
    while (lose_power_at(step, nullptr) && !HasFailure()) ++step;
    // A run has a good many places where the power can fail.
    EXPECT_GT(step, 50U);
}

TEST_F(PowerLoss, DoesNotMindWritesThatReachedTheDiskOutOfOrder) {
    support::SeededRandom random(7);
    const auto kept = [&] { return random.chance(0.5); };
    std::uint64_t step = 1;
    while (lose_power_at(step, kept) && !HasFailure()) step += 1 + random.below(4);
    EXPECT_GT(step, 50U);
}

class FullDisk : public testing::Test {
  protected:
    FullDisk() : disk_("full") {
        options_.file = folder_ / "test.db";
        options_.vfs = disk_.name();
    }
    Folder folder_;
    FaultyVfs disk_;
    store::SqliteOptions options_ = options_with();
};

TEST_F(FullDisk, IsAClearRefusalAndNothingIsWritten) {
    const auto store = open(options_);
    ASSERT_TRUE(put(*store, numbered(1)));
    // At each step that a change takes.
    for (std::uint64_t later = 1; later < 8; ++later) {
        disk_.fill_disk_at(disk_.steps() + later);
        std::size_t written = 100 * later;
        for (;;) {
            const auto result = put(*store, numbered(written));
            if (!result) {
                EXPECT_EQ(result.error().code, Errc::disk_full) << result.error().text;
                break;
            }
            ++written;
        }
        EXPECT_FALSE(find(*store, endpoint_of(written)));
        EXPECT_TRUE(find(*store, endpoint_of(1)));
        disk_.fill_disk_at(0);
        EXPECT_TRUE(put(*store, numbered(written)));
        EXPECT_TRUE(find(*store, endpoint_of(written)));
    }
    EXPECT_GE(store->statistics().failures, 7U);
    EXPECT_EQ(inconsistencies(options_.file), "");
}

TEST_F(FullDisk, IsToldWhenTheStoreIsOpened) {
    disk_.fill_disk_at(1);
    EXPECT_NE(complaint(options_).find("no space"), std::string::npos);
    disk_.fill_disk_at(0);
    EXPECT_EQ(complaint(options_), "");
}

class DamagedFile : public testing::Test {
  protected:
    DamagedFile() {
        options_.file = folder_ / "test.db";
        const auto store = open(options_);
        for (std::size_t i = 0; i < 200; ++i)
            store->put_device(change_of(numbered(i)), {}, by("t"), [](const auto&) {});
    }
    Folder folder_;
    store::SqliteOptions options_ = options_with();
};

TEST_F(DamagedFile, IsRefusedWhereItsHeadIsGone) {
    wire::Bytes octets = octets_of(options_.file);
    std::fill_n(octets.begin(), 4096, std::uint8_t{0x5A});
    write_octets(options_.file, octets);
    const std::string what = complaint(options_);
    EXPECT_NE(what.find("damaged"), std::string::npos) << what;
    EXPECT_NE(what.find("test.db"), std::string::npos) << what;
}

TEST_F(DamagedFile, IsAnErrorAndNoCrashWhereItsMiddleIsGone) {
    wire::Bytes octets = octets_of(options_.file);
    ASSERT_GT(octets.size(), 40U * 4096);
    std::fill(octets.begin() + 20 * 4096, octets.end(), std::uint8_t{0x5A});
    write_octets(options_.file, octets);
    auto opened = store::open_sqlite(options_, std::make_unique<support::SeededRandom>(1));
    if (!opened) return;  // that is well too
    Store& store = **opened;
    int failed = 0;
    for (std::size_t i = 0; i < 200; ++i) {
        const auto found = ask<store::DevicePointer>([&](auto then) {
            store.find_device({KeyKind::endpoint, endpoint_of(i)}, then);
        });
        if (!found) {
            ++failed;
            EXPECT_EQ(found.error().code, Errc::failed);
        }
    }
    EXPECT_GT(failed, 0);
    put(store, numbered(1000));
}

TEST_F(DamagedFile, DoesNotServeADeviceTheKeyOfAnother) {
    sql(options_.file,
        "UPDATE devices SET (wrapped, sealed) ="
        " (SELECT wrapped, sealed FROM devices WHERE endpoint = 'dev-0000000002')"
        " WHERE endpoint = 'dev-0000000001'");
    const auto store = open(options_);
    const auto found = ask<store::DevicePointer>([&](auto then) {
        store->find_device({KeyKind::psk_identity, "id-0000000001"}, then);
    });
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().text.find("does not open"), std::string::npos);
    EXPECT_TRUE(find(*store, "dev-0000000002"));
}

}  // namespace
}  // namespace store_test
