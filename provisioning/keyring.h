#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/model/path.h"

namespace provisioning {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// One key of a device's Bootstrap-Server account.
struct AccountKey {
    enum class State : std::uint8_t {
        pending,  // recorded before its first octet left; whether the device has it is not known
        current,
        retired,  // replaced; honoured until `until`
    };
    State state = State::current;
    PskCredential psk;
    bool generated = false;                 // by the daemon; else the record's own
    std::string session;                    // that wrote it last; empty: none did
    std::optional<WallTime> session_ended;  // when that one had ended
    std::optional<WallTime> until;          // of a retired one; nothing: for ever
    // Where it was written as a new Security Instance; what it replaces there is to be purged.
    std::optional<model::InstanceId> instance;
    bool taken = false;  // the device said so; else the Write may have left, and no more is known
    std::optional<model::InstanceId> replaces;
};

// The keys of one device's Bootstrap-Server account and how one replaces another, so that no lost
// datagram locks the device out. Pure; kept in the store.
//
//   (record's own) ──pend()──► own is current, fresh is pending
//   a full handshake with the pending one, begun after its session had ended
//                  ──prove()─► it is current, the one before is retired until `grace` is over
//   a full handshake with a retired one
//                  ──prove()─► that one is current again, the other pending again; its clock stops
//
// While it is empty the record's own credential alone counts. A record's own credential that is
// not among the keys (a file has a new one) is honoured beside them; while no key is current, it
// is the current one. A key that came from the record and whose identity has another key in the
// record now counts no more.
class Keyring {
  public:
    // Above that the oldest retired one goes.
    static constexpr std::size_t max_keys = 32;

    Keyring() = default;
    explicit Keyring(std::vector<AccountKey> keys, bool rotation_ordered = false)
        : keys_(std::move(keys)), rotation_ordered_(rotation_ordered) {}

    const std::vector<AccountKey>& keys() const { return keys_; }
    bool empty() const { return keys_.empty() && !rotation_ordered_; }
    bool rotation_ordered() const { return rotation_ordered_; }

    // The key that this identity proves; nothing: it is not honoured (any more).
    std::optional<model::Secret> key_of(const Credentials& own, wire::BytesView identity,
                                        WallTime now) const;
    // What to dial the device with, the likeliest first: pending, current, retired ones.
    std::vector<PskCredential> to_dial(const Credentials& own, WallTime now) const;
    // Every identity that leads to the device.
    std::vector<wire::Bytes> identities() const;

    // Whether a profile that replaces keys has something to write: a pending one (again), or the
    // current one is the record's own, or a rotation was ordered.
    bool is_replacement_due(const Credentials& own) const;
    void order_rotation() { rotation_ordered_ = true; }

    // The pending credential, written by `session` from now on; made of `fresh` when there is
    // none, whose identity nobody has. The order of a rotation is carried out by it. The reference
    // is good until the next change.
    const AccountKey& pend(const Credentials& own, PskCredential fresh, std::string session,
                           WallTime now);
    const AccountKey* pending() const;
    const AccountKey* current() const;  // null: the record's own
    // Of the pending one.
    // Recorded before the Write leaves: whether the device will have taken it is not known.
    void goes_to(model::InstanceId instance, std::optional<model::InstanceId> replaces);
    // The device has taken it there.
    void written_at(model::InstanceId instance, std::optional<model::InstanceId> replaces);
    // There is no such old instance (any more). True: something changed.
    bool purged(model::InstanceId instance);
    // Whatever became of the session. True: something changed.
    bool session_ended(const std::string& session, WallTime when);
    // After a restart no session runs any more.
    bool interrupted(WallTime when);

    enum class Proved : std::uint8_t {
        nothing_new,
        promoted,
        returned,  // a retired one is in use again: an alarm
    };
    // A full handshake, begun at `began`, with this identity, which was honoured then.
    Proved prove(const Credentials& own, wire::BytesView identity, WallTime began, WallTime now,
                 std::optional<std::chrono::seconds> grace);
    // Drops retired ones whose time is over. One that the record still declares stays, so that it
    // is not taken for a new one. True: something changed.
    bool tidy(const Credentials& own, WallTime now);
    // When tidy() has something to drop.
    std::optional<WallTime> tidy_at(const Credentials& own) const;

    // The record declares another credential now. The one before stays honoured for `grace`; one
    // that is declared again is honoured like a new one. True: something changed.
    bool own_changed(const Credentials& before, const Credentials& after, WallTime now,
                     std::chrono::seconds grace);
    // Another device's record declares this identity, which this one's declared once. True: it
    // was given up; a key that counts for more is not.
    bool give_up(wire::BytesView identity);

  private:
    AccountKey* find(wire::BytesView identity);
    const AccountKey* find(wire::BytesView identity) const;
    AccountKey* find(AccountKey::State);
    // Drops keys of the record that have another key there now.
    bool drop_superseded(const Credentials& own);
    void drop_above_limit(const Credentials& own);
    void return_to(AccountKey& key, const Credentials& own, std::optional<WallTime> until);

    std::vector<AccountKey> keys_;
    bool rotation_ordered_ = false;
};

}  // namespace provisioning
