#include <algorithm>

#include "provisioning/octets.h"
#include "provisioning/store/listing.h"
#include "provisioning/store/state_document.h"
#include "provisioning/store/state_rows.h"

// What is made for devices, and how they prove that they have it.
namespace store {
namespace {

using provisioning::Keyring;

// Of one device; names come from profiles, which change.
constexpr std::size_t max_secrets = 64;
constexpr std::int64_t chunk = 100;

bool is_credential(const provisioning::PskCredential& psk) {
    return !psk.identity.empty() && psk.identity.size() <= provisioning::max_psk_identity &&
           !psk.key.empty() && psk.key.size() <= provisioning::max_psk_key;
}

// Whether the profile wants the same as what was made once.
bool is_alike(const provisioning::GeneratedSecret& a, const provisioning::GeneratedSecret& b) {
    if (a.kind != b.kind) return false;
    return a.kind == provisioning::WantedSecret::Kind::key_pair ||
           a.octets.size() == b.octets.size();
}

// The record that a device without one gets.
std::optional<DeviceRow> make_record(Writing& writing, provisioning::Device device) {
    device.file.clear();
    device.pointer.clear();
    const std::int64_t id = write_device(writing, device, nullptr, {}, writing.next_revision());
    if (enter_keys(writing, id, keys_of(device), false)) return std::nullopt;
    return read_device(writing, device.endpoint.text());
}

// Whether there is something new to keep.
bool add_secrets(Writing& writing, DeviceState& state, const IssueOrder& order) {
    bool added = false;
    for (const auto& [name, made] : order.made) {
        const auto found = state.secrets.find(name);
        if (found != state.secrets.end() && is_alike(found->second, made)) continue;
        auto& kept = state.secrets[name];
        kept = made;
        kept.shared = false;
        added = true;
    }
    if (state.secrets.size() > max_secrets)
        writing.db.fail({Errc::failed, "more than " + std::to_string(max_secrets) +
                                           " secrets would be kept of one device"});
    return added;
}

provisioning::Issued issued_of(const DeviceState& state, bool replacement) {
    provisioning::Issued issued;
    issued.secrets = state.secrets;
    issued.to_purge = state.to_purge;
    if (const auto* const current = state.keyring.current(); current != nullptr)
        if (current->replaces &&
            std::ranges::find(issued.to_purge, *current->replaces) == issued.to_purge.end())
            issued.to_purge.push_back(*current->replaces);
    const auto* const pending = state.keyring.pending();
    if (!replacement || pending == nullptr) return issued;
    issued.replacement = pending->psk;
    if (!pending->taken) return issued;
    issued.written_at = pending->instance;
    issued.replaces = pending->replaces;
    return issued;
}

IssueResult issue_within(Writing& writing, const IssueOrder& order) {
    auto row = read_device(writing, order.endpoint);
    if (writing.db.failed()) return {};
    if (!row && order.record && order.record->endpoint.text() == order.endpoint) {
        row = make_record(writing, *order.record);
        if (!row) return IdentityTaken{};
    }
    if (!row || row->record->disabled) return NotThere{};
    const provisioning::Credentials& own = row->record->device.credentials;
    DeviceState state = row->record->state;
    bool changed = add_secrets(writing, state, order);
    const bool replacement = order.replacement && state.keyring.is_replacement_due(own);
    if (replacement) {
        const auto* const again = state.keyring.pending();
        if (again == nullptr) {
            if (!is_credential(order.fresh)) {
                writing.db.fail({Errc::failed, "a replacement was asked for without a key"});
                return {};
            }
            const DeviceKey name{KeyKind::psk_identity,
                                 std::string(wire::as_text(order.fresh.identity))};
            if (is_taken(writing, name)) return IdentityTaken{};
        }
        state.keyring.pend(own, order.fresh, order.session, writing.now);
        if (order.instance) state.keyring.goes_to(*order.instance, order.replaces);
        changed = true;
    }
    if (changed && !writing.db.failed() && change_state(writing, *row, state))
        return IdentityTaken{};
    return issued_of(state, replacement);
}

// A device whose state can be changed.
std::optional<DeviceRow> read_enabled(Writing& writing, std::string_view endpoint) {
    auto row = read_device(writing, endpoint);
    if (row && row->record->disabled) return std::nullopt;
    return row;
}

std::vector<std::string> endpoints_of(Connection::Rows rows) {
    std::vector<std::string> endpoints;
    while (rows.next()) endpoints.push_back(rows.text(0));
    return endpoints;
}

std::vector<std::string> endpoints_for(const Reading& reading, const RotationOrder& order) {
    Listing listing("SELECT endpoint FROM devices");
    const std::string end = order.prefix.value_or("") + '\xFF';
    if (order.profile) listing.where("profile = ?", *order.profile);
    if (order.prefix) {
        listing.where("endpoint >= ?", *order.prefix);
        listing.where("endpoint < ?", end);
    }
    if (order.endpoint) listing.where("endpoint = ?", *order.endpoint);
    listing.where("endpoint > ?", order.after);
    listing.where("disabled = 0");
    const auto limit = static_cast<std::int64_t>(std::clamp<std::size_t>(order.limit, 1, 1000));
    return endpoints_of(listing.run(reading.db, "endpoint", limit));
}

}  // namespace

IssueResult issue(Writing& writing, const IssueOrder& order) {
    Connection& db = writing.db;
    db.run("SAVEPOINT issue");
    IssueResult result = issue_within(writing, order);
    if (db.failed()) return {};
    if (!std::holds_alternative<provisioning::Issued>(result)) db.run("ROLLBACK TO issue");
    db.run("RELEASE issue");
    return result;
}

void secrets_shared(Writing& writing, const std::string& endpoint,
                    const std::vector<std::string>& names) {
    const auto row = read_device(writing, endpoint);
    if (!row) return;
    DeviceState state = row->record->state;
    bool changed = false;
    for (const std::string& name : names) {
        const auto found = state.secrets.find(name);
        if (found == state.secrets.end() || found->second.shared) continue;
        found->second.shared = true;
        changed = true;
    }
    if (changed) write_state(writing, row->id, row->record->device, state);
}

Keyring::Proved credential_proved(Writing& writing, const CredentialProof& proof) {
    const auto row = read_enabled(writing, proof.endpoint);
    if (!row) return Keyring::Proved::nothing_new;
    DeviceState state = row->record->state;
    if (is_empty(state)) return Keyring::Proved::nothing_new;
    const auto proved = state.keyring.prove(row->record->device.credentials, proof.identity,
                                            proof.began, writing.now, proof.grace);
    const bool expires = state.account_expires.has_value();
    state.account_expires.reset();
    if (proved == Keyring::Proved::nothing_new && !expires) return proved;
    change_state(writing, *row, state);
    return proved;
}

RotationOrdered order_rotation(Writing& writing, const RotationOrder& order) {
    RotationOrdered ordered = endpoints_for(writing, order);
    for (const std::string& endpoint : ordered) {
        const auto row = read_device(writing, endpoint);
        if (!row) return {};
        DeviceState state = row->record->state;
        if (state.keyring.rotation_ordered()) continue;
        state.keyring.order_rotation();
        write_state(writing, row->id, row->record->device, state);
    }
    return ordered;
}

void account_changed(Writing& writing, const SessionRow& session) {
    const bool has_state =
        writing.db
            .number("SELECT 1 FROM device_state JOIN devices ON id = device WHERE endpoint = ?",
                    {session.endpoint})
            .has_value();
    if (!has_state && !session.account.expires) return;
    const auto row = read_device(writing, session.endpoint);
    if (!row) return;
    DeviceState state = row->record->state;
    const provisioning::AccountKey* const pending = state.keyring.pending();
    const bool wrote =
        session.account.written_at && pending != nullptr && pending->session == session.id;
    if (wrote) state.keyring.written_at(*session.account.written_at, session.account.replaces);
    bool changed = state.keyring.session_ended(session.id, session.ended) || wrote;
    for (const model::InstanceId id : session.account.purged) {
        changed = std::erase(state.to_purge, id) > 0 || changed;
        changed = state.keyring.purged(id) || changed;
    }
    // What a session wrote into the account holds until another one has come to its end.
    if (session.account.expires || (state.account_expires && session.outcome == "finished")) {
        state.account_expires = session.account.expires;
        changed = true;
    }
    if (changed) change_state(writing, *row, state);
}

void interrupt_sessions(Writing& writing) {
    const auto endpoints = endpoints_of(writing.db.query(
        "SELECT endpoint FROM device_state JOIN devices ON id = device WHERE unended = 1"));
    for (const std::string& endpoint : endpoints) {
        const auto row = read_device(writing, endpoint);
        if (!row) {
            // One that does not open is found when it is asked for.
            if (writing.db.failed()) writing.db.take_error();
            continue;
        }
        DeviceState state = row->record->state;
        state.keyring.interrupted(writing.now);
        write_state(writing, row->id, row->record->device, state);
    }
}

bool tidy_keys(Writing& writing) {
    const auto endpoints = endpoints_of(
        writing.db.query("SELECT endpoint FROM device_state JOIN devices ON id = device"
                         " WHERE tidy_at <= ? ORDER BY tidy_at LIMIT ?",
                         {to_row(writing.now), chunk}));
    for (const std::string& endpoint : endpoints) {
        const auto row = read_device(writing, endpoint);
        if (!row) {
            if (!writing.db.failed()) continue;
            writing.db.take_error();
            writing.db.run(
                "UPDATE device_state SET tidy_at = NULL WHERE device ="
                " (SELECT id FROM devices WHERE endpoint = ?)",
                {endpoint});
            continue;
        }
        DeviceState state = row->record->state;
        state.keyring.tidy(row->record->device.credentials, writing.now);
        change_state(writing, *row, state);
    }
    return endpoints.size() == static_cast<std::size_t>(chunk);
}

}  // namespace store
