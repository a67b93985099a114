#include "server/net/associations.h"

#include <utility>
#include <vector>

#include "server/journal/messages.h"
#include "server/net/peer_credentials.h"

namespace net {
namespace {

// A DTLS record, RFC 6347 §4.1: type (1) | version (2) | epoch (2) | sequence (6) | length (2)
constexpr std::size_t record_header = 13;

bool is_epoch_zero(wire::BytesView datagram) {
    return datagram[3] == 0 && datagram[4] == 0;
}

bool looks_like_record(wire::BytesView datagram) {
    return datagram.size() > record_header && datagram[0] >= 20 && datagram[0] <= 23 &&
           datagram[1] == 0xFE;
}

bool began_with(const Peer* peer, const dtls::HelloView& hello) {
    if (peer == nullptr || !hello.has_cookie) return false;
    const wire::BytesView random = peer->connection->client_random();
    return std::equal(random.begin(), random.end(), hello.random.begin(), hello.random.end());
}

std::optional<bootstrap::Outcome> outcome_of_dial(dtls::Ending ending) {
    switch (ending) {
        case dtls::Ending::refused_by_peer:
        case dtls::Ending::refused_by_us:
            return bootstrap::Outcome::handshake_failed;
        case dtls::Ending::closed_by_peer:
        case dtls::Ending::closed_by_us:
        case dtls::Ending::handshake_timeout:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

Associations::Associations(ShardContext& context, Conversations& conversations,
                           std::shared_ptr<dtls::Context> dtls, const dtls::CookieKeys& cookies)
    : context_(context), conversations_(conversations), cookies_(cookies) {
    reconfigure(std::move(dtls));
}

void Associations::reconfigure(std::shared_ptr<dtls::Context> dtls) {
    dtls_ = std::move(dtls);
    listener_ = std::make_unique<dtls::Listener>(dtls_, cookies_);
}

// ---- datagrams ----

void Associations::receive(std::size_t socket, const Incoming& incoming) {
    const PeerKey key{incoming.local, incoming.remote};
    const PeerTable::Slot* const slot = context_.peers.slot(key);
    Peer* const current = slot == nullptr ? nullptr : slot->current;
    if (!context_.within_rate(current, incoming.remote)) return;
    if (!looks_like_record(incoming.payload)) {
        ++context_.counters.dropped_malformed;
        return;
    }
    const bool epoch_zero = is_epoch_zero(incoming.payload);
    if (epoch_zero) {
        if (const auto view = dtls::peek_client_hello(incoming.payload)) {
            hello(socket, incoming, *view);
            return;
        }
    }
    if (current == nullptr) {
        ++context_.counters.dropped_unknown;
        return;
    }
    Peer* const successor = slot->successor;
    if (successor != nullptr && epoch_zero) successor->fed = true;
    feed(successor != nullptr && successor->fed ? *successor : *current, incoming.payload);
}

void Associations::hello(std::size_t socket, const Incoming& incoming,
                         const dtls::HelloView& view) {
    const PeerKey key{incoming.local, incoming.remote};
    if (const PeerTable::Slot* const slot = context_.peers.slot(key)) {
        for (Peer* const peer : {slot->successor, slot->current}) {
            if (!began_with(peer, view)) continue;
            feed(*peer, incoming.payload);
            return;
        }
    }
    // Before anything is kept or computed for it. A hello without a cookie costs no more than one.
    if (view.has_cookie && context_.guesses.holds_off(incoming.remote.ip, context_.now)) {
        ++context_.counters.dropped_guessing;
        return;
    }
    clear_output();
    auto result =
        listener_->hello(incoming.payload, incoming.local, incoming.remote, context_.now, out_);
    if (auto* challenged = std::get_if<dtls::Listener::Challenged>(&result)) {
        context_.outbox[socket].push_back(
            {incoming.local, incoming.remote, std::move(challenged->datagram)});
    } else if (auto* proved = std::get_if<dtls::Listener::Proved>(&result)) {
        accept(socket, key, std::move(proved->connection));
    } else {
        ++context_.counters.dropped_malformed;
    }
}

void Associations::accept(std::size_t socket, const PeerKey& key,
                          std::unique_ptr<dtls::Connection> connection) {
    // The address is proved: a handshake that was under way with it, a dial too, is over.
    if (const PeerTable::Slot* const slot = context_.peers.slot(key)) {
        Peer* const half_open =
            slot->current->kind == Peer::Kind::half_open ? slot->current : slot->successor;
        if (half_open != nullptr) remove(*half_open, "the device began a handshake of its own");
    }
    // A successor is no one more.
    if (context_.peers.current(key) == nullptr && !make_room_for(key.remote)) return;
    make_half_open_room();
    Peer& peer = context_.peers.add(key, socket, Peer::Kind::half_open);
    peer.connection = std::move(connection);
    peer.handshake = std::make_unique<Handshake>(Handshake{context_.now, {}, false, false});
    absorb(peer);
}

// Nothing that is established has to go for one that has not shown a key yet.
bool Associations::make_room_for(const wire::SocketAddress& remote) {
    const Limits& limits = context_.limits;
    PeerTable& peers = context_.peers;
    const bool prefix_full = limits.associations_per_prefix != 0 &&
                             peers.in_prefix_of(remote.ip) >= limits.associations_per_prefix;
    const bool full = peers.established_count() >= limits.associations &&
                      peers.oldest_idle(Peer::Kind::established) == nullptr;
    if (prefix_full || full) {
        ++context_.counters.dropped_limit;
        return false;
    }
    return true;
}

void Associations::make_half_open_room() {
    PeerTable& peers = context_.peers;
    while (peers.half_open() >= context_.limits.half_open && peers.oldest_half_open() != nullptr) {
        ++context_.counters.evicted;
        remove(*peers.oldest_half_open(), "too many handshakes are under way");
    }
}

void Associations::feed(Peer& peer, wire::BytesView datagram) {
    clear_output();
    peer.connection->receive(datagram, out_);
    absorb(peer);
}

void Associations::on_timer(Peer& peer) {
    const auto wait = peer.connection->next_timeout();
    if (!wait || *wait > wire::Duration::zero()) return;
    clear_output();
    peer.connection->on_timeout(out_);
    absorb(peer);
}

void Associations::answer(const LookedUpDevice& mail) {
    Peer* const peer = context_.peers.find(mail.peer);
    if (peer == nullptr || peer->kind != Peer::Kind::half_open) return;
    const auto* looked_up = std::get_if<bootstrap::LookedUp>(&mail.answer);
    if (looked_up == nullptr) {
        // Without an alert: the device is not told that it is unknown, it tries again.
        const std::string reason = "who it is could not be looked up";
        count_failure(HandshakeFailure::other);
        log_failure(*peer, HandshakeFailure::other, reason);
        remove(*peer, reason);
        return;
    }
    clear_output();
    if (const auto* found = std::get_if<bootstrap::FoundDevice>(looked_up))
        peer->handshake->endpoint = found->assignment.device->endpoint.text();
    dtls::Connection& connection = *peer->connection;
    if (connection.claim()) {
        const dtls::Trust trust = trust_of(*looked_up, *connection.claim());
        peer->handshake->denied = trust == dtls::Trust::none;
        connection.trust(trust, out_);
    } else if (const model::Secret* const key = key_of(*looked_up, connection.identity())) {
        connection.provide(*key, out_);
    } else {
        peer->handshake->denied = true;
        connection.deny(out_);
    }
    absorb(*peer);
}

void Associations::dial(std::size_t socket, const PeerKey& key, const bootstrap::Reach& reach) {
    if (context_.peers.current(key) != nullptr) {
        conversations_.not_reached(reach.session,
                                   "an association with that address is open or being opened");
        return;
    }
    if (!make_room_for(key.remote)) {
        conversations_.not_reached(reach.session, "the limit of associations is reached");
        return;
    }
    make_half_open_room();
    clear_output();
    auto connection = net::dial(dtls_, reach, out_);
    if (!connection) {
        conversations_.not_reached(reach.session, "the device has no credential to dial it with");
        return;
    }
    Peer& peer = context_.peers.add(key, socket, Peer::Kind::half_open);
    peer.connection = std::move(connection);
    peer.handshake = std::make_unique<Handshake>(
        Handshake{context_.now, reach.assignment.device->endpoint.text(), false, false});
    peer.dial = std::make_unique<bootstrap::Reach>(reach);
    conversations_.remember_reached(peer, reach.session);
    absorb(peer);
}

bool Associations::stop_dial(const bootstrap::Stop& stop) {
    Peer* const peer = conversations_.find_reached(stop.session);
    if (peer == nullptr || !peer->dial) return false;
    bootstrap::SessionReport report;
    report.outcome = outcome_of(stop.why);
    report.cause = stop.reason;
    context_.notices.emplace_back(
        bootstrap::Ended{context_.ref(*peer), stop.session, std::move(report)});
    peer->dial.reset();
    remove(*peer, stop.reason);
    return true;
}

void Associations::close(Peer& peer, const std::string& why) {
    clear_output();
    peer.connection->close(out_);
    for (wire::Bytes& datagram : out_.datagrams) context_.send(peer, std::move(datagram));
    remove(peer, why);
}

// ---- what follows ----

void Associations::clear_output() {
    out_.datagrams.clear();
    out_.plaintexts.clear();
    out_.ended.clear();
    out_.identity_wanted = out_.established = false;
}

void Associations::absorb(Peer& peer) {
    for (wire::Bytes& datagram : out_.datagrams) context_.send(peer, std::move(datagram));
    if (out_.identity_wanted) look_up(peer);
    // What follows may come back here for another peer: out_ is let go of first.
    std::vector<wire::Bytes> plaintexts;
    plaintexts.swap(out_.plaintexts);
    std::vector<dtls::Ended> ending;
    ending.swap(out_.ended);
    if (out_.established) established(peer);
    for (const wire::Bytes& plaintext : plaintexts) {
        if (!peer.gone && peer.conversation) conversations_.receive(peer, plaintext);
    }
    if (!ending.empty() && !peer.gone) ended(peer, ending.front());
    context_.settle(peer);
}

void Associations::look_up(Peer& peer) {
    // Many handshakes at once are guesses, too: those that came before the limit was reached.
    if (context_.guesses.holds_off(peer.key.remote.ip, context_.now)) {
        ++context_.counters.dropped_guessing;
        remove(peer, "too many handshakes of the address or its prefix proved nothing");
        return;
    }
    context_.lookups.ask(peer.id, Lookups::handshake, query_of(*peer.connection),
                         context_.limits.lookups);
}

void Associations::established(Peer& peer) {
    ++context_.counters.handshakes_finished;
    PeerTable& peers = context_.peers;
    if (Peer* const old = peers.current(peer.key); old != &peer)
        remove(*old, "the device opened a new association");
    // Whoever showed a key may have the place of one that is not in use.
    while (peers.established_count() >= context_.limits.associations) {
        Peer* const idle = peers.oldest_idle(Peer::Kind::established);
        if (idle == nullptr) {
            ++context_.counters.dropped_limit;
            close(peer, "the limit of associations is reached");
            return;
        }
        ++context_.counters.evicted;
        close(*idle, "the limit of associations is reached");
    }
    peers.established(peer);
    const std::unique_ptr<bootstrap::Reach> dialled = std::move(peer.dial);
    const std::unique_ptr<Handshake> handshake = std::move(peer.handshake);
    Tap::know(peer, handshake->endpoint);
    bootstrap::Transport transport;
    transport.secured = true;
    transport.psk_identity = peer.connection->identity();
    if (peer.connection->claim()) transport.public_key = identity_of(*peer.connection->claim());
    transport.max_message = peer.connection->max_plaintext();
    const auto& message = journal::message::association_opened;
    if (context_.journal.wants(message)) {
        context_.journal.write(message, {{"remote", peer.key.remote.to_string()},
                                         {"cipher", peer.connection->cipher_suite()}});
    }
    if (dialled) {
        context_.notices.emplace_back(
            bootstrap::DialFinished{dialled->session, std::move(handshake->endpoint),
                                    transport.psk_identity, handshake->began});
    } else {
        context_.guesses.proved(peer.key.remote.ip);
        peer.announced = true;
        context_.notices.emplace_back(bootstrap::AssociationOpened{
            context_.ref(peer), transport.psk_identity, peer.key.remote, transport.public_key,
            handshake->began, std::move(handshake->endpoint)});
    }
    peer.conversation = std::make_unique<bootstrap::Peer>(context_.settings.peer, context_.random,
                                                          std::move(transport));
    if (dialled) conversations_.start_reached(peer, dialled->assignment, dialled->session);
}

void Associations::ended(Peer& peer, const dtls::Ended& how) {
    if (peer.kind == Peer::Kind::half_open) {
        handshake_failed(peer, how);
        if (const auto dialled = std::move(peer.dial)) {
            conversations_.not_reached(dialled->session, "the handshake failed: " + how.reason,
                                       outcome_of_dial(how.ending));
        }
    }
    remove(peer, how.reason);
}

void Associations::handshake_failed(Peer& peer, const dtls::Ended& how) {
    const bool denied = peer.handshake->denied;
    const HandshakeFailure kind = failure_of(how, denied, peer.connection->claim().has_value());
    count_failure(kind);
    log_failure(peer, kind, how.reason);
    if (how.unproved || denied) count_guess(peer);
}

// Of a device that we dial it was our choice.
void Associations::count_guess(Peer& peer) {
    if (!peer.handshake || !peer.connection->is_server()) return;
    if (std::exchange(peer.handshake->counted, true)) return;
    if (!context_.guesses.failed(peer.key.remote.ip, context_.now)) return;
    const auto& message = journal::message::handshakes_held_off;
    if (context_.journal.wants(message))
        context_.journal.write(message, {{"remote", peer.key.remote.ip.to_string()}});
}

void Associations::count_failure(HandshakeFailure kind) {
    ++context_.counters.handshakes_failed;
    ++context_.counters.failed_by[static_cast<std::size_t>(kind)];
}

void Associations::log_failure(const Peer& peer, HandshakeFailure kind, const std::string& reason) {
    const auto& message = journal::message::handshake_failed;
    if (!context_.journal.wants(message)) return;
    context_.journal.write(message, {{"remote", peer.key.remote.to_string()},
                                     {"kind", std::string(to_string(kind))},
                                     {"reason", reason},
                                     {"peer", shown(*peer.connection)}});
}

void Associations::remove(Peer& peer, const std::string& why) {
    if (peer.gone) return;
    // Given up half way, by a new hello for instance: what it failed at counts all the same.
    if (peer.handshake && peer.connection->proof_failed()) count_guess(peer);
    if (peer.conversation) conversations_.transport_lost(peer, why);
    if (const auto dialled = std::move(peer.dial))
        conversations_.not_reached(dialled->session, why);
    conversations_.forget_reached(peer);
    if (peer.announced)
        context_.notices.emplace_back(bootstrap::AssociationClosed{context_.ref(peer)});
    const auto& message = journal::message::association_ended;
    if (peer.kind == Peer::Kind::established && context_.journal.wants(message)) {
        context_.journal.write(message, {{"remote", peer.key.remote.to_string()}, {"reason", why}});
    }
    context_.peers.remove(peer);
}

}  // namespace net
