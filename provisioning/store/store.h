#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/store/records.h"

namespace store {

enum class Errc {
    busy,       // a queue is full: come again
    disk_full,  // nothing was written
    failed,     // the database said something else; the text tells
    closed,     // the store is being closed
};
struct Error {
    Errc code = Errc::failed;
    std::string text;  // for people, without values of records
};
template <class T>
using Result = boost::system::result<T, Error>;
// Called exactly once, on one of the store's threads or, where a queue is full, on the caller's;
// must not block and must not throw.
template <class T>
using Then = std::function<void(Result<T>)>;

// Devices, profiles, sessions, triggers, deliveries and the audit log, kept durably. Asynchronous:
// every function returns at once and may be called on any thread. What was acknowledged is on the
// disk. Reads see every change that was handed in before them, except for find_device() and
// find_devices(), which see every change that was acknowledged: these two never stand behind an
// import.
//
// Nothing here assumes one process or a fast answer. Every backend passes the contract suite,
// tests/store/contract.h.
class Store {
  public:
    virtual ~Store() = default;

    // ---- finding devices: handshakes, requests, attach events ----

    // What is at hand without waiting; null: ask find_device(). Never older than what was
    // acknowledged.
    virtual DevicePointer cached(const DeviceKey&) = 0;
    // Null: there is none. A disabled one is found too.
    virtual void find_device(DeviceKey, Then<DevicePointer>) = 0;
    struct Found {
        std::vector<DevicePointer> devices;  // one a key, in order; null: none
        std::optional<std::string> seen;     // the session that this event led to, already
    };
    // All keys of an attach event at once, and whether the event was accepted before.
    virtual void find_devices(std::vector<DeviceKey>, std::optional<EventId>, Then<Found>) = 0;

    // ---- devices ----

    virtual void put_device(provisioning::DeviceChange, Precondition, AuditEntry,
                            Then<PutResult>) = 0;
    virtual void remove_device(std::string endpoint, Precondition, AuditEntry,
                               Then<RemoveResult>) = 0;
    // One result a device, in order: each is stored or not, whatever becomes of the others.
    virtual void import_devices(std::vector<provisioning::DeviceChange>, AuditEntry,
                                Then<std::vector<PutResult>>) = 0;
    virtual void list_devices(DeviceFilter, Then<PageOf<DevicePointer>>) = 0;
    // What the files declare, all or nothing: those that are new or differ are written; those that
    // a file declared before and none does now are disabled, their credentials kept. A device of
    // the API under an endpoint that a file declares, and a key that two devices have, is a
    // clash, and then nothing is written.
    struct Clash {
        std::size_t device = 0;                   // which of the devices handed in
        std::variant<Twin, std::monostate> with;  // monostate: made by the API
    };
    struct Seeded {
        std::uint64_t written = 0, unchanged = 0, disabled = 0;
        std::vector<Clash> clashes;
    };
    virtual void seed_devices(std::vector<provisioning::Device>, Then<Seeded>) = 0;
    struct DeviceCounts {
        std::uint64_t all = 0, disabled = 0;
    };
    virtual void count_devices(Then<DeviceCounts>) = 0;
    // Names of the profiles that devices have, each once.
    virtual void profiles_in_use(Then<std::vector<std::string>>) = 0;

    // ---- what is made for devices ----

    // Once this is acknowledged the pending credential and the secrets are on the disk, and the
    // identity leads to the device.
    virtual void issue(IssueOrder, Then<IssueResult>) = 0;
    virtual void secrets_shared(std::string endpoint, std::vector<std::string> names,
                                Then<void>) = 0;
    virtual void credential_proved(CredentialProof, Then<provisioning::Keyring::Proved>) = 0;
    virtual void order_rotation(RotationOrder, AuditEntry, Then<RotationOrdered>) = 0;

    // ---- profiles made by the API ----

    virtual void profiles(Then<std::vector<ProfileRecord>>) = 0;
    virtual void put_profile(std::string name, std::string text, Precondition, AuditEntry,
                             Then<PutResult>) = 0;
    virtual void remove_profile(std::string name, Precondition, AuditEntry, Then<RemoveResult>) = 0;

    // ---- sessions ----

    // The record, the messages that tell of it, and the end of its trigger (by its id): all of it
    // or nothing.
    virtual void end_session(SessionRow, std::vector<OutboxItem>, Then<void>) = 0;
    virtual void session(std::string id, Then<std::optional<SessionRow>>) = 0;
    virtual void list_sessions(SessionFilter, Then<PageOf<SessionRow>>) = 0;

    // ---- network-attach triggers ----

    // Replaces the endpoint's trigger, if there is one.
    virtual void accept_attach(AttachRow, std::optional<EventId>, Then<void>) = 0;
    // In the order in which they were accepted.
    virtual void attaches(Then<std::vector<AttachRow>>) = 0;
    virtual void remember_stranger(Stranger, Then<void>) = 0;
    virtual void list_strangers(Page, Then<PageOf<Stranger>>) = 0;
    virtual void forget_strangers(AuditEntry, Then<std::uint64_t>) = 0;

    // ---- deliveries ----

    // Messages that no session's end brings.
    virtual void tell(std::vector<OutboxItem>, Then<void>) = 0;
    // The oldest message of each hook and device, where it is due; at most `limit` of each hook, so
    // that one whose server is down does not stand before the others.
    virtual void due_deliveries(WallTime now, std::size_t limit, Then<std::vector<Delivery>>) = 0;
    // When the next of those will be due, or was; nothing: no message waits.
    virtual void next_delivery(Then<std::optional<WallTime>>) = 0;
    virtual void delivered(std::uint64_t sequence, Then<void>) = 0;
    virtual void delivery_failed(std::uint64_t sequence, WallTime due, std::string error,
                                 Then<void>) = 0;
    virtual void drop_delivery(std::uint64_t sequence, AuditEntry, Then<RemoveResult>) = 0;
    virtual void list_deliveries(DeliveryFilter, Then<PageOf<Delivery>>) = 0;

    // ---- audit, idempotency ----

    virtual void audit(AuditEntry, Then<void>) = 0;
    virtual void list_audit(AuditFilter, Then<PageOf<AuditRow>>) = 0;
    virtual void kept_answer(std::string caller, std::string key,
                             Then<std::optional<KeptAnswer>>) = 0;
    // The first one stays: what is kept after the call is returned.
    virtual void keep_answer(std::string caller, std::string key, KeptAnswer, Then<KeptAnswer>) = 0;

    // ---- the whole ----

    // A copy of the database as it is at one moment, while it is used. The file must not exist.
    virtual void backup(std::filesystem::path, Then<void>) = 0;
    struct Statistics {
        std::uint64_t reads = 0, writes = 0, transactions = 0, failures = 0, rejected = 0;
        std::uint64_t waiting = 0;              // in the queues, now
        std::uint64_t wrapped_by_old_keys = 0;  // records yet to be re-wrapped
        std::uint64_t pending_attaches = 0, pending_deliveries = 0;
        std::uint64_t dropped_deliveries = 0;  // above the limit, since the start
    };
    virtual Statistics statistics() const = 0;
};

}  // namespace store
