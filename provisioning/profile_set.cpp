#include "provisioning/profile_set.h"

#include <utility>

namespace provisioning {

bool ProfileSet::add(Entry entry, document::Problems& problems) {
    const std::shared_ptr<const Profile> profile = entry.profile;
    const auto [twin, is_new] = profiles_.try_emplace(profile->name, std::move(entry));
    if (is_new) return true;
    const Profile& other = *twin->second.profile;
    const std::string where =
        other.file.empty()
            ? "was made by the API"
            : "is in " + other.file + (other.pointer.empty() ? "" : ": ") + other.pointer;
    problems.push_back({profile->file, profile->pointer + "/name",
                        "the profile \"" + profile->name + "\" " + where + " already",
                        "rename or remove one of them"});
    return false;
}

std::shared_ptr<const ProfileSet> ProfileSet::with(Entry entry) const {
    auto changed = std::make_shared<ProfileSet>(*this);
    const std::string name = entry.profile->name;
    changed->profiles_.insert_or_assign(name, std::move(entry));
    return changed;
}

std::shared_ptr<const ProfileSet> ProfileSet::without(std::string_view name) const {
    auto changed = std::make_shared<ProfileSet>(*this);
    if (const auto found = changed->profiles_.find(name); found != changed->profiles_.end())
        changed->profiles_.erase(found);
    return changed;
}

const ProfileSet::Entry* ProfileSet::find(std::string_view name) const {
    const auto found = profiles_.find(name);
    return found == profiles_.end() ? nullptr : &found->second;
}

void ProfileSet::check(const Device& device, const std::set<std::string>& kept,
                       document::Problems& problems) const {
    const Entry* const entry = find(device.profile);
    if (entry == nullptr) {
        problems.push_back({device.file, device.pointer + "/profile",
                            "there is no profile \"" + device.profile + "\"",
                            "correct the name, or add the profile"});
        return;
    }
    for (const std::string& variable : entry->profile->variables)
        if (!device.variables.contains(variable) && !kept.contains(variable))
            problems.push_back(
                {device.file, device.pointer + "/variables",
                 "the profile \"" + device.profile + "\" needs the variable \"" + variable + "\"",
                 "add it to the device's \"variables\""});
}

Assignment ProfileSet::assign(std::shared_ptr<const Device> device) const {
    const Entry* const entry = find(device->profile);
    return {std::move(device), entry == nullptr ? nullptr : entry->profile};
}

}  // namespace provisioning
