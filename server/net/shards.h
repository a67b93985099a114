#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "server/bootstrap/device_query.h"
#include "server/bootstrap/messages.h"
#include "server/bootstrap/peer.h"
#include "server/dtls/dtls.h"
#include "server/journal/journal.h"
#include "server/net/handshake_failure.h"
#include "server/net/tap.h"
#include "server/wire/socket_address.h"

// The only UDP. A shard is one thread with its own sockets, associations and sessions.
namespace net {

struct Limits {  // of the daemon; divided among the shards
    std::size_t associations = 20000;
    std::size_t half_open = 2000;
    std::size_t associations_per_prefix = 0;  // 0: no cap
    unsigned datagrams_per_second_per_peer = 50;
    wire::Duration association_idle = std::chrono::seconds(300);
    std::size_t unsecured_peers = 20000;
    std::size_t hand_over_queue = 4096;
    std::size_t lookups = 10000;  // under way at once
    // Handshakes that proved nothing, within a window; then the address or prefix is held off until
    // the window is over. 0: any number.
    unsigned failed_handshakes_per_address = 20;
    unsigned failed_handshakes_per_prefix = 200;
    wire::Duration failed_handshake_window = std::chrono::seconds(60);
};

// A socket that the service manager opened and bound. Whoever passes it keeps it.
struct PassedSocket {
    wire::SocketAddress bound;
    int descriptor = -1;
};

struct Settings {
    std::vector<wire::SocketAddress> coap;
    std::vector<wire::SocketAddress> coaps;
    // For those of the addresses that are listed here nothing is opened: as many of them as there
    // are shards, or fewer.
    std::vector<PassedSocket> passed;
    std::uint16_t shards = 1;
    dtls::Settings dtls;
    bootstrap::PeerSettings peer;
    Limits limits;
    // Tests switch it off, so that datagrams do arrive at the wrong shard.
    bool kernel_steering = true;
};

// What the shards hand up; called on a shard's thread.
struct Handlers {
    // What a turn of the shard's loop led to, in order, never empty.
    std::function<void(std::vector<bootstrap::Notice>)> notices;
    // A handshake awaits its key (or whether a public key is somebody's) or a request its
    // admission: `answer` is to be called once, on any thread, later or at once; answering at once
    // is cheap and safe. While the answer is Unavailable the handshake is given up; the request is
    // asked about again every second until its own time is over. Must not block.
    using Answer = std::function<void(bootstrap::DeviceAnswer)>;
    std::function<void(const bootstrap::DeviceQuery&, Answer answer)> find_device;
    // A message of an endpoint that is traced. Must not block.
    std::function<void(Tapped)> tapped = nullptr;
    // A shard cannot go on; the daemon ends.
    std::function<void(std::string reason)> failed;
};

// Counters summed over the shards.
struct Counters {
    std::uint64_t datagrams_received = 0;
    std::uint64_t datagrams_sent = 0;
    std::uint64_t handed_over = 0;
    std::uint64_t dropped_rate = 0;
    std::uint64_t dropped_limit = 0;
    std::uint64_t dropped_malformed = 0;
    std::uint64_t dropped_unknown = 0;  // of an address that is no peer, and no first message
    std::uint64_t dropped_queue = 0;
    std::uint64_t send_failures = 0;
    std::uint64_t handshakes_finished = 0;
    std::uint64_t handshakes_failed = 0;
    std::array<std::uint64_t, all_handshake_failures.size()> failed_by{};  // HandshakeFailure
    std::uint64_t dropped_guessing = 0;  // hellos of those who guessed too often
    std::uint64_t failed(HandshakeFailure kind) const {
        return failed_by[static_cast<std::size_t>(kind)];
    }
    std::uint64_t lookups_failed = 0;  // answered by Unavailable, or above the limit
    std::uint64_t evicted = 0;
    std::uint64_t retransmissions = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t lookups = 0;       // under way, now
    std::uint64_t associations = 0;  // now
    std::uint64_t half_open = 0;     // now
    std::uint64_t peers = 0;         // now
};

// All shards: opens every socket in shard order, attaches the steering, then runs a thread each.
// Handlers and Journal outlive it. Its functions are called by the control thread.
class Shards {
  public:
    // The first socket of every address is bound without SO_REUSEPORT, so that a second daemon on
    // the address fails at once; the error names the address and the remedy.
    static boost::system::result<std::unique_ptr<Shards>, std::string> open(const Settings&,
                                                                            Handlers,
                                                                            journal::Journal&);
    ~Shards();  // stop() and join

    void start();
    // Ends the threads; associations get a close_notify. Idempotent.
    void stop();

    void send(std::uint16_t shard, std::vector<bootstrap::Command>);
    void reconfigure(const Limits&);
    // For handshakes that begin from now on; associations keep what they were made with. With an
    // error, which says why, everything stays as it was.
    boost::system::result<void, std::string> reconfigure_dtls(const dtls::Settings&);
    // Whose messages go to Handlers::tapped from now on, and no others.
    void trace(const TracedEndpoints&);

    // Each shard answers in its turn: one that does not for long is stuck.
    void ping(std::uint64_t number);
    // The last ping that every shard has answered.
    std::uint64_t answered_pings() const;

    std::uint16_t owner(const wire::SocketAddress& remote) const;
    std::uint16_t count() const;
    // The addresses really bound (a port 0 in the settings is chosen by the kernel).
    std::vector<wire::SocketAddress> coap_addresses() const;
    std::vector<wire::SocketAddress> coaps_addresses() const;
    Counters counters() const;
    // The kernel took the steering program for every address; without it datagrams are handed over.
    bool is_steered() const;

  private:
    class Impl;
    explicit Shards(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace net
