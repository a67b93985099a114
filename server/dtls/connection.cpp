#include "server/dtls/connection.h"

#include <utility>

#include "server/dtls/connection_impl.h"

namespace dtls {

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Accepted&& accepted) : impl_(std::make_unique<Impl>(std::move(accepted))) {}
Connection::~Connection() = default;

std::unique_ptr<Connection> Connection::dial(std::shared_ptr<Context> context, Psk own,
                                             Output& out) {
    std::unique_ptr<Connection> connection(
        new Connection(std::make_unique<Impl>(std::move(context), std::move(own))));
    connection->impl_->start(out);
    return connection;
}

std::unique_ptr<Connection> Connection::dial(std::shared_ptr<Context> context,
                                             ExpectedPeer expected, Output& out) {
    std::unique_ptr<Connection> connection(
        new Connection(std::make_unique<Impl>(std::move(context), std::move(expected))));
    connection->impl_->start(out);
    return connection;
}

void Connection::start(Output& out) {
    impl_->start(out);
}
void Connection::receive(wire::BytesView datagram, Output& out) {
    impl_->receive(datagram, out);
}
void Connection::provide(model::Secret key, Output& out) {
    impl_->provide(std::move(key), out);
}
void Connection::trust(Trust trust, Output& out) {
    impl_->trust(trust, out);
}
void Connection::deny(Output& out) {
    impl_->deny(out);
}
void Connection::send(wire::BytesView plaintext, Output& out) {
    impl_->send(plaintext, out);
}
void Connection::close(Output& out) {
    impl_->close(out);
}
std::optional<wire::Duration> Connection::next_timeout() const {
    return impl_->next_timeout();
}
void Connection::on_timeout(Output& out) {
    impl_->on_timeout(out);
}
std::size_t Connection::max_plaintext() const {
    return impl_->max_plaintext();
}
std::uint64_t Connection::dropped() const {
    return impl_->dropped();
}
bool Connection::is_established() const {
    return impl_->established() && !impl_->ended();
}
bool Connection::is_ended() const {
    return impl_->ended();
}
bool Connection::is_server() const {
    return impl_->is_server();
}
const wire::Bytes& Connection::identity() const {
    return impl_->identity();
}
const std::optional<PublicKeyClaim>& Connection::claim() const {
    return impl_->claim();
}
bool Connection::proof_failed() const {
    return impl_->proof_failed();
}
wire::BytesView Connection::client_random() const {
    return impl_->client_random();
}
std::string Connection::cipher_suite() const {
    return impl_->cipher_suite();
}
void Connection::release_buffers() {
    impl_->release_buffers();
}

}  // namespace dtls
