#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/bootstrap/messages.h"
#include "server/bootstrap/peer.h"
#include "server/dtls/connection.h"
#include "server/net/rate_limiter.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

namespace net {

// The local address is part of it: a device with a connected socket drops what comes from another
// of our addresses.
struct PeerKey {
    wire::SocketAddress local;
    wire::SocketAddress remote;
    friend bool operator==(const PeerKey&, const PeerKey&) = default;
};

struct Peer;
// Where a Peer stands in one of the table's lists.
struct PeerLink {
    Peer* before = nullptr;
    Peer* after = nullptr;
    bool linked = false;
};

// A request that waits until its device has been looked up.
struct Admission {
    bootstrap::BootstrapRequest request;
    std::uint64_t number = 0;                            // of the look-up whose answer counts
    wire::TimePoint ask_again = wire::TimePoint::max();  // nobody could tell before
};

// What is known of a handshake until it has finished.
struct Handshake {
    wire::TimePoint began{};  // the hello with a good cookie, or our first flight
    std::string endpoint;     // of the device that was found
    bool denied = false;      // nobody has what the peer claims
    bool counted = false;     // … or it failed to prove it: GuessLimiter knows
};

// What a peer calls itself, while endpoints are traced (tap.h).
struct EndpointClaim {
    std::string endpoint;
    std::uint64_t epoch = 0;
};

// One association, or the conversation with one unsecured address. `id` is never used twice by a
// shard.
struct Peer {
    enum class Kind : std::uint8_t { unsecured, half_open, established };

    std::uint64_t id = 0;
    PeerKey key;
    std::size_t socket = 0;  // index of the socket it talks over
    Kind kind = Kind::unsecured;

    // Without one the peer is unsecured.
    std::unique_ptr<dtls::Connection> connection;
    // Comes with the end of the handshake.
    std::unique_ptr<bootstrap::Peer> conversation;
    // Of one that is half open.
    std::unique_ptr<Handshake> handshake;
    // We dialled, and this is what for; until the handshake has finished.
    std::unique_ptr<bootstrap::Reach> dial;
    // The session that runs here is one that Reach began: it is stopped by its id.
    std::optional<bootstrap::SessionId> reached;

    // The device that it is by its key or by the last session here; empty: not known.
    std::string endpoint;
    std::unique_ptr<EndpointClaim> claim;

    // Of the newest Bootstrap-Request, if its device is being looked up.
    std::unique_ptr<Admission> admission;

    // A successor that has received more than its ClientHello: records of its new epochs are its.
    bool fed = false;
    bool announced = false;  // AssociationOpened was told
    bool gone = false;       // removed from the table, about to be destroyed
    bool released = true;    // OpenSSL's buffers were given back

    wire::TimePoint armed = wire::TimePoint::max();
    wire::TimePoint touched{};
    TokenBucket bucket;
    std::uint64_t retransmissions_told = 0;
    std::uint64_t duplicates_told = 0;
    PeerLink waiting_link;  // half-open ones in order of age, idle ones in order of last use
    PeerLink warm_link;
};

// A list through the Peers themselves: no allocation, removal from the middle.
template <PeerLink Peer::*link>
class PeerList {
  public:
    Peer* front() const { return front_; }
    std::size_t size() const { return size_; }

    void push_back(Peer& peer) {
        PeerLink& own = peer.*link;
        own = {back_, nullptr, true};
        if (back_ != nullptr)
            (back_->*link).after = &peer;
        else
            front_ = &peer;
        back_ = &peer;
        ++size_;
    }
    void remove(Peer& peer) {
        PeerLink& own = peer.*link;
        if (!own.linked) return;
        if (own.before != nullptr)
            (own.before->*link).after = own.after;
        else
            front_ = own.after;
        if (own.after != nullptr)
            (own.after->*link).before = own.before;
        else
            back_ = own.before;
        own = {};
        --size_;
    }

  private:
    Peer* front_ = nullptr;
    Peer* back_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace net
