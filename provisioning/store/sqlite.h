#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "provisioning/store/store.h"
#include "server/crypto/sealing.h"
#include "server/wire/random.h"

namespace store {

struct Retention {
    std::chrono::seconds sessions_age{30 * 86400};
    std::uint64_t sessions = 1'000'000;  // the newest
    std::uint64_t refusals = 10'000;     // of them: the newest of outcome not_admitted
    std::chrono::seconds audit_age{365 * 86400};
    std::chrono::seconds events_age{7 * 86400};  // ids of attach events, against replay
    std::chrono::seconds answers_age{86400};     // of Idempotency-Keys
    std::uint64_t strangers = 10'000;
    std::uint64_t deliveries = 1'000'000;  // above that, end_session() drops the oldest and counts
};

struct SqliteOptions {
    std::filesystem::path file;  // empty: in memory, gone with the store
    // The first wraps; the others only unwrap, and their records are re-wrapped in the
    // background. At least one.
    std::vector<crypto::MasterKey> keys;
    Retention retention;
    std::size_t queue = 100'000;  // operations that may wait
    std::size_t group = 512;      // operations in one transaction
    std::size_t cached_devices = 10'000;
    std::string vfs;  // SQLite's name of the one to use; empty: its default
};

// SQLite in WAL mode, synchronous=FULL: a thread that writes, in groups, and a thread that reads
// devices. Makes or migrates the schema. The error names the file and what to do: a database that
// another version made, a wrong master key, no permission, a second daemon on the same file.
boost::system::result<std::unique_ptr<Store>, std::string> open_sqlite(
    const SqliteOptions&, std::unique_ptr<wire::Random>);

}  // namespace store
