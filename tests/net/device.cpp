#include "tests/net/device.h"

#include <array>
#include <functional>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "server/net/native_address.h"

namespace net::testing {
// ---- the socket ----

ConnectedSocket::ConnectedSocket(const wire::SocketAddress& server,
                                 std::optional<wire::SocketAddress> local) {
    const bool v4 = server.ip.family() == wire::IpAddress::Family::v4;
    descriptor_ = ::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) throw std::runtime_error("no socket");
    if (local) {
        const NativeAddress from = to_native(*local);
        if (::bind(descriptor_, from.get(), from.size) != 0) throw std::runtime_error("no port");
    }
    const NativeAddress to = to_native(server);
    if (::connect(descriptor_, to.get(), to.size) != 0) throw std::runtime_error("no route");
    NativeAddress got;
    got.size = sizeof got.storage;
    ::getsockname(descriptor_, got.get(), &got.size);
    local_ = from_native(got.storage);
}

ConnectedSocket::~ConnectedSocket() {
    close();
}

void ConnectedSocket::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

void ConnectedSocket::send(wire::BytesView datagram) {
    if (descriptor_ >= 0) ::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL);
}

std::optional<wire::Bytes> ConnectedSocket::receive() {
    if (descriptor_ < 0) return std::nullopt;
    std::array<std::uint8_t, 4096> buffer;
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size < 0) return std::nullopt;
    return wire::Bytes(buffer.begin(), buffer.begin() + size);
}

// ---- the device ----

Device::Device(const std::string& endpoint, const wire::SocketAddress& server, Transport transport,
               support::Habits habits, std::optional<wire::SocketAddress> local)
    : random(std::hash<std::string>{}(endpoint)),
      socket(server, local),
      identity("id-" + endpoint),
      key(wire::as_bytes("fedcba9876543210")),
      device(endpoint, std::move(habits), random),
      server_(server),
      transport_(transport) {
    if (transport != Transport::unsecured) use({});
}

void Device::use(const dtls::Settings& settings) {
    context_ = std::move(*dtls::Context::make(settings));
    if (transport_ == Transport::listens) {
        cookies_ = std::make_unique<dtls::CookieKeys>(random);
        listener_ = std::make_unique<dtls::Listener>(context_, *cookies_);
    }
}

void Device::open() {
    out_ = {};
    if (expected)
        connection = dtls::Connection::dial(context_, *expected, out_);
    else
        connection = dtls::Connection::dial(
            context_, dtls::Psk{{identity.begin(), identity.end()}, key}, out_);
    absorb();
}

void Device::ask() {
    if (transport_ == Transport::dials && !is_established()) {
        asks_ = true;
        open();
        return;
    }
    support::SimulatedDevice::Datagrams messages;
    device.ask(wire::Clock::now(), messages);
    send(std::move(messages));
}

void Device::on_readable() {
    while (const auto datagram = socket.receive()) take(*datagram);
}

void Device::on_timer() {
    if (connection) {
        const auto wait = connection->next_timeout();
        if (wait && *wait <= wire::Duration::zero()) {
            out_ = {};
            connection->on_timeout(out_);
            absorb();
        }
    }
    support::SimulatedDevice::Datagrams messages;
    device.on_timer(wire::Clock::now(), messages);
    send(std::move(messages));
}

std::optional<wire::TimePoint> Device::next_deadline() const {
    auto earliest = device.next_deadline();
    if (connection) {
        if (const auto wait = connection->next_timeout()) {
            const auto when = wire::Clock::now() + *wait;
            if (!earliest || when < *earliest) earliest = when;
        }
    }
    return earliest;
}

void Device::take(wire::BytesView datagram) {
    if (silent) return;
    if (transport_ == Transport::unsecured) {
        support::SimulatedDevice::Datagrams messages;
        device.receive(datagram, wire::Clock::now(), messages);
        send(std::move(messages));
        return;
    }
    // Who dials is no server: the daemon's own hello is nothing to it.
    if (transport_ == Transport::dials && dtls::peek_client_hello(datagram)) return;
    out_ = {};
    if (listener_ && connection && connection->is_ended()) connection.reset();
    if (connection) {
        connection->receive(datagram, out_);
    } else if (listener_) {
        auto result = listener_->hello(datagram, socket.local(), server_, wire::Clock::now(), out_);
        if (auto* challenged = std::get_if<dtls::Listener::Challenged>(&result))
            socket.send(challenged->datagram);
        if (auto* proved = std::get_if<dtls::Listener::Proved>(&result))
            connection = std::move(proved->connection);
    }
    absorb();
}

void Device::absorb() {
    dtls::Output now = std::exchange(out_, {});
    for (const wire::Bytes& datagram : now.datagrams) socket.send(datagram);
    if (now.identity_wanted) {
        if (connection->claim())
            connection->trust(trusts, out_);
        else if (wire::as_text(connection->identity()) == identity)
            connection->provide(key, out_);
        else
            connection->deny(out_);
        absorb();
    }
    if (now.established && asks_) {
        asks_ = false;
        ask();
    }
    for (const wire::Bytes& message : now.plaintexts) {
        support::SimulatedDevice::Datagrams messages;
        device.receive(message, wire::Clock::now(), messages);
        send(std::move(messages));
    }
    for (dtls::Ended& one : now.ended) ended.push_back(std::move(one));
}

void Device::send(support::SimulatedDevice::Datagrams&& messages) {
    if (!closes_at.empty() && !device.executed().empty() && device.executed().back() == closes_at)
        close_socket();
    for (const wire::Bytes& message : messages) {
        if (transport_ == Transport::unsecured) {
            socket.send(message);
            continue;
        }
        if (!connection) continue;
        dtls::Output records;
        connection->send(message, records);
        for (const wire::Bytes& record : records.datagrams) socket.send(record);
    }
}

bool Device::has_what_it_shall() const {
    // support::sample_profile(): a Server Instance of Short Server ID 101.
    const auto server = device.contents().find(model::Path(1, 0));
    return server != device.contents().end() && server->second.at(0) == "65" &&
           !device.executed().empty() && device.executed().back() == "POST /bs";
}

}  // namespace net::testing
