#include "server/daemon_inbox.h"

#include <utility>

namespace bootstrapd {

void Inbox::put(std::vector<bootstrap::Notice> notices) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        was_empty = waiting_.empty();
        for (bootstrap::Notice& notice : notices) {
            if (std::holds_alternative<bootstrap::NotAdmitted>(notice)) {
                if (refusals_ >= most_refusals_) {
                    ++dropped_;
                    continue;
                }
                ++refusals_;
            }
            waiting_.push_back(std::move(notice));
        }
        was_empty = was_empty && !waiting_.empty();
    }
    if (was_empty) wake_();
}

std::vector<bootstrap::Notice> Inbox::take() {
    const std::lock_guard lock(mutex_);
    refusals_ = 0;
    return std::exchange(waiting_, {});
}

std::uint64_t Inbox::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

}  // namespace bootstrapd
