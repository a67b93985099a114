#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "provisioning/catalog.h"

namespace bootstrapd {

// The catalog in force: set by the control thread, read by the shards' threads too. A lock of its
// own, as libstdc++ 12 has no std::atomic<std::shared_ptr> that ThreadSanitizer understands.
class CatalogSlot {
  public:
    using Pointer = std::shared_ptr<const provisioning::Catalog>;

    explicit CatalogSlot(Pointer catalog) : catalog_(std::move(catalog)) {}

    Pointer get() const {
        const std::lock_guard lock(mutex_);
        return catalog_;
    }
    void set(Pointer catalog) {
        const std::lock_guard lock(mutex_);
        catalog_.swap(catalog);
    }

  private:
    mutable std::mutex mutex_;
    Pointer catalog_;
};

}  // namespace bootstrapd
