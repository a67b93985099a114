#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "server/attach/radius_accounting.h"
#include "server/attach/sink.h"
#include "server/journal/journal.h"
#include "server/wire/socket_address.h"

namespace boost::asio {
class io_context;
}

namespace attach::radius {

// Takes Accounting-Requests on the control thread's io_context and hands their events to the Sink.
// A request is answered when the Sink has answered; only where that is Unavailable it is not, and
// the gateway sends it again. The io_context, Sink and Journal outlive it; answers of the Sink may
// come after it.
class Listener {
  public:
    // The error names the address and the remedy.
    static boost::system::result<std::unique_ptr<Listener>, std::string> open(
        boost::asio::io_context&, const std::vector<wire::SocketAddress>& listen,
        std::vector<Client> clients, const Accounting::Limits&, Sink&, journal::Journal&);
    ~Listener();

    std::vector<wire::SocketAddress> addresses() const;  // really bound
    void set_clients(std::vector<Client>);
    Accounting::Counters counters() const;
    Accounting::Gauges gauges() const;
    void close();

  private:
    class Impl;
    explicit Listener(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace attach::radius
