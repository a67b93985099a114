#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "provisioning/profile_set.h"
#include "server/asio.h"
#include "server/journal/journal.h"
#include "server/net/tap.h"
#include "server/trace/recording.h"

namespace bootstrapd {

// Messages of traced endpoints on their way from the shards to the control thread, which is woken
// once for as many as there are by then. Bounded: what finds no room is counted by its endpoint.
class TraceInbox {
  public:
    // `wake` is called on a shard's thread when the inbox was empty before.
    TraceInbox(std::size_t room, std::function<void()> wake)
        : room_(room), wake_(std::move(wake)) {}

    void put(net::Tapped);
    struct Content {
        std::vector<net::Tapped> messages;
        // By endpoint; after the messages.
        std::map<std::string, std::uint64_t> lost;
    };
    Content take();

  private:
    const std::size_t room_;  // octets
    const std::function<void()> wake_;
    std::mutex mutex_;
    Content waiting_;
    std::size_t octets_ = 0;
};

// The traces that are being taken: tells the shards whose messages are wanted, and gives each
// recording its own. Used on the control thread but for put(); what it is made of outlives it.
class Traces {
  public:
    struct Parts {
        boost::asio::io_context& context;
        std::function<void(const net::TracedEndpoints&)> tell_shards;
        // Those in force, which say what is secret.
        std::function<std::shared_ptr<const provisioning::ProfileSet>()> profiles;
        journal::Journal& journal;
    };
    Traces(Parts, std::size_t most);
    ~Traces();
    Traces(const Traces&) = delete;
    Traces& operator=(const Traces&) = delete;

    // For those from now on.
    void set_limit(std::size_t most) { most_ = most; }
    // Null: there are as many as may be. It goes on until the last pointer to it is gone.
    std::shared_ptr<trace::Recording> begin(const trace::Order&, const std::string& caller);
    // A session of the endpoint has ended; its messages were put before.
    void session_ended(const std::string& endpoint);

    // On any thread.
    void put(net::Tapped message) { inbox_.put(std::move(message)); }

  private:
    struct Running {
        trace::Recording* recording;
        boost::asio::steady_timer timer;
    };
    void take();
    void tell_shards() const;
    void gone(trace::Recording*);
    const trace::Knowledge& knowledge();

    Parts parts_;
    std::size_t most_;
    std::list<Running> running_;
    TraceInbox inbox_;
    std::shared_ptr<const provisioning::ProfileSet> known_profiles_;
    std::unique_ptr<const trace::Knowledge> knowledge_;  // only while something is traced
    // A recording may wait in a callback that goes after this object.
    std::shared_ptr<const char> alive_ = std::make_shared<const char>();
};

}  // namespace bootstrapd
