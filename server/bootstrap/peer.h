#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/bootstrap/admission.h"
#include "server/bootstrap/record.h"
#include "server/bootstrap/session.h"
#include "server/coap/endpoint.h"

namespace bootstrap {

// Chosen by the Directory; 32 hexadecimal digits.
using SessionId = std::string;

struct PeerSettings {
    SessionSettings session;
    coap::Limits coap;
    // A request awaits admission so long before it is acknowledged, to be answered separately …
    wire::Duration separate_after = std::chrono::seconds(1);
    // … and so long before it is given up with 5.03.
    wire::Duration admission_wait = std::chrono::seconds(60);
};

// The CoAP binding: one peer's conversation and the session that runs over it. Requests of the
// peer become events; sessions become CoAP requests. Pure; one per association (secured) or per
// address (unsecured). Used by one thread; settings, Random outlive it.
//
// Several Bootstrap-Requests may await admission at once (the endpoint's limit on incoming ones
// bounds them): the newest decides, and all of its kind get the same answer (PendingRequests). The
// same request under a new Message ID is not asked about a second time.
//
// A Pack-Request that is admitted is answered by the whole configuration instead: a session of one
// answer (PackSession), which ends when its last block has left.
class Peer {
  public:
    Peer(const PeerSettings&, wire::Random&, Transport);
    ~Peer();

    // A Bootstrap-Request awaits admission: answer by admitted() or refuse().
    struct AdmissionWanted {
        BootstrapRequest request;
    };
    // An operation was answered or a session's report changed otherwise.
    struct Progress {
        SessionId session;
        OperationRecord operation;
        wire::TimePoint started;  // of the session: what the operation's times count from
        bool first_answer = false;
    };
    struct SessionEnded {
        SessionId session;
        SessionReport report;
    };
    // The session waits for what has to be made for the device: answer by prepared().
    struct PreparationWanted {
        SessionId session;
        provisioning::Assignment assignment;
        std::optional<provisioning::NewAccount> account{};
    };
    // A request was answered without a session: for log and counters.
    struct RequestRefused {
        coap::Code code;
        std::string reason;
        // No pack for a device that asks by POST /bs next.
        bool falls_back = false;
    };
    using Event =
        std::variant<AdmissionWanted, Progress, SessionEnded, RequestRefused, PreparationWanted>;
    struct Output {
        std::vector<wire::Bytes> datagrams;  // CoAP messages to send, in order
        std::vector<Event> events;
    };

    void receive(wire::BytesView datagram, wire::TimePoint now, Output&);
    void on_timer(wire::TimePoint now, Output&);
    std::optional<wire::TimePoint> next_deadline() const;

    // The pending request is granted: the pack, or 2.04 first, then (after its ACK when the 2.04
    // was separate) the session's first operation. A session still running on this peer must have
    // been stopped; if not, it ends as superseded. Without a pending request: when the last one was
    // granted, the session begins at once (two admissions crossed); when it was refused meanwhile,
    // or answered by a pack, the session ends as not_admitted.
    void admit(provisioning::Assignment, SessionId, wire::TimePoint now, Output&);
    // 4.00 and the like for the pending request.
    void refuse(coap::Code, std::string reason, wire::TimePoint now, Output&);

    // The server-initiated mode: begin without having been asked.
    void start(provisioning::Assignment, SessionId, wire::TimePoint now, Output&);

    // What PreparationWanted asked for, for the session under way, if it is this one.
    void prepared(const SessionId&, Preparation, wire::TimePoint now, Output&);

    // Ends the session under way, if it is this one; SessionEnded follows at once.
    void stop(const SessionId&, Session::Stop, std::string reason, wire::TimePoint now, Output&);
    void transport_lost(std::string reason, wire::TimePoint now, Output&);
    void refused_by_network(wire::TimePoint now, Output&);

    const Transport& transport() const;
    bool has_session() const;
    const SessionId* session_id() const;
    bool has_pending_request() const;
    bool is_idle() const;  // no session, no pending request, no exchange under way
    // The CoAP counters so far.
    const coap::Counters& counters() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bootstrap
