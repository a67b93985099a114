#pragma once

#include <memory>
#include <string>

#include "server/asio.h"
#include "server/http/listener.h"

namespace http {

class Conversation;

// How a connection came in.
enum class Transport { tcp, local };

// The open connections: answers their requests through the router, ends those that idle. Used on
// the thread of their executor; Router and Journal outlive it. A connection that is still in a
// coroutine when it goes calls the Router no more, and what it held of it is gone by then.
class Connections {
  public:
    using Socket = boost::asio::generic::stream_protocol::socket;

    Connections(const Settings&, std::shared_ptr<const TlsContext>, Router&, journal::Journal&);
    ~Connections();  // cuts off what is open
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    // Serves it. When there are max_connections already, the one idle longest makes room; if all
    // are busy the new one is closed. Some more may come over the Unix socket, so that whoever is
    // on the machine gets in.
    void add(Socket, Transport, std::string remote);
    // For the connections and requests from now on.
    void set(std::shared_ptr<const TlsContext>, AuthenticationSettings);
    // Those that wait for a request end at once, the others after their answer.
    void close();

    Counters counters() const;

    struct Common;

  private:
    // Shared with the coroutines, which may outlive this object by a turn of the loop.
    std::shared_ptr<Common> common_;
};

}  // namespace http
