#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/store/device_keys.h"

namespace store {

// Devices that were looked for lately, by the keys they were looked for with. Bounded: the one
// that was not used for the longest goes. Any thread may use it; the lock is held for a few
// comparisons.
//
// Nothing old stays: who changes a device says so after the change is on the disk and before it
// is acknowledged; and who reads takes a ticket before, with which a device that was changed since
// is not accepted.
class DeviceCache {
  public:
    enum class Ticket : std::uint64_t {};

    explicit DeviceCache(std::size_t limit) : limit_(limit) {}

    // Null: it is not here. An IMEI never is: whom it means can change with another's record.
    DevicePointer find(const DeviceKey&);
    Ticket ticket() const;
    void put(const DeviceKey& looked_for, DevicePointer device, Ticket taken_before);
    void changed(std::string_view endpoint);
    std::size_t size() const;

  private:
    struct Entry {
        DevicePointer device;
        std::vector<KeyRow> names;  // in by_name_
    };
    using Entries = std::list<Entry>;  // the latest used first

    static constexpr std::size_t stripes = 4096;
    static std::size_t stripe_of(std::string_view endpoint);
    void remove(Entries::iterator entry);

    mutable std::mutex mutex_;
    std::size_t limit_;
    std::uint64_t now_ = 1;  // grows with every change
    // When one of the endpoints of a stripe changed last.
    std::array<std::uint64_t, stripes> changed_{};
    Entries entries_;
    std::map<KeyRow, Entries::iterator> by_name_;
};

}  // namespace store
