#include "tests/store/sqlite_site.h"

#include <cstdlib>
#include <stdexcept>

#include "tests/support/seeded_random.h"

namespace store_test {
namespace {

class SqliteFile final : public Site {
  public:
    std::unique_ptr<store::Store> open() override {
        store::SqliteOptions options = options_with();
        options.file = folder_ / "test.db";
        return store_test::open(options);
    }

  private:
    Folder folder_;
};

class SqliteMemory final : public Site {
  public:
    std::unique_ptr<store::Store> open() override { return store_test::open(options_with()); }
};

}  // namespace

Folder::Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "bootstrapd-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    path_ = name;
}

Folder::~Folder() {
    std::filesystem::remove_all(path_);
}

crypto::MasterKey master_key(std::uint8_t octet) {
    return *crypto::MasterKey::from(model::Secret(wire::Bytes(crypto::MasterKey::key_size, octet)));
}

store::SqliteOptions options_with(std::uint8_t key) {
    store::SqliteOptions options;
    options.keys.push_back(master_key(key));
    // Sessions of the tests are of 1970.
    options.retention.sessions_age = std::chrono::hours(24 * 365 * 200);
    return options;
}

std::unique_ptr<store::Store> open(const store::SqliteOptions& options) {
    auto store = store::open_sqlite(options, std::make_unique<support::SeededRandom>(1));
    if (!store) throw std::runtime_error(store.error());
    return std::move(*store);
}

std::string complaint(const store::SqliteOptions& options) {
    const auto store = store::open_sqlite(options, std::make_unique<support::SeededRandom>(1));
    return store ? "" : store.error();
}

Backend sqlite_file() {
    return {"SqliteFile", true, [] { return std::make_unique<SqliteFile>(); }};
}

Backend sqlite_memory() {
    return {"SqliteMemory", false, [] { return std::make_unique<SqliteMemory>(); }};
}

}  // namespace store_test
