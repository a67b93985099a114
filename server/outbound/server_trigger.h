#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/outbound/server_request.h"

namespace outbound {

// Asks LwM2M Servers to let devices ask for a bootstrap: "execute /1/x/9". Each server has its own
// queue, so that one that does not answer keeps nobody else waiting.
//
// On the io_context's thread; io_context and Client outlive it.
class ServerTrigger {
  public:
    // That wait, of each server; more are refused.
    static constexpr std::size_t most_waiting = 10000;

    ServerTrigger(boost::asio::io_context&, Client&);
    // No callback comes any more.
    ~ServerTrigger();
    ServerTrigger(const ServerTrigger&) = delete;
    ServerTrigger& operator=(const ServerTrigger&) = delete;

    // The servers from now on. What waits for one that is gone fails.
    void reconfigure(std::vector<LwM2mServer>);
    bool knows(std::string_view server) const;

    using Then = std::function<void(std::optional<std::string> failure)>;
    // Comes later, never from within, exactly once. Nothing: the device was told, or will be when
    // it wakes; else why not, for people, without secrets.
    void ask(const std::string& server, std::string endpoint, std::uint16_t instance, Then);

    struct Counters {
        std::uint64_t asked = 0, failed = 0, refused = 0;
    };
    Counters counters() const;
    std::size_t under_way() const;
    std::size_t waiting() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // the callbacks look whether it is still there
};

}  // namespace outbound
