#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "provisioning/store/operation_queue.h"
#include "provisioning/store/sqlite_counters.h"

namespace store {

// A thread that reads, on a connection of its own: several operations in one transaction, which
// begins after they were asked for; or one at a time and without a transaction.
class SqliteReader {
  public:
    enum class Mode : std::uint8_t { together, singly };
    // Outlive the reader.
    struct Surroundings {
        std::unique_ptr<Connection> db;
        const Vault& vault;
        DeviceCache& cache;
        SqliteCounters& counters;
    };

    SqliteReader(Surroundings, std::size_t queue, Mode);
    ~SqliteReader() { stop(); }
    SqliteReader(const SqliteReader&) = delete;
    SqliteReader& operator=(const SqliteReader&) = delete;

    OperationQueue& queue() { return queue_; }
    void start();
    void stop();

  private:
    void work();
    void read(std::vector<std::unique_ptr<Operation>>& batch);

    Surroundings around_;
    OperationQueue queue_;
    Mode mode_;
    std::thread thread_;
};

}  // namespace store
