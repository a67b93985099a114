#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/wire/bytes.h"

struct sqlite3_vfs;

namespace store_test {

// An SQLite VFS on top of the system's own, for faults of the disk. Files are real ones; what of
// them is on the disk, should the power fail, is what was synced. Registered under its name as
// long as it lives, and longer than any connection that uses it.
class FaultyVfs {
  public:
    explicit FaultyVfs(std::string name);
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    const std::string& name() const { return name_; }

    // A step is a write, a truncation or a sync of a database or of its WAL.
    std::uint64_t steps() const;
    // From this step on nothing reaches the files any more, and every operation fails.
    void lose_power_at(std::uint64_t step);
    bool is_dark() const;
    // Leaves of each file what is on the disk: what was synced, and of the writes since then those
    // that `kept` says (null: none). Nothing may have the files open.
    void power_comes_back(const std::function<bool()>& kept = nullptr);

    // From this step on the disk is full: no file grows. 0: there is space.
    void fill_disk_at(std::uint64_t step);

    // The tests' own side of the files.
    struct Image;
    struct State;
    State& state() { return *state_; }

  private:
    std::string name_;
    std::unique_ptr<State> state_;
    std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace store_test
