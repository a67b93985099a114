#include "server/net/shards.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <pthread.h>
#include <signal.h>
#include <thread>
#include <utility>

#include "server/net/shard.h"

namespace net {
namespace {

// Rounded up, so that the shards together have no less than the daemon.
std::size_t share_of(std::size_t limit, std::size_t shards) {
    return (limit + shards - 1) / shards;
}

Limits divide(Limits limits, std::size_t shards) {
    for (std::size_t* const limit :
         {&limits.associations, &limits.half_open, &limits.associations_per_prefix,
          &limits.unsecured_peers, &limits.hand_over_queue, &limits.lookups}) {
        *limit = share_of(*limit, shards);
    }
    for (unsigned* const limit :
         {&limits.failed_handshakes_per_address, &limits.failed_handshakes_per_prefix}) {
        *limit = static_cast<unsigned>(share_of(*limit, shards));
    }
    return limits;
}

}  // namespace

class Shards::Impl {
  public:
    Impl(const Settings& settings, Handlers handlers, journal::Journal& journal)
        : settings_(settings),
          handlers_(std::move(handlers)),
          journal_(journal),
          steering_(std::max<std::uint16_t>(settings.shards, 1), random_.next_u32()),
          cookies_(random_) {
        settings_.shards = std::max<std::uint16_t>(settings_.shards, 1);
    }
    ~Impl() { stop(); }

    boost::system::result<void, std::string> open();
    void start();
    void stop();
    void post(std::uint16_t shard, Mail mail) {
        if (shard < shards_.size()) shards_[shard]->inbox()->post(std::move(mail));
    }
    void reconfigure(const Limits& limits);
    void trace(const TracedEndpoints&);
    boost::system::result<void, std::string> reconfigure_dtls(const dtls::Settings& settings);
    std::vector<wire::SocketAddress> addresses(bool secured) const;

    Settings settings_;
    Handlers handlers_;
    journal::Journal& journal_;
    dtls::OpenSslRandom random_;
    Steering steering_;
    dtls::CookieKeys cookies_;
    bool steered_ = true;
    std::vector<Listening> listening_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::thread> threads_;

