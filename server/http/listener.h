#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "server/http/backend.h"
#include "server/journal/journal.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

namespace boost::asio {
class io_context;
}

namespace http {

struct Settings {
    std::vector<wire::SocketAddress> listen;
    std::filesystem::path socket;  // empty: none
    std::size_t max_body = 1024 * 1024;
    std::size_t max_header = 16 * 1024;
    std::size_t max_connections = 256;
    wire::Duration idle_timeout = std::chrono::seconds(30);
};

// Accepts HTTP/1.1 connections on the control thread's io_context and answers them through the
// router. The io_context, Backend and Journal outlive it.
class Listener {
  public:
    static boost::system::result<std::unique_ptr<Listener>, std::string> open(
        boost::asio::io_context&, const Settings&, Backend&, journal::Journal&);
    ~Listener();

    std::vector<wire::SocketAddress> addresses() const;  // really bound
    void close();

  private:
    class Impl;
    explicit Listener(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace http
