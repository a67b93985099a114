#include "server/daemon_service.h"

#include <chrono>
#include <utility>

namespace bootstrapd {
namespace {

constexpr auto status_pause = std::chrono::seconds(10);

}  // namespace

ServiceDesk::ServiceDesk(boost::asio::io_context& context, net::Shards& shards,
                         service::ServiceManager& manager, std::function<std::string()> status)
    : shards_(shards),
      manager_(manager),
      status_(std::move(status)),
      watchdog_timer_(context),
      status_timer_(context) {}

void ServiceDesk::start() {
    if (!manager_.is_there()) return;
    manager_.ready(status_());
    tell_later();
    if (!manager_.watchdog()) return;
    shards_.ping(++asked_);
    watch();
}

void ServiceDesk::stop() {
    watchdog_timer_.cancel();
    status_timer_.cancel();
}

// A shard that has not answered the ping of half the manager's time ago is stuck: then the manager
// hears nothing, and does what its unit says.
void ServiceDesk::watch() {
    watchdog_timer_.expires_after(*manager_.watchdog());
    watchdog_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        if (shards_.answered_pings() == asked_) {
            manager_.alive();
            shards_.ping(++asked_);
        }
        watch();
    });
}

void ServiceDesk::tell_later() {
    status_timer_.expires_after(status_pause);
    status_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        manager_.status(status_());
        tell_later();
    });
}

}  // namespace bootstrapd
