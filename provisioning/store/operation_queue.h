#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "provisioning/store/operation.h"

namespace store {

// From all threads to one. What is in it when it is closed still comes out.
class OperationQueue {
  public:
    enum class Put : std::uint8_t { accepted, full, closed };

    explicit OperationQueue(std::size_t limit) : limit_(limit) {}

    // Takes the operation where it is accepted.
    Put put(std::unique_ptr<Operation>& operation);
    // Past the limit, and though it is closed: for what another queue has let in.
    void pass_on(std::unique_ptr<Operation> operation);

    // The next one. Null: the time has come, or it is closed and empty.
    std::unique_ptr<Operation> take(std::chrono::steady_clock::time_point until);
    std::unique_ptr<Operation> take();
    std::unique_ptr<Operation> take_now();

    void close();
    bool is_finished() const;  // closed and empty
    std::size_t size() const;

  private:
    std::unique_ptr<Operation> pop();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Operation>> waiting_;
    std::size_t limit_;
    bool closed_ = false;
};

}  // namespace store
