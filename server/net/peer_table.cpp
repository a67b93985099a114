#include "server/net/peer_table.h"

#include <utility>

#include "server/net/prefix.h"

namespace net {

std::size_t PeerTable::KeyHash::operator()(const PeerKey& peer) const noexcept {
    return static_cast<std::size_t>(keyed_hash(peer.remote, keyed_hash(peer.local, key)));
}

PeerTable::PeerTable(wire::Random& random)
    : by_address_(
          0, KeyHash{static_cast<std::uint64_t>(random.next_u32()) << 32 | random.next_u32()}) {}

PeerTable::~PeerTable() = default;

Peer& PeerTable::add(const PeerKey& key, std::size_t socket, Peer::Kind kind) {
    auto owned = std::make_unique<Peer>();
    Peer& peer = *owned;
    peer.id = next_id_++;
    peer.key = key;
    peer.socket = socket;
    peer.kind = kind;
    by_id_.emplace(peer.id, std::move(owned));
    Slot& slot = by_address_[key];
    (slot.current == nullptr ? slot.current : slot.successor) = &peer;
    if (kind == Peer::Kind::unsecured) {
        ++unsecured_;
    } else {
        ++by_prefix_[prefix_of(key.remote.ip)];
        half_open_.push_back(peer);
    }
    return peer;
}

Peer* PeerTable::find(std::uint64_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
}

const PeerTable::Slot* PeerTable::slot(const PeerKey& key) const {
    const auto found = by_address_.find(key);
    return found == by_address_.end() ? nullptr : &found->second;
}

Peer* PeerTable::current(const PeerKey& key) const {
    const Slot* const found = slot(key);
    return found == nullptr ? nullptr : found->current;
}

void PeerTable::established(Peer& peer) {
    half_open_.remove(peer);
    peer.kind = Peer::Kind::established;
    ++established_;
}

void PeerTable::remove(Peer& peer) {
    if (peer.gone) return;
    peer.gone = true;
    list_of(peer).remove(peer);
    warm_.remove(peer);
    if (peer.kind == Peer::Kind::unsecured) {
        --unsecured_;
    } else {
        if (peer.kind == Peer::Kind::established) --established_;
        const auto prefix = by_prefix_.find(prefix_of(peer.key.remote.ip));
        if (--prefix->second == 0) by_prefix_.erase(prefix);
    }
    const auto found = by_address_.find(peer.key);
    Slot& slot = found->second;
    if (slot.successor == &peer) slot.successor = nullptr;
    if (slot.current == &peer) slot.current = std::exchange(slot.successor, nullptr);
    if (slot.current == nullptr) by_address_.erase(found);
    const auto owned = by_id_.find(peer.id);
    swept_.push_back(std::move(owned->second));
    by_id_.erase(owned);
}

void PeerTable::sweep() {
    swept_.clear();
}

PeerList<&Peer::waiting_link>& PeerTable::list_of(const Peer& peer) {
    if (peer.kind == Peer::Kind::half_open) return half_open_;
    return peer.kind == Peer::Kind::established ? idle_associations_ : idle_unsecured_;
}

void PeerTable::set_idle(Peer& peer, wire::TimePoint now) {
    if (peer.kind == Peer::Kind::half_open) return;
    peer.touched = now;
    auto& list = list_of(peer);
    list.remove(peer);
    list.push_back(peer);
}

void PeerTable::set_busy(Peer& peer) {
    if (peer.kind != Peer::Kind::half_open) list_of(peer).remove(peer);
}

Peer* PeerTable::oldest_idle(Peer::Kind kind) const {
    return kind == Peer::Kind::unsecured ? idle_unsecured_.front() : idle_associations_.front();
}

void PeerTable::touch(Peer& peer, wire::TimePoint now) {
    peer.touched = now;
    peer.released = false;
    warm_.remove(peer);
    warm_.push_back(peer);
}

void PeerTable::cooled(Peer& peer) {
    peer.released = true;
    warm_.remove(peer);
}

std::size_t PeerTable::in_prefix_of(const wire::IpAddress& ip) const {
    const auto found = by_prefix_.find(prefix_of(ip));
    return found == by_prefix_.end() ? 0 : found->second;
}

std::vector<Peer*> PeerTable::all() const {
    std::vector<Peer*> peers;
    peers.reserve(by_id_.size());
    for (const auto& [id, peer] : by_id_) peers.push_back(peer.get());
    return peers;
}

}  // namespace net
