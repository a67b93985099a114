#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "server/net/peer.h"
#include "server/wire/random.h"

namespace net {

// The peers of one shard: by id, by address, by age. Bounds nothing itself but tells who is to go.
// Used by one thread.
class PeerTable {
  public:
    // One address has one association, and for as long as a handshake takes its successor.
    struct Slot {
        Peer* current = nullptr;
        Peer* successor = nullptr;
    };

    explicit PeerTable(wire::Random&);
    ~PeerTable();

    // The slot's successor when it has a current one already, else its current one.
    Peer& add(const PeerKey&, std::size_t socket, Peer::Kind);
    Peer* find(std::uint64_t id) const;
    const Slot* slot(const PeerKey&) const;
    Peer* current(const PeerKey&) const;

    // A half-open one has finished its handshake. It takes the place of the slot's current one,
    // which is to be removed first.
    void established(Peer&);
    // Leaves every index and list at once; the object lives until sweep().
    void remove(Peer&);
    void sweep();

    // Idle ones in order of last use; whoever is busy stands in no list.
    void set_idle(Peer&, wire::TimePoint now);
    void set_busy(Peer&);
    Peer* oldest_half_open() const { return half_open_.front(); }
    Peer* oldest_idle(Peer::Kind) const;

    // Those with OpenSSL buffers that could be given back, in order of last use.
    void touch(Peer&, wire::TimePoint now);
    void cooled(Peer&);
    Peer* oldest_warm() const { return warm_.front(); }

    std::size_t size() const { return by_id_.size(); }
    std::size_t half_open() const { return half_open_.size(); }
    std::size_t established_count() const { return established_; }
    std::size_t unsecured() const { return unsecured_; }
    // Associations, half-open ones included, from the /24 or /48 of an address.
    std::size_t in_prefix_of(const wire::IpAddress&) const;

    // Every peer there is; they may be removed meanwhile.
    std::vector<Peer*> all() const;

  private:
    struct KeyHash {
        std::uint64_t key;
        std::size_t operator()(const PeerKey& peer) const noexcept;
    };
    PeerList<&Peer::waiting_link>& list_of(const Peer&);

    std::uint64_t next_id_ = 1;
    std::unordered_map<std::uint64_t, std::unique_ptr<Peer>> by_id_;
    std::unordered_map<PeerKey, Slot, KeyHash> by_address_;
    std::unordered_map<std::uint64_t, std::size_t> by_prefix_;
    PeerList<&Peer::waiting_link> half_open_;
    PeerList<&Peer::waiting_link> idle_associations_;
    PeerList<&Peer::waiting_link> idle_unsecured_;
    PeerList<&Peer::warm_link> warm_;
    std::size_t established_ = 0;
    std::size_t unsecured_ = 0;
    std::vector<std::unique_ptr<Peer>> swept_;
};

}  // namespace net
