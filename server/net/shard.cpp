#include "server/net/shard.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "server/net/route.h"

namespace net {
namespace {

// Batches that one socket may have in one turn, before the others and the timers have theirs.
constexpr std::size_t batches_a_turn = 16;
// An association that was quiet for so long gives OpenSSL's buffers back: bootstraps are over by
// then, and the next use costs two allocations.
constexpr wire::Duration cooling = std::chrono::seconds(1);

}  // namespace

Shard::Shard(Parts parts)
    : io_(1),
      steering_(parts.steering),
      sockets_(std::move(parts.sockets)),
      context_{parts.number,
               parts.settings,
               parts.share,
               parts.handlers,
               parts.journal,
               random_,
               std::move(parts.listening),
               std::make_shared<Inbox>(parts.share.hand_over_queue,
                                       [this] {
                                           asio::post(io_, [this] {
                                               begin_turn();
                                               end_turn();
                                           });
                                       }),
               PeerTable(random_),
               {},
               RateLimiter(parts.share.datagrams_per_second_per_peer, random_),
               GuessLimiter(guess_limits(parts.share), random_)},
      conversations_(context_),
      associations_(context_, conversations_, std::move(parts.dtls), parts.cookies),
      unsecured_(context_, conversations_),
      timer_(io_) {
    context_.outbox.resize(sockets_.size());
    descriptors_.reserve(sockets_.size());
    for (const UdpSocket& socket : sockets_) descriptors_.emplace_back(io_, socket.native());
}

Shard::~Shard() {
    context_.inbox->close();
    // The sockets close what they opened.
    for (auto& descriptor : descriptors_) descriptor.release();
}

void Shard::run() {
    context_.inbox->belongs_to_this_thread();
    for (std::size_t i = 0; i < sockets_.size(); ++i)
        if (sockets_[i].receives()) wait_for(i);
    // Also when it waits for none of them: others hand over what is its own.
    const auto until_left = asio::make_work_guard(io_);
    begin_turn();
    end_turn();
    if (!left_) io_.run();
}

// ---- sockets ----

void Shard::wait_for(std::size_t socket) {
    descriptors_[socket].async_wait(asio::posix::stream_descriptor::wait_read,
                                    [this, socket](const boost::system::error_code& error) {
                                        if (error) return;
                                        begin_turn();
                                        drain(socket);
                                        end_turn();
                                        if (!left_) wait_for(socket);
                                    });
}

void Shard::drain(std::size_t socket) {
    for (std::size_t round = 0; round < batches_a_turn; ++round) {
        const auto result = received_.fill(sockets_[socket].native(), sockets_[socket].bound());
        if (result.error != 0) {
            const bool nothing = result.error == EAGAIN || result.error == EWOULDBLOCK;
            // Woken for nothing to receive: then ICMP has said something.
            if (!nothing || round == 0) take_refusals(socket);
            if (nothing) break;
            continue;
        }
        context_.counters.datagrams_received.add(result.taken);
        context_.counters.dropped_malformed.add(result.oversized);
        for (const Incoming& incoming : received_.datagrams()) dispatch(socket, incoming);
        if (result.taken < batch_size) break;
        flush(socket);
    }
}

void Shard::dispatch(std::size_t socket, const Incoming& incoming) {
    const std::uint16_t owner = steering_.owner(incoming.remote);
    if (owner == context_.number) {
        process(socket, incoming);
        return;
    }
    const bool taken =
        inboxes_[owner]->hand_over({socket, incoming.local, incoming.remote,
                                    wire::Bytes(incoming.payload.begin(), incoming.payload.end())});
    ++(taken ? context_.counters.handed_over : context_.counters.dropped_queue);
}

void Shard::process(std::size_t socket, const Incoming& incoming) {
    if (context_.listening[socket].secured)
        associations_.receive(socket, incoming);
    else
        unsecured_.receive(socket, incoming);
}

void Shard::take_refusals(std::size_t socket) {
    for (const UdpSocket::Refusal& refusal : sockets_[socket].take_refusals()) {
        // The kernel puts it where it likes, and a socket may be that of several shards.
        const std::uint16_t owner = steering_.owner(refusal.remote);
        if (owner == context_.number)
            refused(refusal.local, refusal.remote);
        else if (inboxes_[owner]->hand_over({socket, refusal.local, refusal.remote, {}, true}))
            ++context_.counters.handed_over;
        else
            ++context_.counters.dropped_queue;
    }
}

void Shard::refused(const wire::SocketAddress& local, const wire::SocketAddress& remote) {
    Peer* const peer = context_.peers.current({local, remote});
    if (peer != nullptr && peer->conversation) conversations_.refused_by_network(*peer);
}

void Shard::flush(std::size_t socket) {
    auto& waiting = context_.outbox[socket];
    if (waiting.empty()) return;
    const auto result = sending_.send(sockets_[socket].native(), waiting);
    waiting.clear();
    context_.counters.datagrams_sent.add(result.sent);
    context_.counters.send_failures.add(result.failed);
    if (result.refusals) take_refusals(socket);
}

// ---- turns ----

void Shard::begin_turn() {
    context_.now = wire::Clock::now();
}

void Shard::end_turn() {
    // Whoever takes the notices may answer at once, on this thread: those answers wake nobody.
    do {
        for (Mail& mail : mail_) handle(std::move(mail));
        tell();
    } while (!left_ && context_.inbox->take(mail_));
    mail_.clear();
    if (left_) {
        context_.inbox->close();
        io_.stop();
        return;
    }
    PeerTable& peers = context_.peers;
    context_.timers.compact(peers.size(), [&](const Timers::Due& due) {
        const Peer* const peer = peers.find(due.peer);
        return peer != nullptr && peer->armed == due.when;
    });
    set_timer();
}

void Shard::tell() {
    PeerTable& peers = context_.peers;
    peers.sweep();
    context_.counters.associations.set(peers.established_count());
    context_.counters.half_open.set(peers.half_open());
    context_.counters.peers.set(peers.size());
    for (std::size_t i = 0; i < sockets_.size(); ++i) flush(i);
    if (!context_.notices.empty()) context_.handlers.notices(std::exchange(context_.notices, {}));
}

// The timer is moved only to an earlier time: each move is a call into the kernel, and a timer
// that fires too early costs one turn.
void Shard::set_timer() {
    std::optional<wire::TimePoint> wanted = context_.timers.next();
    const auto earlier = [&](const Peer* peer, wire::Duration after) {
        if (peer == nullptr) return;
        if (!wanted || peer->touched + after < *wanted) wanted = peer->touched + after;
    };
    earlier(context_.peers.oldest_idle(Peer::Kind::established), context_.limits.association_idle);
    earlier(context_.peers.oldest_idle(Peer::Kind::unsecured), unsecured_.lifetime());
    earlier(context_.peers.oldest_warm(), cooling);
    if (!wanted || (timer_set_ && *timer_set_ <= *wanted)) return;
    timer_set_ = wanted;
    timer_.expires_at(*wanted);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) on_timer();
    });
}

