#include "tests/dtls/peers.h"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

namespace dtls::testing {

namespace {

// OpenSSL's timer has the real clock: waiting for it cannot be avoided, so the tests that need it
// have it run for milliseconds only.
void expire(Connection& connection, Output& out) {
    while (const auto wait = connection.next_timeout()) {
        if (*wait > std::chrono::seconds(1)) return;  // only the handshake's own time is left
        std::this_thread::sleep_for(*wait);
        if (connection.next_timeout() == wire::Duration::zero()) {
            connection.on_timeout(out);
            return;
        }
    }
}

}  // namespace

wire::Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}
model::Secret key(std::string_view text) {
    return model::Secret(bytes(text));
}

Settings impatient() {
    Settings settings;
    settings.retransmission_timeout = std::chrono::milliseconds(25);
    return settings;
}

std::shared_ptr<Context> make_context(const Settings& settings) {
    auto made = Context::make(settings);
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
}

wire::SocketAddress server_address() {
    return *wire::SocketAddress::from("192.0.2.1:5684");
}
wire::SocketAddress device_address() {
    return *wire::SocketAddress::from("198.51.100.7:40000");
}

Psk device_psk() {
    return {bytes(device_identity), key(device_key)};
}

ServerSide::ServerSide(const Settings& settings)
    : context(make_context(settings)), cookies(random), listener(context, cookies) {
    known.emplace(bytes(device_identity), key(device_key));
}

void ServerSide::receive(wire::BytesView datagram) {
    const auto hello = peek_client_hello(datagram);
    const bool repeated =
        hello && connection && std::ranges::equal(hello->random, connection->client_random());
    if (hello && !repeated) {
        Listener::Result result = listener.hello(datagram, local, device_address(), now, out);
        if (auto* challenged = std::get_if<Listener::Challenged>(&result)) {
            ++challenges;
            out.datagrams.push_back(std::move(challenged->datagram));
        } else if (auto* proved = std::get_if<Listener::Proved>(&result)) {
            connection = std::move(proved->connection);
        }
    } else if (connection) {
        connection->receive(datagram, out);
    }
    if (out.identity_wanted && answers) answer();
}

void ServerSide::answer() {
    out.identity_wanted = false;
    ++lookups;
    if (const auto& claim = connection->claim()) {
        claims.push_back(*claim);
        if (trusts)
            connection->trust(trusts(*claim), out);
        else
            connection->deny(out);
        return;
    }
    const auto found = known.find(connection->identity());
    if (found != known.end())
        connection->provide(found->second, out);
    else
        connection->deny(out);
}

void ServerSide::expire_timer() {
    if (connection) expire(*connection, out);
}

ClientSide::ClientSide(Psk credential, const Settings& settings)
    : context(make_context(settings)), by(std::move(credential)) {}

ClientSide::ClientSide(ExpectedPeer expected, const Settings& settings)
    : context(make_context(settings)), by(std::move(expected)) {}

void ClientSide::dial() {
    connection =
        std::visit([this](const auto& one) { return Connection::dial(context, one, out); }, by);
}

void ClientSide::receive(wire::BytesView datagram) {
    connection->receive(datagram, out);
}

void ClientSide::expire_timer() {
    expire(*connection, out);
}

}  // namespace dtls::testing
