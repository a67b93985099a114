#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/bootstrap/pack_session.h"
#include "server/bootstrap/peer.h"
#include "server/bootstrap/pending_requests.h"
#include "server/bootstrap/session.h"
#include "server/coap/endpoint.h"

namespace bootstrap {

// What a Peer is made of: the CoAP endpoint, the requests that await admission, and the session or
// the pack under way.
class Peer::Impl {
  public:
    Impl(const PeerSettings&, wire::Random&, Transport);

    void receive(wire::BytesView datagram, wire::TimePoint now, Output& out);
    void on_timer(wire::TimePoint now, Output& out);
    std::optional<wire::TimePoint> next_deadline() const;
    void admit(provisioning::Assignment, SessionId, wire::TimePoint now, Output& out);
    void refuse(coap::Code, std::string reason, wire::TimePoint now, Output& out);
    void start(provisioning::Assignment, SessionId, wire::TimePoint now, Output& out);
    void prepared(const SessionId&, Preparation, wire::TimePoint now, Output& out);
    void stop(const SessionId&, Session::Stop, std::string reason, wire::TimePoint now, Output&);
    void transport_lost(std::string reason, wire::TimePoint now, Output& out);
    void refused_by_network(wire::TimePoint now, Output& out);

    const Transport& transport() const { return transport_; }
    const SessionId* session_id() const {
        if (pack_) return &pack_->id;
        return running_ ? &running_->id : nullptr;
    }
    bool has_pending_request() const { return !pending_.empty(); }
    bool is_idle() const { return !running_ && !pack_ && pending_.empty() && unsettled_ == 0; }
    const coap::Counters& counters() const { return endpoint_.counters(); }

  private:
    struct Running {
        SessionId id;
        Session session;
        // The separate 2.04 whose acknowledgement the first operation waits for.
        std::optional<coap::IncomingId> awaited;
        std::optional<coap::ExchangeId> exchange;  // the operation under way
    };
    // A pack on its way.
    struct RunningPack {
        SessionId id;
        PackSession session;
        coap::IncomingId answer;
    };
    enum class LastAnswer { none, granted, refused };

    void take(Output& out, wire::TimePoint now);
    void on(coap::RequestReceived&&, wire::TimePoint now, Output& out);
    void on(const coap::ResponseReceived&, wire::TimePoint now, Output& out);
    void on(const coap::RequestFailed&, wire::TimePoint now, Output& out);
    void on(const coap::ResponseSettled&, wire::TimePoint now, Output& out);
    bool respond(coap::IncomingId, coap::Response, wire::TimePoint now);
    bool answer_pending(coap::Response, wire::TimePoint now);
    void give_up_admission(wire::TimePoint now, Output& out);
    void stop_running(std::string reason, wire::TimePoint now, Output& out);
    void give_pack(const provisioning::Assignment&, SessionId, wire::TimePoint now, Output& out);
    void end_pack_if_over(Output& out);
    void run(provisioning::Assignment, SessionId, Mode);
    void begin(wire::TimePoint now, Output& out);
    // Carries out what the session wants and tells of its latest operation.
    void perform(Session::Action, wire::TimePoint now, Output& out);
    template <class Step>
    void step_operation(wire::TimePoint now, Output& out, Step step);

    const PeerSettings& settings_;
    wire::Random& random_;
    Transport transport_;
    coap::Limits limits_;
    coap::Endpoint endpoint_;
    coap::Output coap_;  // of the input being handled

    PendingRequests pending_;
    BootstrapRequest granted_;  // the one that was answered last
    LastAnswer last_answer_ = LastAnswer::none;
    std::size_t unsettled_ = 0;  // answers under way
    // At most one of the two; apart: most open associations have none.
    std::unique_ptr<Running> running_;
    std::unique_ptr<RunningPack> pack_;
};

}  // namespace bootstrap
