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

constexpr wire::Duration ask_again_after = std::chrono::seconds(1);

}  // namespace

// ---- inputs ----

void Conversations::receive(Peer& peer, wire::BytesView message) {
    if (context_.tap.is_on()) context_.tap.received(peer, context_.ref(peer), message);
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

// ---- admission ----

void Conversations::answer(const LookedUpDevice& mail) {
    Peer* const peer = context_.peers.find(mail.peer);
    if (peer == nullptr || !peer->admission || peer->admission->number != mail.number) return;
    const auto* found = std::get_if<bootstrap::LookedUp>(&mail.answer);
    if (found == nullptr) {
        peer->admission->ask_again = context_.now + ask_again_after;
        context_.rearm(*peer);
        return;
    }
    const std::unique_ptr<Admission> admission = std::move(peer->admission);
    decide(*peer, admission->request, *found);
    absorb(*peer);
}

void Conversations::ask_again(Peer& peer) {
    if (!peer.admission || peer.admission->ask_again > context_.now) return;
    // Answered meanwhile, along with an older one.
    if (!peer.conversation->has_pending_request()) {
        peer.admission.reset();
        return;
    }
    on(peer, bootstrap::Peer::AdmissionWanted{std::move(peer.admission->request)});
    absorb(peer);
}

void Conversations::decide(Peer& peer, const bootstrap::BootstrapRequest& request,
                           const bootstrap::LookedUp& found) {
    const bootstrap::Transport& transport = peer.conversation->transport();
    auto verdict = bootstrap::admit(request, transport, found);
    if (auto* refused = std::get_if<bootstrap::Refused>(&verdict)) {
        refuse(peer, request, std::move(*refused));
        return;
    }
    context_.notices.emplace_back(bootstrap::Claim{
        context_.ref(peer), std::move(std::get<bootstrap::Admitted>(verdict).assignment),
        peer.key.remote, transport.secured, request.preferred_format, request.other_queries});
}

// ---- commands ----

void Conversations::grant(const bootstrap::Grant& grant) {
    Peer* const peer = context_.peers.find(grant.peer.id);
    if (peer == nullptr || !peer->conversation) {
        not_reached(grant.session, "the association or address that asked is gone");
        return;
    }
    Tap::know(*peer, grant.assignment.device->endpoint.text());
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
    Tap::know(*peer, start.assignment.device->endpoint.text());
    peer->conversation->start(start.assignment, start.session, context_.now, out_);
    absorb(*peer);
}

// A session that has ended meanwhile needs it no more.
void Conversations::prepared(const bootstrap::Prepared& prepared) {
    Peer* const peer = context_.peers.find(prepared.peer.id);
    if (peer == nullptr || !peer->conversation) return;
    peer->conversation->prepared(prepared.session, prepared.preparation, context_.now, out_);
    absorb(*peer);
}

void Conversations::start_reached(Peer& peer, const provisioning::Assignment& assignment,
                                  const bootstrap::SessionId& session) {
    remember_reached(peer, session);
    Tap::know(peer, assignment.device->endpoint.text());
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
    if (context_.tap.is_on()) context_.tap.sent(peer, context_.ref(peer), message);
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
    auto device = bootstrap::wanted_device(wanted.request, peer.conversation->transport());
    if (auto* refused = std::get_if<bootstrap::Refused>(&device)) {
        peer.admission.reset();
        refuse(peer, wanted.request, std::move(*refused));
        return;
    }
    const std::uint64_t number = context_.lookups.next_number();
    peer.admission = std::make_unique<Admission>(Admission{std::move(wanted.request), number});
    context_.lookups.ask(peer.id, number, std::get<bootstrap::DeviceQuery>(device),
                         context_.limits.lookups);
}

void Conversations::refuse(Peer& peer, const bootstrap::BootstrapRequest& request,
                           bootstrap::Refused&& refused) {
    peer.conversation->refuse(refused.code, refused.reason, context_.now, out_);
    if (refused.falls_back) return;
    context_.notices.emplace_back(bootstrap::NotAdmitted{
        request.endpoint ? request.endpoint->text() : std::string(), peer.key.remote,
        peer.conversation->transport().secured, std::move(refused.reason)});
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
    // Where its time was over; not where another request was refused at once.
    if (!peer.conversation->has_pending_request()) peer.admission.reset();
}

void Conversations::on(Peer& peer, bootstrap::Peer::PreparationWanted&& wanted) {
    context_.notices.emplace_back(
        bootstrap::PreparationWanted{context_.ref(peer), std::move(wanted.session),
                                     std::move(wanted.assignment), wanted.account});
}

void Conversations::log_refusal(const Peer& peer, coap::Code code, const std::string& reason,
                                bool falls_back) {
    const auto& message =
        falls_back ? journal::message::pack_declined : journal::message::request_refused;
    if (!context_.journal.wants(message)) return;
    context_.journal.write(message, {{"remote", peer.key.remote.to_string()},
                                     {"secured", peer.connection ? "true" : "false"},
                                     {"code", coap::to_string(code)},
                                     {"reason", reason}});
}

}  // namespace net
