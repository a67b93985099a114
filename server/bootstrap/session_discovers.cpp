#include "server/bootstrap/session_discovers.h"

#include <algorithm>
#include <utility>

namespace bootstrap {

std::optional<model::Path> FirstDiscovers::next() const {
    return left_.empty() ? std::nullopt : std::optional(left_.front());
}

void FirstDiscovers::told(model::Discovered what) {
    const model::Path path = left_.front();
    left_.pop_front();
    what.covers = {path};
    if (!path.is_root()) {
        std::erase_if(what.links, [&](const model::DiscoveredLink& link) {
            return link.path.object() != path.object();
        });
    }
    if (all_) {
        all_->add(std::move(what));
    } else {
        all_ = std::move(what);
    }
}

bool FirstDiscovers::refused() {
    const model::Path path = left_.front();
    left_.pop_front();
    if (!path.is_root()) return false;
    const model::Path security(model::object::security);
    if (std::find(left_.begin(), left_.end(), security) == left_.end()) {
        left_.push_front(security);
    }
    return true;
}

}  // namespace bootstrap
