#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "provisioning/store/device_cache.h"
#include "provisioning/store/sqlite.h"
#include "provisioning/store/sqlite_connection.h"
#include "provisioning/store/vault.h"

// What the store does with the tables of its SQLite database, one function an operation of
// Store. Each runs within a transaction of its caller's. Where it fails, the connection has
// the error and the result means nothing.
namespace store {

// What an operation has at hand. The references outlive it.
struct Reading {
    Connection& db;
    const Vault& vault;
    DeviceCache::Ticket ticket{};  // from before the transaction
};
struct Writing : Reading {
    wire::Random& random;
    const Retention& retention;
    WallTime now{};
    std::uint64_t last_revision = 0;
    std::vector<std::string> changed;  // endpoints of devices that it wrote
    std::uint64_t dropped = 0;         // deliveries above the limit

    Revision next_revision() { return Revision{++last_revision}; }
};

WallTime wall_time();  // by the system's clock
constexpr std::int64_t to_row(WallTime time) {
    return time.time_since_epoch().count();
}
constexpr WallTime from_row(std::int64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(milliseconds));
}
constexpr std::int64_t to_row(Revision revision) {
    return static_cast<std::int64_t>(revision);
}

// How many rows to ask for: one more than the page has, to see whether there is another.
std::int64_t rows_of(const Page&);
// Takes off the one too many; whether it was there.
template <class T>
bool cut(std::vector<T>& items, const Page& page) {
    if (items.size() < static_cast<std::size_t>(rows_of(page))) return false;
    items.pop_back();
    return true;
}
// A cursor that is a number. Nothing in the page: from the newest. What never was a cursor: no
// rows.
std::int64_t before(const Page&);

// Nothing when it holds.
std::optional<PreconditionFailed> check(const Precondition&, std::optional<Revision> current);

// ---- devices ----
DevicePointer find_device(const Reading&, const DeviceKey&);
Store::Found find_devices(const Reading&, const std::vector<DeviceKey>&,
                          const std::optional<EventId>&);
PageOf<DevicePointer> list_devices(const Reading&, const DeviceFilter&);
Store::DeviceCounts count_devices(const Reading&);
std::vector<std::string> profiles_in_use(const Reading&);

PutResult put_device(Writing&, const provisioning::DeviceChange&, const Precondition&);
RemoveResult remove_device(Writing&, const std::string& endpoint, const Precondition&);
Store::Seeded seed_devices(Writing&, const std::vector<provisioning::Device>&);

// ---- what is made for devices ----
IssueResult issue(Writing&, const IssueOrder&);
void secrets_shared(Writing&, const std::string& endpoint, const std::vector<std::string>& names);
provisioning::Keyring::Proved credential_proved(Writing&, const CredentialProof&);
RotationOrdered order_rotation(Writing&, const RotationOrder&);
// What a session's end changes of it.
void account_changed(Writing&, const SessionRow&);
// No session runs any more.
void interrupt_sessions(Writing&);
// Takes retired keys away, some at a time. Whether there may be more.
bool tidy_keys(Writing&);

// ---- profiles ----
std::vector<ProfileRecord> profiles(const Reading&);
PutResult put_profile(Writing&, const std::string& name, wire::BytesView text, const Precondition&);
RemoveResult remove_profile(Writing&, const std::string& name, const Precondition&);

// ---- sessions ----
void end_session(Writing&, const SessionRow&, const std::vector<OutboxItem>&);
std::optional<SessionRow> session(const Reading&, const std::string& id);
PageOf<SessionRow> list_sessions(const Reading&, const SessionFilter&);

// ---- attach ----
void accept_attach(Writing&, const AttachRow&, const std::optional<EventId>&);
std::vector<AttachRow> attaches(const Reading&);
void remember_stranger(Writing&, const Stranger&);
PageOf<Stranger> list_strangers(const Reading&, const Page&);
std::uint64_t forget_strangers(Writing&);

// ---- deliveries ----
void add_delivery(Writing&, const OutboxItem&);
std::vector<Delivery> due_deliveries(const Reading&, WallTime now, std::size_t limit);
std::optional<WallTime> next_delivery(const Reading&);
bool delivered(Writing&, std::uint64_t sequence);
void delivery_failed(Writing&, std::uint64_t sequence, WallTime due, const std::string& error);
PageOf<Delivery> list_deliveries(const Reading&, const DeliveryFilter&);

// ---- audit, idempotency ----
void add_audit(Writing&, const AuditEntry&);
PageOf<AuditRow> list_audit(const Reading&, const AuditFilter&);
std::optional<KeptAnswer> kept_answer(const Reading&, const std::string& caller,
                                      const std::string& key);
KeptAnswer keep_answer(Writing&, const std::string& caller, const std::string& key,
                       const KeptAnswer&);

// ---- the whole ----

// How many there are of what the schema counts: "devices", "sessions", …
std::uint64_t counted(const Reading&, std::string_view what);
std::uint64_t wrapped_by_others(const Reading&);
// Gives the vault the store's own secret, making it where the database is new. What is wrong:
// other master keys are needed.
std::optional<std::string> unlock(Writing&, Vault&);
// Some records under other master keys, from the device `after` on. Whether there may be more.
bool rewrap_some(Writing&, std::int64_t& after);
// Takes some steps of what waits: rows past their age, records under other master keys. Whether
// more is to do. `after` is where the last one stopped, of devices; 0 to begin with.
bool keep_house(Writing&, std::int64_t& after);

}  // namespace store
