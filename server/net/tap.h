#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/trace/datagram.h"
#include "server/wire/bytes.h"

namespace net {

struct Peer;

// A message of endpoints that are traced: mostly one; two where a device is one endpoint by its
// key and calls itself another.
struct Tapped {
    trace::Datagram datagram;
    std::vector<std::string> endpoints;  // of the traced ones; never empty
};
using TracedEndpoints = std::set<std::string, std::less<>>;

// Where the messages of one shard's peers are looked at on their way: DTLS is behind those that
// came and before those that leave. Those of traced endpoints are handed up as copies. A peer's
// endpoint is the one that its key, its session or its own request tells; the request that tells it
// is seen as well. Used by the shard's thread.
class Tap {
  public:
    using Handler = std::function<void(Tapped)>;
    explicit Tap(const Handler& handler) : handler_(handler) {}  // outlives it

    // Null or empty: nothing is traced any more.
    void set(std::shared_ptr<const TracedEndpoints>);
    bool is_on() const { return traced_ != nullptr; }

    void received(Peer&, const bootstrap::PeerRef&, wire::BytesView message);
    void sent(Peer&, const bootstrap::PeerRef&, wire::BytesView message);

    // The endpoint that a peer is by its key or its session, whatever it said before.
    static void know(Peer&, const std::string& endpoint);

  private:
    void hear_claim(Peer&, wire::BytesView message) const;
    void pass(const Peer&, const bootstrap::PeerRef&, trace::Direction, wire::BytesView) const;

    const Handler& handler_;
    std::shared_ptr<const TracedEndpoints> traced_;
    std::uint64_t epoch_ = 0;  // of a time during which something was traced
};

}  // namespace net
