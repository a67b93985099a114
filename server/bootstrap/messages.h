#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "provisioning/catalog.h"
#include "server/bootstrap/peer.h"
#include "server/wire/socket_address.h"

// What crosses between the shards and the Directory: values, never references.
namespace bootstrap {

// A peer of a shard. `id` is never used twice by a shard, so a stale reference finds nobody.
struct PeerRef {
    std::uint16_t shard = 0;
    std::uint64_t id = 0;
    friend auto operator<=>(const PeerRef&, const PeerRef&) = default;
};

// ---- from a shard to the Directory ----

// A device opened an association (handshake finished, server role).
struct AssociationOpened {
    PeerRef peer;
    wire::Bytes psk_identity;  // empty: …
    wire::SocketAddress remote;
    std::optional<PublicKeyIdentity> public_key{};  // … this proved it
    wire::TimePoint began{};  // the handshake: when its ClientHello came with a good cookie
    // Of the device that was found by the identity or the public key.
    std::string endpoint{};
};
// The daemon dialled, and the handshake has finished.
struct DialFinished {
    SessionId session;
    std::string endpoint;
    wire::Bytes psk_identity;  // ours, that the device took; empty: by public keys
    wire::TimePoint began{};   // the handshake: when its first flight left
};
struct AssociationClosed {
    PeerRef peer;
};
// A Bootstrap-Request was admitted; its endpoint is claimed before the 2.04. Answered by Grant or
// Deny.
struct Claim {
    PeerRef peer;
    provisioning::Assignment assignment;
    wire::SocketAddress remote;
    bool secured = false;
    std::optional<std::uint16_t> preferred_format;
    std::vector<std::string> other_queries;
};
struct OperationAnswered {
    SessionId session;
    OperationRecord operation;
    wire::TimePoint started;  // what its times count from
    bool first_answer = false;
};
// The session is over on that shard, whatever was asked of it; also the confirmation of Stop. Its
// report has an outcome.
struct Ended {
    PeerRef peer;
    SessionId session;
    SessionReport report;
};
// The session waits for what has to be made for the device; answered by Prepared.
struct PreparationWanted {
    PeerRef peer;
    SessionId session;
    provisioning::Assignment assignment;
    // Where a new key of its account goes, where that is a new instance.
    std::optional<provisioning::NewAccount> account{};
};
// Start or Reach came to nothing before any operation was answered: the peer is gone, the dial
// was refused (final, unless there is another credential to dial with) or nothing was heard. The
// trigger goes on waiting unless `final_outcome`.
struct NotReached {
    SessionId session;
    std::string cause;
    std::optional<Outcome> final_outcome;
    SessionReport report;
};
// A request that was refused, for the records (bounded there).
struct NotAdmitted {
    std::string endpoint;  // as the device wrote it, may be empty
    wire::SocketAddress remote;
    bool secured = false;
    std::string reason;
};
using Notice = std::variant<AssociationOpened, AssociationClosed, Claim, OperationAnswered, Ended,
                            NotReached, NotAdmitted, DialFinished, PreparationWanted>;

// ---- from the Directory to a shard ----

struct Grant {
    PeerRef peer;
    provisioning::Assignment assignment;
    SessionId session;
};
struct Deny {
    PeerRef peer;
    coap::Code code;
    std::string reason;
};
// Stop the session: `peer.id` is 0 where the Directory does not know the peer (a Reach), so the
// shard looks it up by the session. Ended with its report follows; a session that the shard does
// not have (any more) needs no answer, as what became of it was told before.
struct Stop {
    PeerRef peer;
    SessionId session;
    Session::Stop why;
    std::string reason;
};
// Begin, unasked, over the association that the device opened.
struct Start {
    PeerRef peer;
    provisioning::Assignment assignment;
    SessionId session;
};
// Begin, unasked, towards an address: unsecured, or dialled as DTLS client. The shard owns the
// address and opens the peer itself.
struct Reach {
    wire::SocketAddress remote;
    std::optional<wire::IpAddress> source;
    bool dial = false;
    provisioning::Assignment assignment;
    SessionId session;
    // Of a dial: nothing stands for the record's PSK, or, where it has none, for public keys.
    std::optional<provisioning::PskCredential> dial_with{};
    bool by_public_key = false;  // our certificate or raw public key, and the device's
};
// What was made for the device, or why the session has to end with the device untouched.
struct Prepared {
    PeerRef peer;
    SessionId session;
    Preparation preparation;
};
using Command = std::variant<Grant, Deny, Stop, Start, Reach, Prepared>;

}  // namespace bootstrap
