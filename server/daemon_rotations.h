#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/store/store.h"
#include "server/asio.h"
#include "server/attach/sink.h"
#include "server/daemon_credential_news.h"
#include "server/http/rotation.h"
#include "server/journal/journal.h"
#include "server/wire/random.h"

namespace bootstrapd {

// Orders new keys for the accounts of many devices, at a rate. The orders themselves are in the
// store; how far a rotation has come is here alone, so that one under way ends with the daemon:
// the devices that it had come to have their order, and the same one again orders nothing twice
// for those whose key is pending.
//
// On the control thread; what it is made of outlives it.
class Rotations {
  public:
    // Under way at once, and those that have ended and are shown besides.
    static constexpr std::size_t most_under_way = 16;
    static constexpr std::size_t most_ended = 64;

    Rotations(boost::asio::io_context&, store::Store&, attach::Sink&, CredentialNews&,
              wire::Random&, journal::Journal&);

    // Devices a second, of all rotations together.
    void set_rate(unsigned rate) { rate_ = rate; }

    struct Counters {
        std::uint64_t ordered = 0;  // devices that a rotation came to
        std::uint64_t finished = 0, cancelled = 0, failed = 0;
    };
    const Counters& counters() const { return counters_; }
    std::size_t under_way() const;

    // Nothing: there are too many under way.
    std::optional<http::Rotation> begin(http::RotationOrder order, store::AuditEntry audit);
    std::vector<http::Rotation> all() const;  // newest first
    // False: there is none of that id under way.
    bool cancel(const std::string& id);

  private:
    struct Job {
        http::Rotation shown;
        store::AuditEntry audit;
        std::string after;
        bool asking = false;
    };
    void tick();
    void arm();
    void on_page(const std::string& id, std::size_t limit,
                 const store::Result<store::RotationOrdered>& page);
    void end(Job& job, http::Rotation::State state);
    void trigger(const std::string& endpoint);
    Job* find(const std::string& id);

    boost::asio::io_context& context_;
    store::Store& store_;
    attach::Sink& attachments_;
    CredentialNews& news_;
    wire::Random& random_;
    journal::Journal& journal_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    unsigned rate_ = 10;
    Counters counters_;
    std::size_t next_ = 0;   // whose turn it is
    std::vector<Job> jobs_;  // oldest first
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace bootstrapd
