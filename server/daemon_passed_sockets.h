#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "config/settings.h"
#include "server/http/listener.h"
#include "server/net/shards.h"
#include "server/service/service_manager.h"

namespace bootstrapd {

// The sockets that the service manager passed, sd_listen_fds(3), sorted by what they are for: the
// address of the settings that each is bound to. Closes them; whoever uses one duplicates it.
class PassedSockets {
  public:
    PassedSockets() = default;
    // The error names a socket that nothing in the settings asks for.
    static boost::system::result<PassedSockets, std::string> sort(
        std::vector<service::ServiceManager::Passed>, const config::Settings&);

    PassedSockets(PassedSockets&& other) noexcept { swap(other); }
    PassedSockets& operator=(PassedSockets&& other) noexcept {
        swap(other);
        return *this;
    }
    ~PassedSockets();

    const std::vector<net::PassedSocket>& datagrams() const { return datagrams_; }
    const std::vector<http::Settings::Passed>& http() const { return http_; }
    // For http.socket.
    const std::optional<int>& control() const { return control_; }

  private:
    void swap(PassedSockets& other) noexcept;

    std::vector<int> open_;
    std::vector<net::PassedSocket> datagrams_;
    std::vector<http::Settings::Passed> http_;
    std::optional<int> control_;
};

}  // namespace bootstrapd
