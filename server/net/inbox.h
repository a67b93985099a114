#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "server/bootstrap/device_query.h"
#include "server/bootstrap/messages.h"
#include "server/dtls/dtls.h"
#include "server/net/tap.h"
#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"

namespace net {

struct Limits;

// A datagram that arrived at a shard that does not own its sender; or what ICMP said of one that
// was sent there.
struct HandedOver {
    std::size_t socket = 0;  // the same index at every shard
    wire::SocketAddress local;
    wire::SocketAddress remote;
    wire::Bytes payload;
    bool refused = false;  // by the network: then there is no payload
};
// The device that a peer says it is.
struct LookedUpDevice {
    std::uint64_t peer = 0;
    std::uint64_t number = 0;  // of the peer's request; Lookups::handshake
    bootstrap::DeviceAnswer answer;
};
struct NewLimits {
    std::shared_ptr<const Limits> share;  // of this shard
};
struct NewDtls {
    std::shared_ptr<const dtls::Settings> settings;
};
struct NewTraces {
    std::shared_ptr<const TracedEndpoints> endpoints;
};
// Asks for a sign of life.
struct Ping {
    std::uint64_t number = 0;
};
struct Leave {};

using Mail = std::variant<std::vector<bootstrap::Command>, HandedOver, LookedUpDevice, NewLimits,
                          NewDtls, NewTraces, Ping, Leave>;

// What other threads have for a shard, in order. Shared, because answers to look-ups may come when
// the shard has gone: then they are dropped. Safe to use from any thread but for take().
class Inbox {
  public:
    // `wake` makes the shard's thread look here; it is called under the lock.
    Inbox(std::size_t hand_over_limit, std::function<void()> wake);

    void post(Mail mail);
    // False when the queue is full, and the datagram with it lost.
    bool hand_over(HandedOver datagram);

    // The shard's thread: posts of its own need no waking, it looks here before it sleeps.
    void belongs_to_this_thread();
    // Swaps what is there into `into`, which is emptied first; false when there is nothing.
    bool take(std::vector<Mail>& into);
    // Nothing is accepted any more, and nobody is woken.
    void close();
    void set_hand_over_limit(std::size_t limit);

  private:
    void append(Mail&& mail);

    std::mutex mutex_;
    std::function<void()> wake_;
    std::thread::id owner_;
    std::vector<Mail> mail_;
    std::size_t handed_over_ = 0;
    std::size_t hand_over_limit_;
    bool woken_ = false;
    bool closed_ = false;
};

}  // namespace net
