#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/device.h"
#include "server/crypto/digest.h"
#include "server/crypto/sealing.h"

namespace store {

// The master keys, and what is done with them. Immutable after adopt(), so any thread may use it.
class Vault {
  public:
    // The first key wraps, the others only unwrap. At least one.
    explicit Vault(std::vector<crypto::MasterKey> keys) : keys_(std::move(keys)) {}

    crypto::Sealed seal(wire::BytesView plain, const std::string& context, wire::Random&) const;
    std::optional<model::Secret> open(const crypto::Sealed&, const std::string& context) const;
    // The data key under the first master key; nothing when none of ours wrapped it.
    std::optional<wire::Bytes> rewrap(const wire::Bytes& wrapped_key, const std::string& context,
                                      wire::Random&) const;

    bool has(const crypto::MasterKey::Id&) const;
    const crypto::MasterKey::Id& first() const { return keys_.front().id(); }
    std::string names() const;  // of the keys, for people

    // The store's own secret, by which documents are compared without revealing them.
    void adopt(model::Secret secret) { own_ = std::move(secret); }
    const model::Secret& own() const { return own_; }
    // Of all that a device's file says about it; tells nothing to who has not the store's secret.
    crypto::Sha256 fingerprint(const provisioning::Device&) const;

  private:
    std::vector<crypto::MasterKey> keys_;
    model::Secret own_;
};

// What records are sealed for: it does not open in another's place.
std::string device_context(std::string_view endpoint);
std::string profile_context(std::string_view name);

}  // namespace store
