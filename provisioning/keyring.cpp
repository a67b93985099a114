#include "provisioning/keyring.h"

#include <algorithm>

namespace provisioning {
namespace {

using State = AccountKey::State;

bool same(wire::BytesView a, wire::BytesView b) {
    return std::ranges::equal(a, b);
}

bool has_identity(const Credentials& own, wire::BytesView identity) {
    return own.psk && same(own.psk->identity, identity);
}

// The record has another key under this identity by now.
bool is_superseded(const AccountKey& key, const Credentials& own) {
    return !key.generated && has_identity(own, key.psk.identity) &&
           !own.psk->key.equals(key.psk.key);
}

bool is_honoured(const AccountKey& key, WallTime now) {
    return key.state != State::retired || !key.until || now < *key.until;
}

// Whether it goes one day. What the record declares stays, else it would be honoured again.
bool goes(const AccountKey& key, const Credentials& own) {
    return key.state == State::retired && key.until && !has_identity(own, key.psk.identity);
}

void retire(AccountKey& key, std::optional<WallTime> until) {
    key.state = State::retired;
    key.until = until;
}

AccountKey own_key(const PskCredential& psk, State state) {
    AccountKey key;
    key.state = state;
    key.psk = psk;
    return key;
}

}  // namespace

const AccountKey* Keyring::find(wire::BytesView identity) const {
    const auto found = std::ranges::find_if(
        keys_, [&](const AccountKey& key) { return same(key.psk.identity, identity); });
    return found == keys_.end() ? nullptr : &*found;
}

AccountKey* Keyring::find(wire::BytesView identity) {
    const auto found = std::ranges::find_if(
        keys_, [&](const AccountKey& key) { return same(key.psk.identity, identity); });
    return found == keys_.end() ? nullptr : &*found;
}

AccountKey* Keyring::find(State state) {
    const auto found = std::ranges::find(keys_, state, &AccountKey::state);
    return found == keys_.end() ? nullptr : &*found;
}

const AccountKey* Keyring::pending() const {
    const auto found = std::ranges::find(keys_, State::pending, &AccountKey::state);
    return found == keys_.end() ? nullptr : &*found;
}

const AccountKey* Keyring::current() const {
    const auto found = std::ranges::find(keys_, State::current, &AccountKey::state);
    return found == keys_.end() ? nullptr : &*found;
}

std::optional<model::Secret> Keyring::key_of(const Credentials& own, wire::BytesView identity,
                                             WallTime now) const {
    const AccountKey* const key = find(identity);
    if (key != nullptr && !is_superseded(*key, own)) {
        if (!is_honoured(*key, now)) return std::nullopt;
        return key->psk.key;
    }
    if (has_identity(own, identity)) return own.psk->key;
    return std::nullopt;
}

std::vector<PskCredential> Keyring::to_dial(const Credentials& own, WallTime now) const {
    std::vector<PskCredential> all;
    const auto add = [&](State state, const AccountKey& key) {
        if (key.state == state && is_honoured(key, now) && !is_superseded(key, own))
            all.push_back(key.psk);
    };
    const AccountKey* const named = own.psk ? find(own.psk->identity) : nullptr;
    const bool beside = own.psk && (named == nullptr || is_superseded(*named, own));
    const AccountKey* const in_use = current();
    const bool own_is_current = in_use == nullptr || is_superseded(*in_use, own);
    for (const AccountKey& key : keys_) add(State::pending, key);
    for (const AccountKey& key : keys_) add(State::current, key);
    if (beside && own_is_current) all.push_back(*own.psk);
    // The one that was replaced last comes first.
    for (auto key = keys_.rbegin(); key != keys_.rend(); ++key) add(State::retired, *key);
    if (beside && !own_is_current) all.push_back(*own.psk);
    return all;
}

std::vector<wire::Bytes> Keyring::identities() const {
    std::vector<wire::Bytes> all;
    all.reserve(keys_.size());
    for (const AccountKey& key : keys_) all.push_back(key.psk.identity);
    return all;
}

bool Keyring::is_replacement_due(const Credentials& own) const {
    if (rotation_ordered_ || pending() != nullptr) return true;
    const AccountKey* const in_use = current();
    return in_use == nullptr || !in_use->generated || is_superseded(*in_use, own);
}

const AccountKey& Keyring::pend(const Credentials& own, PskCredential fresh, std::string session,
                                WallTime now) {
    tidy(own, now);
    rotation_ordered_ = false;
    if (AccountKey* const again = find(State::pending)) {
        again->session = std::move(session);
        again->session_ended.reset();
        return *again;
    }
    if (current() == nullptr && own.psk && find(own.psk->identity) == nullptr)
        keys_.push_back(own_key(*own.psk, State::current));
    AccountKey key;
    key.state = State::pending;
    key.psk = std::move(fresh);
    key.generated = true;
    key.session = std::move(session);
    keys_.push_back(std::move(key));
    drop_above_limit(own);
    return keys_.back();
}

void Keyring::goes_to(model::InstanceId instance, std::optional<model::InstanceId> replaces) {
    AccountKey* const key = find(State::pending);
    if (key == nullptr) return;
    key->instance = instance;
    key->replaces = replaces;
    key->taken = false;
}

void Keyring::written_at(model::InstanceId instance, std::optional<model::InstanceId> replaces) {
    goes_to(instance, replaces);
    if (AccountKey* const key = find(State::pending)) key->taken = true;
}

bool Keyring::purged(model::InstanceId instance) {
    bool changed = false;
    for (AccountKey& key : keys_) {
        if (key.replaces != instance) continue;
        key.replaces.reset();
        changed = true;
    }
    return changed;
}

bool Keyring::session_ended(const std::string& session, WallTime when) {
    AccountKey* const key = find(State::pending);
    if (key == nullptr || key->session_ended || key->session != session) return false;
    key->session_ended = when;
    return true;
}

bool Keyring::interrupted(WallTime when) {
    AccountKey* const key = find(State::pending);
    if (key == nullptr || key->session_ended) return false;
    key->session_ended = when;
    return true;
}

Keyring::Proved Keyring::prove(const Credentials& own, wire::BytesView identity, WallTime began,
                               WallTime now, std::optional<std::chrono::seconds> grace) {
    const std::optional<WallTime> until =
        grace ? std::optional<WallTime>(now + *grace) : std::nullopt;
    if (!key_of(own, identity, began)) return Proved::nothing_new;
    drop_superseded(own);
    AccountKey* key = find(identity);
    AccountKey* const in_use = find(State::current);
    if (key == nullptr) {
        // The record's own, which is not among the keys.
        if (in_use == nullptr) return Proved::nothing_new;
        const bool comes_back = in_use->generated;
        keys_.push_back(own_key(*own.psk, State::retired));
        return_to(keys_.back(), own, until);
        drop_above_limit(own);
        return comes_back ? Proved::returned : Proved::promoted;
    }
    switch (key->state) {
        case State::current:
            return Proved::nothing_new;
        case State::pending:
            // One that begins while the session runs may come before what the device does at its
            // end: go back to what it had.
            if (!key->session_ended || began <= *key->session_ended) return Proved::nothing_new;
            if (in_use != nullptr) retire(*in_use, until);
            key->state = State::current;
            return Proved::promoted;
        case State::retired:
            return_to(*key, own, until);
            return Proved::returned;
    }
    return Proved::nothing_new;
}

void Keyring::return_to(AccountKey& key, const Credentials& own, std::optional<WallTime> until) {
    AccountKey* const in_use = find(State::current);
    key.state = State::current;
    key.until.reset();
    if (in_use == nullptr) return;
    // What the device had is sent again; but there is one pending at most, and what the record
    // declares is never sent.
    if (in_use->generated && pending() == nullptr) {
        in_use->state = State::pending;
    } else if (!in_use->generated && has_identity(own, in_use->psk.identity)) {
        keys_.erase(keys_.begin() + (in_use - keys_.data()));
    } else {
        retire(*in_use, until);
    }
}

bool Keyring::tidy(const Credentials& own, WallTime now) {
    const bool superseded = drop_superseded(own);
    const auto dropped = std::erase_if(
        keys_, [&](const AccountKey& key) { return goes(key, own) && !is_honoured(key, now); });
    return superseded || dropped > 0;
}

std::optional<WallTime> Keyring::tidy_at(const Credentials& own) const {
    std::optional<WallTime> first;
    for (const AccountKey& key : keys_)
        if (goes(key, own) && (!first || *key.until < *first)) first = key.until;
    return first;
}

bool Keyring::own_changed(const Credentials& before, const Credentials& after, WallTime now,
                          std::chrono::seconds grace) {
    const bool superseded_before = drop_superseded(before);
    bool changed = drop_superseded(after) || superseded_before;
    if (after.psk) {
        const AccountKey* const again = find(after.psk->identity);
        const bool other_before = !has_identity(before, after.psk->identity);
        if (again != nullptr && other_before && !again->generated &&
            again->state == State::retired) {
            keys_.erase(keys_.begin() + (again - keys_.data()));
            changed = true;
        }
    }
    if (!before.psk || has_identity(after, before.psk->identity)) return changed;
    AccountKey* const old = find(before.psk->identity);
    if (old == nullptr) {
        keys_.push_back(own_key(*before.psk, State::retired));
        keys_.back().until = now + grace;
        drop_above_limit(after);
        return true;
    }
    if (old->generated || old->state != State::current) return changed;
    retire(*old, now + grace);
    return true;
}

bool Keyring::give_up(wire::BytesView identity) {
    const AccountKey* const key = find(identity);
    if (key == nullptr || key->generated || key->state != State::retired) return false;
    keys_.erase(keys_.begin() + (key - keys_.data()));
    return true;
}

bool Keyring::drop_superseded(const Credentials& own) {
    return std::erase_if(keys_, [&](const AccountKey& key) { return is_superseded(key, own); }) > 0;
}

void Keyring::drop_above_limit(const Credentials& own) {
    while (keys_.size() > max_keys) {
        const auto oldest = std::ranges::find_if(keys_, [&](const AccountKey& key) {
            return key.state == State::retired && !has_identity(own, key.psk.identity);
        });
        if (oldest == keys_.end()) return;
        keys_.erase(oldest);
    }
}

}  // namespace provisioning
