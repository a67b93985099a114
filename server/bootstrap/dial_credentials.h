#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "provisioning/device.h"

namespace bootstrap {

// What a device may be dialled with, the likeliest first: the credentials of its account, then our
// public key where the device's is known. One that the device refused is not tried again; one that
// it did not answer to goes to the end, as some devices say nothing of an identity they do not
// know. Used by one thread.
class DialCredentials {
  public:
    // Of its keys one is pending, one current; more than a few retired ones nobody has.
    static constexpr std::size_t most = 8;

    // `account` is what is known of the account's keys; empty: the record's own PSK.
    DialCredentials(const provisioning::Credentials& record,
                    const std::vector<provisioning::PskCredential>& account);

    bool empty() const { return left_.empty(); }
    // Of a list that is not empty. Nothing: by public keys.
    const std::optional<provisioning::PskCredential>& next() const { return left_.front(); }

    // next() was refused: it goes. False: that was the last one.
    bool refused();
    // Nothing was heard of next().
    void unheard();

  private:
    std::deque<std::optional<provisioning::PskCredential>> left_;
};

// Whether the device is known by a certificate or by a raw public key.
bool has_public_key(const provisioning::Credentials& credentials);
// Whether it is known by anything that a secured transport can prove.
bool has_secured(const provisioning::Credentials& credentials);

}  // namespace bootstrap
