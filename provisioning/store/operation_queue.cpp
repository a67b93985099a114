#include "provisioning/store/operation_queue.h"

namespace store {

OperationQueue::Put OperationQueue::put(std::unique_ptr<Operation>& operation) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Put::closed;
    if (waiting_.size() >= limit_) return Put::full;
    waiting_.push_back(std::move(operation));
    changed_.notify_one();
    return Put::accepted;
}

void OperationQueue::pass_on(std::unique_ptr<Operation> operation) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(operation));
    changed_.notify_one();
}

std::unique_ptr<Operation> OperationQueue::pop() {
    if (waiting_.empty()) return nullptr;
    auto operation = std::move(waiting_.front());
    waiting_.pop_front();
    return operation;
}

std::unique_ptr<Operation> OperationQueue::take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [this] { return closed_ || !waiting_.empty(); });
    return pop();
}

std::unique_ptr<Operation> OperationQueue::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    return pop();
}

std::unique_ptr<Operation> OperationQueue::take_now() {
    const std::lock_guard lock(mutex_);
    return pop();
}

void OperationQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

bool OperationQueue::is_finished() const {
    const std::lock_guard lock(mutex_);
    return closed_ && waiting_.empty();
}

std::size_t OperationQueue::size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

}  // namespace store