void Shard::on_timer() {
    timer_set_.reset();
    begin_turn();
    on_deadlines();
    on_idle();
    end_turn();
}

void Shard::on_deadlines() {
    while (const auto due = context_.timers.take_due(context_.now)) {
        Peer* const peer = context_.peers.find(due->peer);
        if (peer == nullptr || peer->armed != due->when) continue;
        peer->armed = wire::TimePoint::max();
        if (peer->connection) associations_.on_timer(*peer);
        if (!peer->gone && peer->conversation) {
            const auto deadline = peer->conversation->next_deadline();
            if (deadline && *deadline <= context_.now) conversations_.on_timer(*peer);
            if (!peer->gone) conversations_.ask_again(*peer);
        }
        context_.rearm(*peer);
    }
}

void Shard::on_idle() {
    PeerTable& peers = context_.peers;
    while (Peer* const peer = peers.oldest_warm()) {
        if (peer->touched + cooling > context_.now) break;
        peer->connection->release_buffers();
        peers.cooled(*peer);
    }
    while (Peer* const peer = peers.oldest_idle(Peer::Kind::established)) {
        if (peer->touched + context_.limits.association_idle > context_.now) break;
        associations_.close(*peer, "idle");
    }
    while (Peer* const peer = peers.oldest_idle(Peer::Kind::unsecured)) {
        if (peer->touched + unsecured_.lifetime() > context_.now) break;
        unsecured_.forget(*peer);
    }
}

