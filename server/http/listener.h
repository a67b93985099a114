#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "server/http/authentication.h"
#include "server/http/exchange.h"
#include "server/http/tls.h"
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
    // Opened by the service manager, which goes on having them, and used as they are: instead of
    // one of our own for an address of `listen`, and for `socket`.
    struct Passed {
        wire::SocketAddress bound;
        int descriptor = -1;
    };
    std::vector<Passed> passed;
    std::optional<int> passed_socket;
    std::optional<TlsSettings> tls;  // of all that is in `listen`, not of the socket
    AuthenticationSettings authentication;
    std::size_t max_body = 1024 * 1024;
    std::uint64_t max_import = 1024 * 1024 * 1024;  // a body that is taken piece by piece
    std::size_t max_header = 16 * 1024;
    std::size_t max_connections = 256;
    wire::Duration idle_timeout = std::chrono::seconds(30);
    wire::Duration heartbeat = std::chrono::seconds(15);  // of streams without an end
};

struct Counters {
    std::uint64_t connections = 0;
    std::uint64_t turned_away = 0;        // connections above the limit
    std::uint64_t made_room = 0;          // idle connections that were ended for another
    std::uint64_t failed_handshakes = 0;  // of TLS
    std::uint64_t requests = 0;           // that were well-formed
    std::uint64_t malformed = 0;
    std::uint64_t unauthenticated = 0;
    std::uint64_t misdirected = 0;  // a Host or an Origin that is none of ours
    std::uint64_t slow_peers = 0;   // did not send or take in time what was begun
    std::size_t open = 0;           // connections, now
};

// Accepts HTTP/1.1 connections on the control thread's io_context and answers them through the
// router. The io_context, Router and Journal outlive it.
class Listener {
  public:
    static boost::system::result<std::unique_ptr<Listener>, std::string> open(
        boost::asio::io_context&, const Settings&, Router&, journal::Journal&);
    ~Listener();

    // Takes over the certificates, for new connections, and whom the API knows, for new requests;
    // everything else stays. Nothing, or what is wrong: then all stays as it was.
    std::optional<std::string> reload(const Settings&);

    std::vector<wire::SocketAddress> addresses() const;  // really bound
    Counters counters() const;
    void close();

  private:
    class Impl;
    explicit Listener(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace http
