#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/settings.h"
#include "provisioning/load.h"
#include "provisioning/profile_set.h"
#include "provisioning/store/store.h"

namespace bootstrapd {

// The profiles in force: those that files declare and those that the API made. Read on any thread,
// changed on the control thread.
class Profiles {
  public:
    using Pointer = std::shared_ptr<const provisioning::ProfileSet>;
    using Post = std::function<void(std::function<void()>)>;

    // The store and what `post` stands for outlive it.
    Profiles(store::Store& store, Post post) : store_(store), post_(std::move(post)) {}

    Pointer get() const {
        const std::lock_guard lock(mutex_);
        return set_;
    }
    void set(Pointer set) {
        const std::lock_guard lock(mutex_);
        set_.swap(set);
    }

    using PutResult = std::variant<store::PutResult, document::Problems, store::Error>;
    using RemoveResult = std::variant<store::RemoveResult, store::Error>;
    // Checked against the settings too; stored, then in force.
    void put(std::string name, std::string text, const config::Settings&, store::Precondition,
             store::AuditEntry, std::function<void(PutResult)> then);
    void remove(std::string name, store::Precondition, store::AuditEntry,
                std::function<void(RemoveResult)> then);

    // Both kinds together. Nothing when there is a problem: a name that both have, a profile of
    // the API that is wrong by the definitions now in force or does not agree with the settings;
    // those declared do already.
    static Pointer join(const config::Settings&, const provisioning::Declared& declared,
                        const std::vector<store::ProfileRecord>& made,
                        document::Problems& problems);

  private:
    store::Store& store_;
    Post post_;
    mutable std::mutex mutex_;
    Pointer set_;
};

}  // namespace bootstrapd
