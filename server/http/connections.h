#pragma once

#include <memory>

#include "server/asio.h"
#include "server/http/listener.h"

namespace http {

// The open connections: reads their requests, answers them through the router, ends those that
// idle. Used on the thread of their executor; Backend and Journal outlive it. A connection that is
// still in a coroutine when it goes calls the Backend no more.
class Connections {
  public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    enum class Transport { tcp, local };

    Connections(const Settings&, Backend&, journal::Journal&);
    ~Connections();  // cuts off what is open
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    // Serves it. When there are max_connections already, the one idle longest makes room; if all
    // are busy the new one is closed.
    void add(Socket, Transport);
    // Those that wait for a request end at once, the others after their answer.
    void close();

    std::size_t size() const;

  private:
    struct Shared;
    struct Connection;
    static boost::asio::awaitable<void> serve(std::shared_ptr<Shared>, Socket, Transport);
    // Shared with the coroutines, which may outlive this object by a turn of the loop.
    std::shared_ptr<Shared> shared_;
};

}  // namespace http
