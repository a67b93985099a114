#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/asio.h"
#include "server/dtls/random.h"
#include "server/net/associations.h"
#include "server/net/conversations.h"
#include "server/net/shard_context.h"
#include "server/net/steering.h"
#include "server/net/udp_socket.h"
#include "server/net/unsecured.h"

namespace net {

namespace asio = boost::asio;

// One thread's worth of server: its sockets, its loop, its peers. A turn of the loop takes what is
// there, works on it with plain calls, and ends with everything that it led to: datagrams in
// batches, notices, the timer.
class Shard {
  public:
    struct Parts {
        std::uint16_t number = 0;
        const Settings& settings;  // this and the next four outlive the shard
        const Handlers& handlers;
        journal::Journal& journal;
        const Steering& steering;
        const dtls::CookieKeys& cookies;
        Limits share;
        std::shared_ptr<dtls::Context> dtls;
        std::vector<UdpSocket> sockets;
        std::vector<Listening> listening;  // what the sockets are
    };
    explicit Shard(Parts);
    ~Shard();

    // Before run().
    void set_others(std::vector<std::shared_ptr<Inbox>> inboxes) { inboxes_ = std::move(inboxes); }
    // The thread: returns when Leave was posted. Throws what makes it impossible to go on.
    void run();

    const std::shared_ptr<Inbox>& inbox() const { return context_.inbox; }
    const ShardCounters& counters() const { return context_.counters; }

  private:
    void wait_for(std::size_t socket);
    void drain(std::size_t socket);
    void dispatch(std::size_t socket, const Incoming&);
    void process(std::size_t socket, const Incoming&);
    void take_refusals(std::size_t socket);
    void refused(const wire::SocketAddress& local, const wire::SocketAddress& remote);
    void flush(std::size_t socket);

    void begin_turn();
    void end_turn();
    void tell();
    void set_timer();
    void on_timer();
    void on_deadlines();
    void on_idle();

    void handle(Mail&&);
    void handle(const bootstrap::Command&);
    void leave();

    asio::io_context io_;
    dtls::OpenSslRandom random_;
    const Steering& steering_;
    std::vector<UdpSocket> sockets_;
    ShardContext context_;
    Conversations conversations_;
    Associations associations_;
    Unsecured unsecured_;
    std::vector<asio::posix::stream_descriptor> descriptors_;
    asio::steady_timer timer_;
    std::optional<wire::TimePoint> timer_set_;
    std::vector<std::shared_ptr<Inbox>> inboxes_;  // of all shards, by number
    std::vector<Mail> mail_;
    ReceiveBatch received_;
    SendBatch sending_;
    bool left_ = false;
};

}  // namespace net
