#include "server/bootstrap/peer.h"

#include <utility>

#include "server/bootstrap/peer_impl.h"

namespace bootstrap {

Peer::Peer(const PeerSettings& settings, wire::Random& random, Transport transport)
    : impl_(std::make_unique<Impl>(settings, random, std::move(transport))) {}
Peer::~Peer() = default;

void Peer::receive(wire::BytesView datagram, wire::TimePoint now, Output& out) {
    impl_->receive(datagram, now, out);
}
void Peer::on_timer(wire::TimePoint now, Output& out) {
    impl_->on_timer(now, out);
}
std::optional<wire::TimePoint> Peer::next_deadline() const {
    return impl_->next_deadline();
}
void Peer::admit(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                 Output& out) {
    impl_->admit(std::move(assignment), std::move(id), now, out);
}
void Peer::refuse(coap::Code code, std::string reason, wire::TimePoint now, Output& out) {
    impl_->refuse(code, std::move(reason), now, out);
}
void Peer::start(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                 Output& out) {
    impl_->start(std::move(assignment), std::move(id), now, out);
}
void Peer::prepared(const SessionId& id, Preparation preparation, wire::TimePoint now,
                    Output& out) {
    impl_->prepared(id, std::move(preparation), now, out);
}
void Peer::stop(const SessionId& id, Session::Stop why, std::string reason, wire::TimePoint now,
                Output& out) {
    impl_->stop(id, why, std::move(reason), now, out);
}
void Peer::transport_lost(std::string reason, wire::TimePoint now, Output& out) {
    impl_->transport_lost(std::move(reason), now, out);
}
void Peer::refused_by_network(wire::TimePoint now, Output& out) {
    impl_->refused_by_network(now, out);
}
const Transport& Peer::transport() const {
    return impl_->transport();
}
bool Peer::has_session() const {
    return impl_->session_id() != nullptr;
}
const SessionId* Peer::session_id() const {
    return impl_->session_id();
}
bool Peer::has_pending_request() const {
    return impl_->has_pending_request();
}
bool Peer::is_idle() const {
    return impl_->is_idle();
}
const coap::Counters& Peer::counters() const {
    return impl_->counters();
}

}  // namespace bootstrap
