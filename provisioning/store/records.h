#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/device_document.h"
#include "provisioning/issue.h"
#include "provisioning/keyring.h"

// What the store keeps, as plain values. Times are milliseconds since 1970, UTC.
namespace store {

using provisioning::WallTime;

// Grows with every change that the store makes to anything; never used twice. A record's own is
// its ETag.
enum class Revision : std::uint64_t {};

// What the daemon itself knows of a device, whatever its document says.
struct DeviceState {
    provisioning::Keyring keyring;
    std::map<std::string, provisioning::GeneratedSecret> secrets;
    std::optional<WallTime> account_expires;  // of the account, by /0/x/12 of an earlier session
    std::vector<model::InstanceId> to_purge;  // old instances of the account
};

struct DeviceRecord {
    provisioning::Device device;  // device.file: the file that declares it; empty: made by the API
    Revision revision{};
    bool disabled = false;  // declared by a file once, and no more
    WallTime created{}, updated{};
    DeviceState state{};
};
// Shared by the cache and by sessions; immutable.
using DevicePointer = std::shared_ptr<const DeviceRecord>;

// Ways to find a device. An IMEI and an IMEISV are the same device's when their first 14 digits
// are (TS 23.003 §6.2), unless two records differ in the check digit alone: then all of the IMEI
// counts. An MSISDN is compared without its "+".
enum class KeyKind : std::uint8_t {
    endpoint,
    psk_identity,  // any octets
    imsi,
    imei,
    iccid,
    msisdn,
    external_id,
    certificate,  // SHA-256 of the DER, 32 octets
    public_key,   // SHA-256 of the SubjectPublicKeyInfo, 32 octets; pinned, or a raw one
};
struct DeviceKey {
    KeyKind kind = KeyKind::endpoint;
    std::string value;
    friend bool operator==(const DeviceKey&, const DeviceKey&) = default;
};

// RFC 9110 §13.1: If-Match, If-None-Match.
struct Precondition {
    bool must_be_new = false;                        // If-None-Match: *
    bool must_exist = false;                         // If-Match: *
    std::optional<std::vector<Revision>> is_one_of;  // If-Match: "…"
};

struct Stored {
    Revision revision{};
    bool created = false;
};
// Another device has this key already: one of the two is wrong.
struct Twin {
    KeyKind kind = KeyKind::endpoint;
    std::string endpoint;  // of that other device
};
// A file declares it: there it is to be changed.
struct OwnedByFile {
    std::string file;
};
struct PreconditionFailed {
    std::optional<Revision> current;  // nothing: there is none
};
// The change keeps a secret ("key": null) that the store does not have.
struct NothingToKeep {
    std::string pointer;  // "/credentials/psk/key"
};
using PutResult = std::variant<Stored, Twin, OwnedByFile, PreconditionFailed, NothingToKeep>;

struct Removed {};
struct NotThere {};
// Of a profile: devices have it.
struct InUse {
    std::uint64_t devices = 0;
};
using RemoveResult = std::variant<Removed, NotThere, OwnedByFile, PreconditionFailed, InUse>;

// Pages go from the smallest key upwards (devices: the endpoint's octets), or from the newest
// downwards (sessions, audit, deliveries, strangers). A cursor is opaque to whoever carries it:
// what `next` was, goes into `after`.
struct Page {
    std::optional<std::string> after;
    std::size_t limit = 100;  // 1 to 1000
};
template <class T>
struct PageOf {
    std::vector<T> items;
    std::optional<std::string> next;  // nothing: this was the last page
};

struct DeviceFilter {
    std::optional<std::string> profile;
    std::optional<std::string> prefix;  // of the endpoint
    std::optional<bool> disabled;
    std::optional<std::string> file;  // declared by this file; "": made by the API
    Page page;
};

// A profile that was made by the API. The text is the JSON document, secrets included: it is
// sealed as a whole, and what leaves through the API is redacted above the store.
struct ProfileRecord {
    std::string name;
    std::string text;
    Revision revision{};
    WallTime created{}, updated{};
};

// A session that has ended. `body` is the JSON that the API shows, without secrets.
// What a session changed of the device's Bootstrap-Server account.
struct AccountChange {
    std::optional<WallTime> expires;        // the account purges itself then
    std::vector<model::InstanceId> purged;  // deleted, or not there
    // The pending credential was taken as a new instance, in the place of an old one that is to be
    // deleted.
    std::optional<model::InstanceId> written_at, replaces;
    friend bool operator==(const AccountChange&, const AccountChange&) = default;
};

struct SessionRow {
    std::string id;
    std::string endpoint;
    std::string profile;
    std::string mode;
    std::string outcome;
    bool triggered = false;
    WallTime started{}, ended{};
    std::string body;
    AccountChange account{};  // goes into the device's state, with the end of what it had pending
};
struct SessionFilter {
    std::optional<std::string> endpoint;
    std::optional<std::string> outcome;
    std::optional<WallTime> ended_since, ended_before;
    Page page;
};

// A network-attach trigger that has not come to its end. One an endpoint.
struct AttachRow {
    std::string session;  // the id that its sender was told
    std::string endpoint;
    std::string event;  // the canonical event, JSON
    WallTime accepted{};
    WallTime expires{};
};
// How a source names one of its events, against replay.
struct EventId {
    std::string source;
    std::string id;
};

// A device that attached and that nobody knows, for the operator to look at.
struct Stranger {
    std::string identifiers;  // JSON object of those that the event had: {"imsi": "…"}; its key
    std::string source;       // the last one's
    std::string address;      // may be empty
    std::uint64_t count = 0;
    WallTime first_seen{}, last_seen{};
};

// A webhook's message that has not been delivered.
struct OutboxItem {
    std::string hook;      // its name in the settings
    std::string endpoint;  // messages of one device and hook are delivered in order
    std::string kind;      // "session.ended"
    std::string body;      // JSON
};
struct Delivery {
    std::uint64_t sequence = 0;
    OutboxItem item;
    unsigned attempts = 0;
    WallTime created{}, due{};
    std::string last_error;  // of the last attempt; empty: none was made
};
struct DeliveryFilter {
    std::optional<std::string> hook;
    std::optional<std::string> endpoint;
    Page page;
};

// Who did what; no secrets.
struct AuditEntry {
    std::string actor;    // "token ops", "certificate CN=ops", "socket", "file", "radius:core-1"
    std::string action;   // "device.put"
    std::string subject;  // the endpoint, the profile's name, the session's id; may be empty
    std::string detail;   // a JSON object, may be empty
};
struct AuditRow {
    std::uint64_t sequence = 0;
    WallTime when{};
    AuditEntry entry;
};
struct AuditFilter {
    std::optional<std::string> actor, action, subject;
    Page page;
};

// An answer that is given again to the same Idempotency-Key of the same caller.
struct KeptAnswer {
    std::string fingerprint;  // of the request: another request under the key is a mistake
    unsigned status = 0;
    std::string content_type;
    std::string location;  // may be empty
    std::string body;
};

// ---- what is made for a device ----

// What a session wants made before it writes anything. `fresh` is taken where a replacement is due
// and none is pending; secrets that are not there are taken from `made`.
struct IssueOrder {
    std::string endpoint;
    std::string session;
    bool replacement = false;
    provisioning::PskCredential fresh;
    std::map<std::string, provisioning::GeneratedSecret> made;
    // Where the replacement is about to be written as a new Security Instance, and what it
    // replaces there; kept as it is when it was told before.
    std::optional<model::InstanceId> instance, replaces;
    // Of a device that has no record (a fleet's): it gets this one.
    std::optional<provisioning::Device> record;
};
// An identity that another device has, which chance does not bring about.
struct IdentityTaken {};
using IssueResult = std::variant<provisioning::Issued, NotThere, IdentityTaken>;

// A full handshake with an identity of the device's.
struct CredentialProof {
    std::string endpoint;
    wire::Bytes identity;
    WallTime began{};
    std::optional<std::chrono::seconds> grace;  // of its profile; nothing: for ever
};

struct RotationOrder {
    std::optional<std::string> endpoint;  // one device; else a filter
    std::optional<std::string> profile, prefix;
    // Devices after this one, so many of them: a rotation goes at a rate.
    std::string after;
    std::size_t limit = 100;
};
// The endpoints that are to get a new key at their next bootstrap, in order.
using RotationOrdered = std::vector<std::string>;

}  // namespace store
