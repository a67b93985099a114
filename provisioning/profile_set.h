#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/document.h"
#include "provisioning/catalog.h"
#include "provisioning/model/definitions.h"
#include "provisioning/profile.h"

namespace provisioning {

// The profiles in force at one moment, those of files and those made by the API; immutable, so any
// thread may read it.
class ProfileSet {
  public:
    struct Entry {
        std::shared_ptr<const Profile> profile;  // profile->file is empty where the API made it
        std::string text;                        // its JSON document, secrets included
        std::uint64_t revision = 0;              // of one that the API made
    };

    explicit ProfileSet(std::shared_ptr<const model::Definitions> definitions)
        : definitions_(std::move(definitions)) {}

    // False, and a problem, when the name is taken.
    bool add(Entry entry, document::Problems& problems);
    // The same set with one more, or another one, or one less.
    std::shared_ptr<const ProfileSet> with(Entry entry) const;
    std::shared_ptr<const ProfileSet> without(std::string_view name) const;

    const Entry* find(std::string_view name) const;
    const std::map<std::string, Entry, std::less<>>& all() const { return profiles_; }
    std::size_t size() const { return profiles_.size(); }
    // What values are read by; never null. Shared: a session keeps those that it began with.
    std::shared_ptr<const model::Definitions> definitions() const { return definitions_; }

    // What is wrong with the device as far as its profile goes: there is none of that name, a
    // variable is missing that is not `kept` from the stored record. By the device's own file and
    // pointer.
    void check(const Device& device, const std::set<std::string>& kept,
               document::Problems& problems) const;
    // The device and its profile; without one where there is none of that name.
    Assignment assign(std::shared_ptr<const Device> device) const;

  private:
    std::shared_ptr<const model::Definitions> definitions_;
    std::map<std::string, Entry, std::less<>> profiles_;
};

}  // namespace provisioning
