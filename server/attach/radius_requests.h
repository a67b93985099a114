#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

#include "server/attach/radius_packet.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

namespace attach::radius {

// What makes a packet the same as another: RFC 5080 §2.2.2.
struct RequestKey {
    std::size_t socket = 0;
    wire::SocketAddress remote;
    std::uint8_t identifier = 0;
    std::array<std::uint8_t, authenticator_size> authenticator{};
    friend bool operator==(const RequestKey&, const RequestKey&) = default;
};
struct RequestKeyHash {
    std::size_t operator()(const RequestKey& key) const noexcept;
};

// The requests that are under way, and the answers of those before them, for retransmissions.
// Bounded: no request above the limit, the oldest answer goes first. Holds verified requests only.
// Used by one thread.
class Requests {
  public:
    struct Limits {
        std::size_t under_way = 10'000;
        std::size_t answers = 65'536;
        wire::Duration answers_for = std::chrono::seconds(60);
    };
    explicit Requests(const Limits& limits) : limits_(limits) {}

    struct Request {
        wire::SocketAddress local;  // where it came to
        wire::Bytes answer;
        bool answered = false;
    };
    // Null: it is new.
    const Request* find(const RequestKey& key, wire::TimePoint now);
    bool is_full() const { return under_way() >= limits_.under_way; }
    void add(const RequestKey& key, Request request, wire::TimePoint now);
    // From now on it is answered; null when it is not there.
    const Request* answer(const RequestKey& key, wire::TimePoint now);
    void forget(const RequestKey& key) { requests_.erase(key); }

    std::size_t under_way() const { return requests_.size() - answered_.size(); }
    std::uint64_t evicted() const { return evicted_; }

  private:
    void remember(const RequestKey& key, wire::TimePoint now);

    Limits limits_;
    std::unordered_map<RequestKey, Request, RequestKeyHash> requests_;
    std::deque<std::pair<RequestKey, wire::TimePoint>> answered_;  // oldest first
    std::uint64_t evicted_ = 0;
};

}  // namespace attach::radius
