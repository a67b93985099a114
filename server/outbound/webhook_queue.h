#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "provisioning/store/records.h"
#include "server/wire/random.h"

namespace outbound {

// Pauses after failures: the first one doubles up to the longest, and then it is the last one.
struct Backoff {
    std::chrono::milliseconds first = std::chrono::seconds(1);
    std::chrono::milliseconds longest = std::chrono::minutes(5);
    std::chrono::milliseconds afterwards = std::chrono::hours(1);

    // After so many failures before this one; a fifth more or less than it would be, by chance.
    std::chrono::milliseconds after(unsigned failures, wire::Random&) const;
};

struct HookRules {
    std::string name;
    std::size_t concurrency = 8;
    std::chrono::seconds max_age = std::chrono::days(3);
};

// Which messages of the webhooks are sent now. Pure: the store's answers, outcomes and the time go
// in, actions come out. Used by one thread.
//
// In order per device: the store gives the oldest message of each hook and device only, and here
// there is never a second one of the same in flight. At least once: a message leaves the store
// when it was answered well or has become too old. A hook whose server does not work is paused as
// a whole and tried with a single message, so that it costs neither connections nor the other
// hooks' turn.
class WebhookQueue {
  public:
    WebhookQueue(Backoff, wire::Random&);

    // The hooks from now on; what is in flight stays in flight.
    void configure(const std::vector<HookRules>&);

    struct Send {
        store::Delivery delivery;
    };
    struct Drop {  // too old
        store::Delivery delivery;
    };
    struct Postpone {  // its hook is not in the settings (any more)
        store::Delivery delivery;
        store::WallTime due;
    };
    using Action = std::variant<Send, Drop, Postpone>;

    // The store is being asked what is due by now.
    void asked(store::WallTime now);
    // Its answer. Every action is in flight until settled() or unsettled().
    std::vector<Action> offer(std::vector<store::Delivery> due, store::WallTime now);

    // Outcomes of a Send, of which the store is to be told.
    void delivered(std::uint64_t sequence);
    // Whose fault it was: a message that its receiver does not want, or a server that does not
    // work.
    enum class Fault { message, hook };
    store::WallTime failed(std::uint64_t sequence, Fault,
                           std::optional<std::chrono::seconds> retry_after, store::WallTime now);
    // The store knows.
    void settled(std::uint64_t sequence);
    // The store could not be told: the message is still due. Nothing is sent for a while, or it
    // would be sent again and again.
    void unsettled(std::uint64_t sequence, store::WallTime now);

    // When more may be sent than at that time though nothing else happens; a time that has passed:
    // the store has not been asked since.
    std::optional<store::WallTime> next_change(store::WallTime now) const;
    std::size_t in_flight() const { return in_flight_.size(); }
    // How many to ask the store for, of each hook.
    std::size_t page() const { return page_; }

  private:
    struct Hook {
        HookRules rules;
        std::size_t sending = 0;
        unsigned failures = 0;  // of the hook, since the last success
        store::WallTime paused_until{};
    };
    struct InFlight {
        std::string hook;
        std::string endpoint;
        unsigned attempts = 0;
        bool sending = false;
    };
    bool may_send(const Hook& hook, store::WallTime now) const;
    void add(const store::Delivery& delivery, bool sending);
    void stop_sending(InFlight& entry);

    const Backoff backoff_;
    wire::Random& random_;
    std::map<std::string, Hook, std::less<>> hooks_;
    std::size_t page_ = 0;
    std::map<std::uint64_t, InFlight> in_flight_;
    std::set<store::WallTime> retries_;                   // when what failed will be due
    std::set<std::pair<std::string, std::string>> busy_;  // hook and device
    // What was settled while the store was being asked: its answer may still have it.
    std::set<std::uint64_t> settled_meanwhile_;
    bool asking_ = false;
    unsigned store_failures_ = 0;
    store::WallTime held_until_{};
};

}  // namespace outbound
