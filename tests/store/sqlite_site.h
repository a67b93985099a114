#pragma once

#include <filesystem>
#include <string>

#include "provisioning/store/sqlite.h"
#include "tests/store/contract.h"

namespace store_test {

// A folder of its own, gone with this.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

crypto::MasterKey master_key(std::uint8_t octet = 1);
// With that key, and no file.
store::SqliteOptions options_with(std::uint8_t key = 1);
// The error is one of the test's.
std::unique_ptr<store::Store> open(const store::SqliteOptions& options);
// What open_sqlite() complains of; empty: nothing.
std::string complaint(const store::SqliteOptions& options);

Backend sqlite_file();
Backend sqlite_memory();

}  // namespace store_test
