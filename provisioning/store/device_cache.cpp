#include "provisioning/store/device_cache.h"

#include <functional>

namespace store {

std::size_t DeviceCache::stripe_of(std::string_view endpoint) {
    return std::hash<std::string_view>{}(endpoint) % stripes;
}

DevicePointer DeviceCache::find(const DeviceKey& key) {
    if (key.kind == KeyKind::imei) return nullptr;
    const KeyRow name = row_of(key);
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->device;
}

DeviceCache::Ticket DeviceCache::ticket() const {
    const std::lock_guard lock(mutex_);
    return Ticket{now_};
}

void DeviceCache::put(const DeviceKey& looked_for, DevicePointer device, Ticket taken_before) {
    if (!device || limit_ == 0) return;
    const std::string& endpoint = device->device.endpoint.text();
    KeyRow own{row_kind(KeyKind::endpoint), endpoint};
    const std::size_t stripe = stripe_of(endpoint);
    const std::lock_guard lock(mutex_);
    if (changed_.at(stripe) > static_cast<std::uint64_t>(taken_before)) return;
    auto held = by_name_.find(own);
    if (held == by_name_.end()) {
        if (entries_.size() >= limit_) remove(std::prev(entries_.end()));
        entries_.push_front({std::move(device), {own}});
        held = by_name_.emplace(std::move(own), entries_.begin()).first;
    }
    if (looked_for.kind == KeyKind::endpoint || looked_for.kind == KeyKind::imei) return;
    const Entries::iterator entry = held->second;
    KeyRow name = row_of(looked_for);
    if (by_name_.emplace(name, entry).second) entry->names.push_back(std::move(name));
}

void DeviceCache::changed(std::string_view endpoint) {
    const KeyRow name{row_kind(KeyKind::endpoint), std::string(endpoint)};
    const std::lock_guard lock(mutex_);
    changed_.at(stripe_of(endpoint)) = ++now_;
    if (const auto found = by_name_.find(name); found != by_name_.end()) remove(found->second);
}

void DeviceCache::remove(Entries::iterator entry) {
    for (const KeyRow& name : entry->names) by_name_.erase(name);
    entries_.erase(entry);
}

std::size_t DeviceCache::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace store