  private:
    boost::system::result<void, std::string> listen(
        const std::vector<wire::SocketAddress>& addresses, bool secured,
        std::vector<std::vector<UdpSocket>>& sockets);
    void run(std::size_t number);
};

boost::system::result<void, std::string> Shards::Impl::listen(
    const std::vector<wire::SocketAddress>& addresses, bool secured,
    std::vector<std::vector<UdpSocket>>& sockets) {
    for (const wire::SocketAddress& address : addresses) {
        std::vector<int> passed;
        for (const PassedSocket& socket : settings_.passed)
            if (socket.bound == address) passed.push_back(socket.descriptor);
        auto group = passed.empty() ? UdpSocket::open_group(address, settings_.shards)
                                    : UdpSocket::adopt_group(address, passed, settings_.shards);
        if (!group)
            return (secured ? "listen.coaps: " : "listen.coap: ") + std::move(group).error();
        listening_.push_back({group->front().bound(), secured});
        // Sockets that shards share belong to no group of as many as the program counts with.
        const bool shared = !group->back().receives();
        if (shared || (settings_.kernel_steering && !steering_.attach(group->front().native())))
            steered_ = false;
        for (std::size_t i = 0; i < group->size(); ++i)
            sockets[i].push_back(std::move((*group)[i]));
    }
    return {};
}

boost::system::result<void, std::string> Shards::Impl::open() {
    std::vector<std::vector<UdpSocket>> sockets(settings_.shards);
    if (auto done = listen(settings_.coap, false, sockets); !done) return done.error();
    if (auto done = listen(settings_.coaps, true, sockets); !done) return done.error();
    std::vector<std::shared_ptr<Inbox>> inboxes;
    for (std::uint16_t number = 0; number < settings_.shards; ++number) {
        auto context = dtls::Context::make(settings_.dtls);
        if (!context) return std::move(context).error();
        shards_.push_back(std::make_unique<Shard>(
            Shard::Parts{number, settings_, handlers_, journal_, steering_, cookies_,
                         divide(settings_.limits, settings_.shards), std::move(*context),
                         std::move(sockets[number]), listening_}));
        inboxes.push_back(shards_.back()->inbox());
    }
    for (const auto& shard : shards_) shard->set_others(inboxes);
    return {};
}

void Shards::Impl::start() {
    if (!threads_.empty()) return;
    for (std::size_t i = 0; i < shards_.size(); ++i) threads_.emplace_back([this, i] { run(i); });
}

void Shards::Impl::run(std::size_t number) {
    // Signals are the control thread's.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    ::pthread_setname_np(::pthread_self(), ("shard-" + std::to_string(number)).c_str());
    std::string reason;
    try {
        shards_[number]->run();
        return;
    } catch (const std::exception& error) {
        reason = error.what();
    }
    shards_[number]->inbox()->close();
    handlers_.failed("shard " + std::to_string(number) + ": " + reason);
}

void Shards::Impl::stop() {
    for (const auto& shard : shards_) shard->inbox()->post(Leave{});
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void Shards::Impl::reconfigure(const Limits& limits) {
    const auto share = std::make_shared<const Limits>(divide(limits, shards_.size()));
    for (const auto& shard : shards_) shard->inbox()->post(NewLimits{share});
}

// A context is one thread's: each shard makes its own of what this one has shown to be possible.
boost::system::result<void, std::string> Shards::Impl::reconfigure_dtls(
    const dtls::Settings& settings) {
    if (auto trial = dtls::Context::make(settings); !trial) return std::move(trial).error();
    const auto shared = std::make_shared<const dtls::Settings>(settings);
    for (const auto& shard : shards_) shard->inbox()->post(NewDtls{shared});
    return {};
}

void Shards::Impl::trace(const TracedEndpoints& endpoints) {
    const auto shared = std::make_shared<const TracedEndpoints>(endpoints);
    for (const auto& shard : shards_) shard->inbox()->post(NewTraces{shared});
}

std::vector<wire::SocketAddress> Shards::Impl::addresses(bool secured) const {
    std::vector<wire::SocketAddress> found;
    for (const Listening& one : listening_) {
        if (one.secured == secured) found.push_back(one.bound);
    }
    return found;
}

boost::system::result<std::unique_ptr<Shards>, std::string> Shards::open(
    const Settings& settings, Handlers handlers, journal::Journal& journal) {
    try {
        auto impl = std::make_unique<Impl>(settings, std::move(handlers), journal);
        if (auto done = impl->open(); !done) return std::move(done).error();
        return std::unique_ptr<Shards>(new Shards(std::move(impl)));
    } catch (const boost::system::system_error& error) {
        return std::string("cannot prepare a shard: ") + error.what() +
               "; the limit of open files may be too low";
    }
}

Shards::Shards(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Shards::~Shards() = default;

void Shards::start() {
    impl_->start();
}
void Shards::stop() {
    impl_->stop();
}

void Shards::send(std::uint16_t shard, std::vector<bootstrap::Command> commands) {
    impl_->post(shard, std::move(commands));
}

void Shards::reconfigure(const Limits& limits) {
    impl_->reconfigure(limits);
}

boost::system::result<void, std::string> Shards::reconfigure_dtls(const dtls::Settings& settings) {
    return impl_->reconfigure_dtls(settings);
}

void Shards::trace(const TracedEndpoints& endpoints) {
    impl_->trace(endpoints);
}

void Shards::ping(std::uint64_t number) {
    for (std::uint16_t shard = 0; shard < count(); ++shard) impl_->post(shard, Ping{number});
}
std::uint64_t Shards::answered_pings() const {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const auto& shard : impl_->shards_)
        least = std::min(least, shard->counters().answered_ping.get());
    return least;
}

std::uint16_t Shards::owner(const wire::SocketAddress& remote) const {
    return impl_->steering_.owner(remote);
}
std::uint16_t Shards::count() const {
    return impl_->settings_.shards;
}
std::vector<wire::SocketAddress> Shards::coap_addresses() const {
    return impl_->addresses(false);
}
std::vector<wire::SocketAddress> Shards::coaps_addresses() const {
    return impl_->addresses(true);
}
bool Shards::is_steered() const {
    return impl_->steered_;
}

Counters Shards::counters() const {
    Counters sum;
    for (const auto& shard : impl_->shards_) shard->counters().add_to(sum);
    return sum;
}

}  // namespace net
