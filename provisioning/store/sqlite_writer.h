#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "provisioning/store/operation_queue.h"
#include "provisioning/store/sqlite_counters.h"

namespace store {

// The thread that writes: takes what waits, runs it in one transaction, each in a savepoint of
// its own, and finishes all of it when the transaction is on the disk. In between it keeps house.
class SqliteWriter {
  public:
    // Outlive the writer.
    struct Surroundings {
        Connection& db;
        const Vault& vault;
        wire::Random& random;
        const Retention& retention;
        DeviceCache& cache;
        SqliteCounters& counters;
        OperationQueue* afterwards;  // of who does those; null: this thread does
    };

    SqliteWriter(Surroundings, std::size_t queue, std::size_t group);
    ~SqliteWriter() { stop(); }
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    OperationQueue& queue() { return queue_; }
    void start();
    // Does all that waits; what comes from now on is refused.
    void stop();

  private:
    struct Done {
        std::unique_ptr<Operation> operation;
        std::optional<Error> error;
    };

    void work();
    void write_group(std::unique_ptr<Operation> first);
    std::optional<Error> run_in_savepoint(Operation&);
    void begin();
    // The error that kept all of it from the disk.
    std::optional<Error> commit();
    void finish(std::vector<Done>& group, const std::optional<Error>& of_all);
    void run_afterwards(std::unique_ptr<Operation>);
    void keep_house();
    void recount();

    Surroundings around_;
    OperationQueue queue_;
    std::size_t group_;
    Writing writing_;
    std::uint64_t kept_revision_ = 0;  // in the database
    std::int64_t rewrapped_ = 0;       // up to this device
    std::chrono::steady_clock::time_point next_house_;
    std::thread thread_;
};

}  // namespace store