// ---- mail ----

void Shard::handle(Mail&& mail) {
    if (left_) return;
    if (auto* commands = std::get_if<std::vector<bootstrap::Command>>(&mail)) {
        for (const bootstrap::Command& command : *commands) handle(command);
    } else if (auto* handed = std::get_if<HandedOver>(&mail)) {
        if (handed->refused)
            refused(handed->local, handed->remote);
        else
            process(handed->socket, {handed->local, handed->remote, handed->payload});
    } else if (const auto* ping = std::get_if<Ping>(&mail)) {
        context_.counters.answered_ping.set(ping->number);
    } else if (const auto* answer = std::get_if<LookedUpDevice>(&mail)) {
        context_.lookups.answered(*answer);
        if (answer->number == Lookups::handshake)
            associations_.answer(*answer);
        else
            conversations_.answer(*answer);
    } else if (auto* changed = std::get_if<NewLimits>(&mail)) {
        context_.limits = *changed->share;
        context_.rate.set(context_.limits.datagrams_per_second_per_peer);
        context_.guesses.set(guess_limits(context_.limits));
        context_.inbox->set_hand_over_limit(context_.limits.hand_over_queue);
    } else if (auto* renewed = std::get_if<NewDtls>(&mail)) {
        // The control thread has tried it: should it fail all the same, the old one stays.
        if (auto made = dtls::Context::make(*renewed->settings))
            associations_.reconfigure(std::move(*made));
    } else if (auto* traces = std::get_if<NewTraces>(&mail)) {
        context_.tap.set(std::move(traces->endpoints));
    } else {
        leave();
    }
}

void Shard::handle(const bootstrap::Command& command) {
    if (const auto* grant = std::get_if<bootstrap::Grant>(&command)) {
        conversations_.grant(*grant);
    } else if (const auto* deny = std::get_if<bootstrap::Deny>(&command)) {
        conversations_.deny(*deny);
    } else if (const auto* stop = std::get_if<bootstrap::Stop>(&command)) {
        if (!associations_.stop_dial(*stop)) conversations_.stop(*stop);
    } else if (const auto* prepared = std::get_if<bootstrap::Prepared>(&command)) {
        conversations_.prepared(*prepared);
    } else if (const auto* start = std::get_if<bootstrap::Start>(&command)) {
        conversations_.start(*start);
    } else if (const auto* reach = std::get_if<bootstrap::Reach>(&command)) {
        const auto route =
            choose_route(context_.listening, reach->dial, reach->remote, reach->source);
        if (!route)
            conversations_.not_reached(reach->session, route.error());
        else if (reach->dial)
            associations_.dial(route->socket, {route->local, reach->remote}, *reach);
        else
            unsecured_.reach(route->socket, {route->local, reach->remote}, *reach);
    }
}

void Shard::leave() {
    for (Peer* const peer : context_.peers.all()) {
        if (peer->gone) continue;
        if (peer->conversation && peer->conversation->has_session()) {
            conversations_.stop({context_.ref(*peer), *peer->conversation->session_id(),
                                 bootstrap::Session::Stop::interrupted, "the daemon stops"});
        }
        if (peer->connection) associations_.close(*peer, "the daemon stops");
    }
    left_ = true;
}

}  // namespace net
