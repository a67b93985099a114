#include "server/net/conversations.h"

#include <utility>

#include "server/bootstrap/admission.h"
#include "server/journal/messages.h"

namespace net {
namespace {

// RFC 7252 §3: version 1 in the first two bits, then the type.
bool is_confirmable(wire::BytesView message) {
    return !message.empty() && (message[0] & 0xF0) == 0x40;
}

}  // namespace

// ---- inputs ----

void Conversations::receive(Peer& peer, wire::BytesView message) {
    peer.conversation->receive(message, context_.now, out_);
    absorb(peer);
}

void Conversations::on_timer(Peer& peer) {
    peer.conversation->on_timer(context_.now, out_);
    absorb(peer);
}

void Conversations::refused_by_network(Peer& peer) {
    peer.conversation->refused_by_network(context_.now, out_);
    absorb(peer);
}

void Conversations::transport_lost(Peer& peer, std::string reason) {
    peer.conversation->transport_lost(std::move(reason), context_.now, out_);
    out_.datagrams.clear();
    absorb(peer);
}

// ---- commands ----

void Conversations::grant(const bootstrap::Grant& grant) {
    Peer* const peer = context_.peers.find(grant.peer.id);
    if (peer == nullptr || !peer->conversation) {
        not_reached(grant.session, "the association or address that asked is gone");
        return;
    }
    peer->conversation->admit(grant.assignment, grant.session, context_.now, out_);
    absorb(*peer);
}

void Conversations::deny(const bootstrap::Deny& deny) {
    Peer* const peer = context_.peers.find(deny.peer.id);
    if (peer == nullptr || !peer->conversation) return;
    peer->conversation->refuse(deny.code, deny.reason, context_.now, out_);
    absorb(*peer);
}

void Conversations::stop(const bootstrap::Stop& stop) {
    Peer* peer = context_.peers.find(stop.peer.id);
    if (peer == nullptr) peer = find_reached(stop.session);
    if (peer == nullptr || !peer->conversation || peer->conversation->session_id() == nullptr ||
        *peer->conversation->session_id() != stop.session) {
        context_.notices.emplace_back(bootstrap::Ended{stop.peer, stop.session, {}});
        return;
    }
    peer->conversation->stop(stop.session, stop.why, stop.reason, context_.now, out_);
    absorb(*peer);
}

void Conversations::start(const bootstrap::Start& start) {
    Peer* const peer = context_.peers.find(start.peer.id);
    if (peer == nullptr || !peer->conversation) {
        not_reached(start.session, "the association is gone");
        return;
    }
    if (peer->conversation->has_session() || peer->conversation->has_pending_request()) {
        not_reached(start.session, "the association is busy with a request or session");
        return;
    }
    peer->conversation->start(start.assignment, start.session, context_.now, out_);
    absorb(*peer);
}

void Conversations::start_reached(Peer& peer, const provisioning::Assignment& assignment,
                                  const bootstrap::SessionId& session) {
    remember_reached(peer, session);
    peer.conversation->start(assignment, session, context_.now, out_);
    absorb(peer);
}

// ---- sessions that Reach began ----

void Conversations::remember_reached(Peer& peer, const bootstrap::SessionId& session) {
    peer.reached = session;
    reached_[session] = peer.id;
}

void Conversations::forget_reached(Peer& peer) {
    if (!peer.reached) return;
    const auto found = reached_.find(*peer.reached);
    if (found != reached_.end() && found->second == peer.id) reached_.erase(found);
    peer.reached.reset();
}

Peer* Conversations::find_reached(const bootstrap::SessionId& session) const {
    const auto found = reached_.find(session);
    return found == reached_.end() ? nullptr : context_.peers.find(found->second);
}

void Conversations::not_reached(const bootstrap::SessionId& session, std::string cause,
                                std::optional<bootstrap::Outcome> final_outcome) {
    context_.notices.emplace_back(
        bootstrap::NotReached{session, std::move(cause), final_outcome, {}});
}

// ---- outputs ----

void Conversations::absorb(Peer& peer) {
    // An event's handling may append further events and datagrams.
    for (std::size_t i = 0; i < out_.events.size(); ++i) {
        bootstrap::Peer::Event event = std::move(out_.events[i]);
        std::visit([&](auto&& what) { on(peer, std::forward<decltype(what)>(what)); },
                   std::move(event));
    }
    out_.events.clear();
    for (wire::Bytes& message : out_.datagrams) send(peer, std::move(message));
    out_.datagrams.clear();
    context_.settle(peer);
}

void Conversations::send(Peer& peer, wire::Bytes&& message) {
    // What answers us is not held against the peer.
    if (is_confirmable(message)) peer.bucket.give();
    if (!peer.connection) {
        context_.send(peer, std::move(message));
        return;
    }
    records_.datagrams.clear();
    peer.connection->send(message, records_);
    for (wire::Bytes& record : records_.datagrams) context_.send(peer, std::move(record));
}

void Conversations::on(Peer& peer, bootstrap::Peer::AdmissionWanted&& wanted) {
    bootstrap::BootstrapRequest& request = wanted.request;
    const bool secured = peer.conversation->transport().secured;
    auto verdict = bootstrap::admit(request, peer.conversation->transport(), *context_.catalog);
    if (auto* refused = std::get_if<bootstrap::Refused>(&verdict)) {
        peer.conversation->refuse(refused->code, refused->reason, context_.now, out_);
        if (refused->falls_back) return;
        context_.notices.emplace_back(
            bootstrap::NotAdmitted{request.endpoint ? request.endpoint->text() : std::string(),
                                   peer.key.remote, secured, std::move(refused->reason)});
        return;
    }
    context_.notices.emplace_back(bootstrap::Claim{
        context_.ref(peer), std::move(std::get<bootstrap::Admitted>(verdict).assignment),
        peer.key.remote, secured, request.preferred_format, std::move(request.other_queries)});
}

void Conversations::on(Peer&, bootstrap::Peer::Progress&& progress) {
    context_.notices.emplace_back(
        bootstrap::OperationAnswered{std::move(progress.session), std::move(progress.operation),
                                     progress.started, progress.first_answer});
}

void Conversations::on(Peer& peer, bootstrap::Peer::SessionEnded&& ended) {
    if (peer.reached == ended.session) forget_reached(peer);
    context_.notices.emplace_back(
        bootstrap::Ended{context_.ref(peer), std::move(ended.session), std::move(ended.report)});
}

void Conversations::on(Peer& peer, bootstrap::Peer::RequestRefused&& refused) {
    log_refusal(peer, refused.code, refused.reason, refused.falls_back);
}

// Anybody can provoke these lines: so many a second and no more.
void Conversations::log_refusal(const Peer& peer, coap::Code code, const std::string& reason,
                                bool falls_back) {
    const auto& message =
        falls_back ? journal::message::pack_declined : journal::message::request_refused;
    if (!context_.journal.enabled(message.level)) return;
    const auto left_out = context_.log_limit.take(context_.now);
    if (!left_out) return;
    context_.journal.write(message, {{"remote", peer.key.remote.to_string()},
                                     {"secured", peer.connection ? "true" : "false"},
                                     {"code", coap::to_string(code)},
                                     {"reason", reason},
                                     {"left_out_before", std::to_string(*left_out)}});
}

}  // namespace net
