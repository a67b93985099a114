#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/dtls/connection.h"
#include "server/dtls/context.h"
#include "server/dtls/listener.h"
#include "server/wire/socket_address.h"
#include "tests/support/seeded_random.h"
#include "tests/support/simulated_device.h"

namespace net::testing {

// A UDP socket that speaks to one address alone, as a device's does.
class ConnectedSocket {
  public:
    // `local` chooses the port too, unless it is 0.
    explicit ConnectedSocket(const wire::SocketAddress& server,
                             std::optional<wire::SocketAddress> local = std::nullopt);
    ~ConnectedSocket();
    ConnectedSocket(const ConnectedSocket&) = delete;
    ConnectedSocket& operator=(const ConnectedSocket&) = delete;

    int native() const { return descriptor_; }
    const wire::SocketAddress& local() const { return local_; }
    void send(wire::BytesView datagram);
    // Nothing when nothing waits.
    std::optional<wire::Bytes> receive();
    void close();

  private:
    int descriptor_ = -1;
    wire::SocketAddress local_;
};

// A simulated device behind a real socket, with or without DTLS.
class Device {
  public:
    enum class Transport { unsecured, dials, listens };

    Device(const std::string& endpoint, const wire::SocketAddress& server, Transport,
           support::Habits = {}, std::optional<wire::SocketAddress> local = std::nullopt);

    // Asks for a bootstrap, once the association is there; unsecured at once.
    void ask();
    // Opens the association (again) without asking.
    void open();
    void close_socket() { socket.close(); }
    // Other settings than the usual ones; before it opens anything.
    void use(const dtls::Settings&);

    void on_readable();
    void on_timer();
    std::optional<wire::TimePoint> next_deadline() const;

    bool is_established() const { return connection && connection->is_established(); }
    bool has_what_it_shall() const;

    support::SeededRandom random;
    ConnectedSocket socket;
    std::string identity;
    model::Secret key;
    // A server that is known by its public key; what is thought of such a client.
    std::optional<dtls::ExpectedPeer> expected;
    dtls::Trust trusts = dtls::Trust::none;
    std::unique_ptr<dtls::Connection> connection;
    std::vector<dtls::Ended> ended;
    support::SimulatedDevice device;
    // The socket closes when this was executed, before its answer has left.
    std::string closes_at;
    bool silent = false;  // receives, answers nothing

  private:
    void take(wire::BytesView datagram);
    void absorb();
    void send(support::SimulatedDevice::Datagrams&& messages);

    wire::SocketAddress server_;
    Transport transport_;
    std::shared_ptr<dtls::Context> context_;
    std::unique_ptr<dtls::CookieKeys> cookies_;
    std::unique_ptr<dtls::Listener> listener_;
    dtls::Output out_;
    bool asks_ = false;
};

}  // namespace net::testing
