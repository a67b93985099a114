#include "server/net/inbox.h"

#include <utility>

namespace net {

Inbox::Inbox(std::size_t hand_over_limit, std::function<void()> wake)
    : wake_(std::move(wake)), hand_over_limit_(hand_over_limit) {}

void Inbox::append(Mail&& mail) {
    mail_.push_back(std::move(mail));
    if (woken_ || std::this_thread::get_id() == owner_) return;
    woken_ = true;
    wake_();
}

void Inbox::post(Mail mail) {
    const std::lock_guard lock(mutex_);
    if (!closed_) append(std::move(mail));
}

bool Inbox::hand_over(HandedOver datagram) {
    const std::lock_guard lock(mutex_);
    if (closed_ || handed_over_ >= hand_over_limit_) return false;
    ++handed_over_;
    append(std::move(datagram));
    return true;
}

void Inbox::belongs_to_this_thread() {
    const std::lock_guard lock(mutex_);
    owner_ = std::this_thread::get_id();
}

bool Inbox::take(std::vector<Mail>& into) {
    into.clear();
    const std::lock_guard lock(mutex_);
    woken_ = false;
    handed_over_ = 0;
    mail_.swap(into);
    return !into.empty();
}

void Inbox::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    mail_.clear();
    wake_ = nullptr;
}

void Inbox::set_hand_over_limit(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    hand_over_limit_ = limit;
}

}  // namespace net
