#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "provisioning/device.h"
#include "provisioning/issue.h"
#include "provisioning/keyring.h"
#include "server/bootstrap/record.h"
#include "server/wire/random.h"

namespace flows {

// What the daemon keeps of the keys of one device's Bootstrap-Server account: its store, and who
// asks it, without a file. What a call has done is durable; what a killed daemon had not called is
// lost.
class KeyDesk {
  public:
    using WallTime = provisioning::WallTime;
    using Proved = provisioning::Keyring::Proved;

    // The Random outlives it. Without `grace` a replaced key is honoured for ever.
    KeyDesk(provisioning::Credentials own, std::optional<std::chrono::seconds> grace,
            wire::Random&);

    // As Store::issue(): what the session may write, once it is recorded.
    provisioning::Issued issue(const std::string& session,
                               const std::optional<provisioning::NewAccount>& account,
                               WallTime now);
    // As Store::end_session().
    void session_ended(const std::string& session, const bootstrap::AccountReport& account,
                       WallTime when);
    // As Store::credential_proved().
    void proved(wire::BytesView identity, WallTime began, WallTime now);
    void tidy(WallTime now) { keyring_.tidy(own_, now); }
    // The daemon starts.
    void restarted(WallTime now);

    // Whether a handshake with it succeeds.
    bool accepts(const provisioning::PskCredential&, WallTime now) const;

    const provisioning::Credentials& own() const { return own_; }
    const provisioning::Keyring& keyring() const { return keyring_; }
    // In the place of what it has recorded.
    void keep(provisioning::Keyring keyring) { keyring_ = std::move(keyring); }

    struct Counts {
        std::size_t issued = 0, issued_again = 0, promoted = 0, returned = 0;
    };
    const Counts& counts() const { return counts_; }

  private:
    provisioning::Credentials own_;
    std::optional<std::chrono::seconds> grace_;
    wire::Random& random_;
    provisioning::Keyring keyring_;
    Counts counts_;
};

}  // namespace flows
