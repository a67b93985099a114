#include "server/attach/radius_listener.h"

#include <array>
#include <deque>
#include <utility>

#include "server/attach/radius_socket.h"
#include "server/journal/messages.h"

namespace attach::radius {
namespace {

namespace asio = boost::asio;

// Then others of the io_context have their turn.
constexpr std::size_t datagrams_a_turn = 64;

// Contradictions, refusals and unknown devices are answered too: that is told and counted where
// the Sink is, and a gateway can do nothing about it.
bool is_settled(const Answer& answer) {
    return !std::holds_alternative<Unavailable>(answer);
}

}  // namespace

class Listener::Impl {
  public:
    Impl(asio::io_context& context, std::vector<Client> clients, const Accounting::Limits& limits,
         Sink& sink, journal::Journal& journal)
        : context_(context),
          accounting_(std::move(clients), limits),
          sink_(sink),
          journal_(journal) {}
    ~Impl() { close(); }

    std::optional<std::string> listen(const wire::SocketAddress& address);
    void start();
    void close();

    std::vector<wire::SocketAddress> addresses() const;
    Accounting& accounting() { return accounting_; }

  private:
    void wait_for(std::size_t socket);
    void drain(std::size_t socket);
    void carry_out(Accounting::Action action, std::size_t socket, const Socket::Datagram& datagram);
    void refused(const Accounting::Refused& refused, const wire::SocketAddress& remote);
    void deliver(std::uint64_t request, Event event);
    void settle(std::uint64_t request, bool kept);

    asio::io_context& context_;
    Accounting accounting_;
    Sink& sink_;
    journal::Journal& journal_;
    std::deque<Socket> sockets_;
    std::array<std::uint8_t, max_packet> buffer_{};
    bool closed_ = false;
    // Handlers of the sockets and answers of the Sink may come after this object: they look here
    // first.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

std::optional<std::string> Listener::Impl::listen(const wire::SocketAddress& address) {
    return sockets_.emplace_back(context_).open(address);
}

void Listener::Impl::start() {
    for (std::size_t i = 0; i < sockets_.size(); ++i) wait_for(i);
}

void Listener::Impl::close() {
    closed_ = true;
    for (Socket& socket : sockets_) {
        boost::system::error_code ignored;
        socket.get().close(ignored);
    }
}

std::vector<wire::SocketAddress> Listener::Impl::addresses() const {
    std::vector<wire::SocketAddress> all;
    for (const Socket& socket : sockets_) all.push_back(socket.bound());
    return all;
}

void Listener::Impl::wait_for(std::size_t socket) {
    sockets_[socket].get().async_wait(
        asio::ip::udp::socket::wait_read,
        [this, socket, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
            if (error || alive.expired() || closed_) return;
            drain(socket);
            if (!closed_) wait_for(socket);
        });
}

void Listener::Impl::drain(std::size_t socket) {
    for (std::size_t i = 0; i < datagrams_a_turn && !closed_; ++i) {
        const auto datagram = sockets_[socket].receive(buffer_);
        if (!datagram) return;
        auto action = accounting_.receive(
            {socket, datagram->local, datagram->remote, datagram->octets}, wire::Clock::now());
        carry_out(std::move(action), socket, *datagram);
    }
}

void Listener::Impl::carry_out(Accounting::Action action, std::size_t socket,
                               const Socket::Datagram& datagram) {
    const auto send = [&](const wire::Bytes& octets) {
        sockets_[socket].send(datagram.local, datagram.remote, octets);
    };
    if (const auto* no = std::get_if<Accounting::Refused>(&action)) {
        refused(*no, datagram.remote);
    } else if (const auto* answer = std::get_if<Accounting::Send>(&action)) {
        send(answer->datagram);
    } else if (auto* withdraw = std::get_if<Accounting::Withdraw>(&action)) {
        sink_.withdraw_all(std::move(withdraw->origin));
        send(withdraw->datagram);
    } else if (auto* event = std::get_if<Accounting::Deliver>(&action)) {
        deliver(event->request, std::move(event->event));
    }
}

void Listener::Impl::refused(const Accounting::Refused& refused,
                             const wire::SocketAddress& remote) {
    if (!journal_.wants(journal::message::radius_refused)) return;
    journal_.write(journal::message::radius_refused,
                   {{"reason", std::string(to_string(refused.why))},
                    {"remote", remote.to_string()},
                    {"client", refused.client}});
}

void Listener::Impl::deliver(std::uint64_t request, Event event) {
    sink_.take(std::move(event),
               [this, request, alive = std::weak_ptr(alive_)](const Answer& answer) {
                   if (!alive.expired()) settle(request, is_settled(answer));
               });
}

void Listener::Impl::settle(std::uint64_t request, bool kept) {
    const auto reply = accounting_.settle(request, kept, wire::Clock::now());
    if (reply && !closed_)
        sockets_[reply->socket].send(reply->local, reply->remote, reply->datagram);
}

boost::system::result<std::unique_ptr<Listener>, std::string> Listener::open(
    asio::io_context& context, const std::vector<wire::SocketAddress>& listen,
    std::vector<Client> clients, const Accounting::Limits& limits, Sink& sink,
    journal::Journal& journal) {
    auto impl = std::make_unique<Impl>(context, std::move(clients), limits, sink, journal);
    for (const wire::SocketAddress& address : listen)
        if (auto why = impl->listen(address)) return std::move(*why);
    impl->start();
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;

std::vector<wire::SocketAddress> Listener::addresses() const {
    return impl_->addresses();
}
void Listener::set_clients(std::vector<Client> clients) {
    impl_->accounting().set_clients(std::move(clients));
}
Accounting::Counters Listener::counters() const {
    return impl_->accounting().counters();
}
Accounting::Gauges Listener::gauges() const {
    return impl_->accounting().gauges();
}
void Listener::close() {
    impl_->close();
}

}  // namespace attach::radius
