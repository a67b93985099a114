#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "provisioning/fleet.h"
#include "provisioning/store/store.h"
#include "server/bootstrap/device_query.h"
#include "server/daemon_profiles.h"

namespace bootstrapd {

// Who a device is, for the shards and for attach events: the store's record, without one what the
// fleet's rules say, and the profile in force. A device with a record, a disabled one too, is never
// the fleet's. Used on any thread; store and profiles outlive it and its answers.
class DeviceFinder {
  public:
    DeviceFinder(store::Store& store, const Profiles& profiles)
        : store_(store), profiles_(profiles) {}

    void set(std::shared_ptr<const provisioning::Fleet> fleet) {
        const std::lock_guard lock(mutex_);
        fleet_.swap(fleet);
    }

    // Answered on the calling thread where the record is at hand, else on one of the store's.
    void find(const bootstrap::DeviceQuery&,
              std::function<void(bootstrap::DeviceAnswer)> answer) const;
    // One that has no record; null: nor is it of the fleet.
    std::shared_ptr<const provisioning::Device> of_fleet(std::string_view endpoint) const;

  private:
    using Answer = std::function<void(bootstrap::DeviceAnswer)>;
    std::shared_ptr<const provisioning::Fleet> fleet() const {
        const std::lock_guard lock(mutex_);
        return fleet_;
    }
    void find_by_public_key(const bootstrap::PublicKeyIdentity& identity, Answer answer) const;
    bootstrap::DeviceAnswer found(const bootstrap::DeviceQuery& query,
                                  const store::DevicePointer& record) const;
    bootstrap::DeviceAnswer found_by_key(const bootstrap::PublicKeyIdentity& identity,
                                         const std::vector<store::DevicePointer>& records) const;
    bootstrap::FoundDevice describe(const store::DevicePointer& record) const;
    void ask_fleet(const bootstrap::DeviceQuery& query, Answer answer) const;

    store::Store& store_;
    const Profiles& profiles_;
    mutable std::mutex mutex_;
    std::shared_ptr<const provisioning::Fleet> fleet_ =
        std::make_shared<const provisioning::Fleet>();
};

// The credentials of a device's account to dial it with, the likeliest first; empty: the record's
// own alone.
std::vector<provisioning::PskCredential> to_dial(const store::DeviceRecord&, store::WallTime now);
// Whether the account has purged itself by now (/0/x/12 of an earlier session).
bool has_expired(const store::DeviceRecord&, store::WallTime now);

}  // namespace bootstrapd
