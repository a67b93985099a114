#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/asio.h"
#include "server/net/shards.h"
#include "server/service/service_manager.h"

namespace bootstrapd {

// What the service manager hears of the daemon while it runs: that every shard gets its work done
// (the watchdog), and one line of how it is. Used on the control thread, which is watched with
// them; what it is made of outlives it.
class ServiceDesk {
  public:
    ServiceDesk(boost::asio::io_context&, net::Shards&, service::ServiceManager&,
                std::function<std::string()> status);

    void start();
    void stop();

  private:
    void watch();
    void tell_later();

    net::Shards& shards_;
    service::ServiceManager& manager_;
    std::function<std::string()> status_;
    boost::asio::steady_timer watchdog_timer_;
    boost::asio::steady_timer status_timer_;
    std::uint64_t asked_ = 0;  // the last ping's number
};

}  // namespace bootstrapd
