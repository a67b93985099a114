#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/flows/world.h"

// A device whose Bootstrap-Server account is given another key, and everything that may happen
// meanwhile. Whatever it is, the device is not locked out.
namespace flows::lockout {

using Way = provisioning::BootstrapAccount::Way;

struct Kind {
    std::string name;
    support::Habits habits;
    Way way = Way::in_place;
    // Of a bootstrap without trouble. A device that has no room for a second account cannot get
    // one in a new instance: it keeps its old key.
    bootstrap::Outcome outcome = bootstrap::Outcome::finished;
    bool is_replaced() const { return outcome == bootstrap::Outcome::finished; }
};
// Each way of writing with each way of going without a Finish, and real clients.
std::vector<Kind> kinds(Way);

// All transmissions of one exchange, or all answers in it, are lost. The exchanges of a session
// are counted from 0.
struct Loss {
    std::size_t exchange = 0;
    support::Direction direction{};
};

// What happens in one run, before everything is well again.
struct Trouble {
    // From this datagram on, counted over both directions, the link carries nothing that way, until
    // device and daemon have given up.
    struct Cut {
        std::size_t from = 0;
        bool to_device = false, to_server = false;
    };
    std::optional<Cut> cut;
    // At this datagram the device's power fails; it returns at once.
    std::optional<std::size_t> power_fails_at;
    // One in each session, as many sessions.
    std::vector<Loss> losses;
    // The daemon is killed after this step; 0: never.
    std::size_t killed_after = 0;
    // Before the device returns.
    bool grace_period_passes = false;
};
std::string to_string(const Trouble&);

// What the device holds and what the daemon knows, between two bootstraps.
struct Standing {
    support::DeviceStore::Held device;
    provisioning::Keyring keyring;
    wire::Duration time{};  // since the first
    std::uint64_t age = 0;  // runs since the first
};
// As it left the factory, and nothing was recorded yet.
Standing first_standing(const Kind&);
// Alike for standings that differ in octets of keys and in times alone.
std::string to_string(const Standing&);

struct Story {
    // Why the device is locked out or could be; or the next bootstrap did not succeed. Empty: all
    // is well.
    std::string fault;
    std::size_t datagrams = 0, exchanges = 0, steps = 0;  // while there was trouble
    Standing after_trouble;
    bool left_pending = false, rolled_back = false, kept = false, two_accounts = false;
    KeyDesk::Counts keys;
};

// From `begin` (nothing: as it left the factory) through the trouble to: one credential at least is
// accepted, the next bootstraps succeed, the replacement comes to its end, and the device is still
// accepted when the grace period is over. Throughout, after every step of the daemon, both what the
// device holds and what it would go back to has an accepted credential.
Story run(const Kind&, const Trouble&, const Standing* begin = nullptr);

}  // namespace flows::lockout
