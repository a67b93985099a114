#include "server/http/listener.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "server/asio.h"
#include "server/http/connections.h"
#include "server/journal/messages.h"

namespace http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

constexpr auto pause_after_failure = std::chrono::milliseconds(100);

tcp::endpoint to_endpoint(const wire::SocketAddress& address) {
    const auto& octets = address.ip.octets();
    if (address.ip.family() == wire::IpAddress::Family::v4)
        return {asio::ip::address_v4({octets[0], octets[1], octets[2], octets[3]}), address.port};
    return {asio::ip::address_v6(octets, address.ip.scope()), address.port};
}

wire::SocketAddress to_address(const tcp::endpoint& endpoint) {
    if (endpoint.address().is_v4())
        return {wire::IpAddress::v4(endpoint.address().to_v4().to_bytes()), endpoint.port()};
    const auto v6 = endpoint.address().to_v6();
    return {wire::IpAddress::v6(v6.to_bytes(), static_cast<std::uint32_t>(v6.scope_id())),
            endpoint.port()};
}

std::string describe(const boost::system::error_code& error) {
    std::string text = error.message();
    if (error == asio::error::address_in_use)
        text +=
            "; another program, or a second lwm2m-bootstrapd, has it: stop that one or choose "
            "another port";
    else if (error == asio::error::access_denied)
        text += "; choose a port above 1023 or grant CAP_NET_BIND_SERVICE";
    else if (error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL)
        text += "; choose an address that this machine has";
    return text;
}

// Who it comes from, for the log; nobody, when it is gone already.
std::string remote_of(const tcp::socket& socket) {
    boost::system::error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    return error ? std::string() : to_address(endpoint).to_string();
}
std::string remote_of(const Local::socket& /*socket*/) {
    return "socket";
}

// Nothing to be secured with is no error.
boost::system::result<std::shared_ptr<const TlsContext>, std::string> context_of(
    const Settings& settings) {
    if (!settings.tls) return std::shared_ptr<const TlsContext>();
    return TlsContext::load(*settings.tls);
}

// A duplicate of a socket that listens already.
template <class Acceptor>
boost::system::error_code take_over(Acceptor& acceptor,
                                    const typename Acceptor::protocol_type& protocol,
                                    int descriptor) {
    const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return {errno, boost::system::system_category()};
    boost::system::error_code error;
    acceptor.assign(protocol, own, error);
    if (error) ::close(own);
    return error;
}

// Which file a path names at the moment.
struct FileId {
    dev_t device;
    ino_t inode;
    friend bool operator==(const FileId&, const FileId&) = default;
};
std::optional<FileId> file_id(const std::filesystem::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return std::nullopt;
    return FileId{found.st_dev, found.st_ino};
}

}  // namespace

class Listener::Impl {
  public:
    Impl(asio::io_context& context, const Settings& settings, std::shared_ptr<const TlsContext> tls,
         Router& router, journal::Journal& journal)
        : context_(context),
          socket_path_(settings.socket),
          journal_(journal),
          connections_(settings, std::move(tls), router, journal) {}
    ~Impl() { close(); }

    // Nothing, or why not.
    std::optional<std::string> listen(const wire::SocketAddress& address);
    std::optional<std::string> listen_local();
    std::optional<std::string> adopt(const wire::SocketAddress& address, int descriptor);
    std::optional<std::string> adopt_local(int descriptor);
    void start();
    void close();
    std::vector<wire::SocketAddress> addresses() const;
    Connections& connections() { return connections_; }

  private:
    template <class Acceptor>
    struct Door {
        explicit Door(asio::io_context& context) : acceptor(context), pause(context) {}
        Acceptor acceptor;
        asio::steady_timer pause;
    };
    template <class Acceptor>
    void accept(Door<Acceptor>& door, Transport transport);
    std::optional<std::string> clear_stale_socket();

    asio::io_context& context_;
    std::filesystem::path socket_path_;
    std::optional<FileId> socket_file_;
    journal::Journal& journal_;
    Connections connections_;
    std::deque<Door<tcp::acceptor>> tcp_;
    std::optional<Door<Local::acceptor>> local_;
    // Handlers of this object's acceptors and timers may come after it: they look here first.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

std::optional<std::string> Listener::Impl::listen(const wire::SocketAddress& address) {
    auto& acceptor = tcp_.emplace_back(context_).acceptor;
    const tcp::endpoint endpoint = to_endpoint(address);
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    // Connections of a daemon that has just stopped may linger; a listener that is still there
    // keeps the port all the same.
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return "cannot listen on " + address.to_string() + ": " + describe(error);
    return std::nullopt;
}

std::optional<std::string> Listener::Impl::adopt(const wire::SocketAddress& address,
                                                 int descriptor) {
    auto& acceptor = tcp_.emplace_back(context_).acceptor;
    const auto error = take_over(acceptor, to_endpoint(address).protocol(), descriptor);
    if (!error) return std::nullopt;
    return "the socket that was passed for " + address.to_string() +
           " cannot be used: " + error.message();
}

std::optional<std::string> Listener::Impl::adopt_local(int descriptor) {
    auto& acceptor = local_.emplace(context_).acceptor;
    const auto error = take_over(acceptor, Local(), descriptor);
    if (!error) return std::nullopt;
    return "the socket that was passed for " + socket_path_.string() +
           " cannot be used: " + error.message();
}

// A socket's file outlives a daemon that was killed. Only one on which nobody answers is removed.
std::optional<std::string> Listener::Impl::clear_stale_socket() {
    const std::string name = socket_path_.string();
    struct stat found {};
    if (::lstat(socket_path_.c_str(), &found) != 0) return std::nullopt;
    if (!S_ISSOCK(found.st_mode))
        return "cannot listen on " + name + ": it is no socket; remove it or choose another path";
    Local::socket probe(context_);
    boost::system::error_code error;
    probe.connect(Local::endpoint(name), error);
    if (error == asio::error::connection_refused) {
        if (::unlink(socket_path_.c_str()) == 0) return std::nullopt;
        return "cannot replace " + name + ": " + std::strerror(errno) +
               "; remove it or choose another path";
    }
    if (error && error != asio::error::try_again)
        return "cannot listen on " + name + ": " + error.message() +
               "; remove it or choose another path";
    return "cannot listen on " + name +
           ": another program, or a second lwm2m-bootstrapd, answers on it; stop that one or "
           "choose another path";
}

std::optional<std::string> Listener::Impl::listen_local() {
    const std::string name = socket_path_.string();
    if (name.size() >= sizeof(sockaddr_un::sun_path))
        return "cannot listen on " + name + ": the path is too long for a socket; use at most " +
               std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " octets";
    if (auto why = clear_stale_socket()) return why;
    auto& acceptor = local_.emplace(context_).acceptor;
    boost::system::error_code error;
    acceptor.open(Local(), error);
    if (!error) acceptor.bind(Local::endpoint(name), error);
    if (error)
        return "cannot listen on " + name + ": " + error.message() +
               "; its folder has to exist and to be writable";
    socket_file_ = file_id(socket_path_);
    // Nobody can connect before listen(), so the mode is in force for the first who tries.
    if (::chmod(socket_path_.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0)
        return "cannot set the mode of " + name + ": " + std::strerror(errno);
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return "cannot listen on " + name + ": " + error.message();
    return std::nullopt;
}

void Listener::Impl::start() {
    for (auto& door : tcp_) accept(door, Transport::tcp);
    if (local_) accept(*local_, Transport::local);
}

template <class Acceptor>
void Listener::Impl::accept(Door<Acceptor>& door, Transport transport) {
    using Socket = typename Acceptor::protocol_type::socket;
    door.acceptor.async_accept([this, &door, transport, alive = std::weak_ptr(alive_)](
                                   boost::system::error_code error, Socket socket) {
        if (alive.expired() || !door.acceptor.is_open()) return;
        if (!error) {
            std::string remote = remote_of(socket);
            connections_.add(std::move(socket), transport, std::move(remote));
            accept(door, transport);
            return;
        }
        // Out of descriptors, as a rule: without a pause this would spin.
        journal_.write(journal::message::http_failed, {{"cause", error.message()}});
        door.pause.expires_after(pause_after_failure);
        door.pause.async_wait([this, &door, transport, alive](boost::system::error_code stopped) {
            if (!stopped && !alive.expired() && door.acceptor.is_open()) accept(door, transport);
        });
    });
}

void Listener::Impl::close() {
    boost::system::error_code ignored;
    for (auto& door : tcp_) {
        door.acceptor.close(ignored);
        door.pause.cancel();
    }
    if (local_) {
        local_->acceptor.close(ignored);
        local_->pause.cancel();
    }
    // Another instance may have put its own there since.
    if (socket_file_ && file_id(socket_path_) == socket_file_) ::unlink(socket_path_.c_str());
    socket_file_.reset();
    connections_.close();
}

std::vector<wire::SocketAddress> Listener::Impl::addresses() const {
    std::vector<wire::SocketAddress> all;
    for (const auto& door : tcp_) {
        boost::system::error_code error;
        const auto endpoint = door.acceptor.local_endpoint(error);
        if (!error) all.push_back(to_address(endpoint));
    }
    return all;
}

boost::system::result<std::unique_ptr<Listener>, std::string> Listener::open(
    asio::io_context& context, const Settings& settings, Router& router,
    journal::Journal& journal) {
    auto tls = context_of(settings);
    if (tls.has_error()) return std::move(tls).error();
    auto impl = std::make_unique<Impl>(context, settings, std::move(*tls), router, journal);
    for (const auto& address : settings.listen) {
        const auto passed = std::ranges::find(settings.passed, address, &Settings::Passed::bound);
        if (auto why = passed == settings.passed.end() ? impl->listen(address)
                                                       : impl->adopt(address, passed->descriptor))
            return std::move(*why);
    }
    if (!settings.socket.empty())
        if (auto why = settings.passed_socket ? impl->adopt_local(*settings.passed_socket)
                                              : impl->listen_local())
            return std::move(*why);
    impl->start();
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;

std::optional<std::string> Listener::reload(const Settings& settings) {
    auto tls = context_of(settings);
    if (tls.has_error()) return std::move(tls).error();
    impl_->connections().set(std::move(*tls), settings.authentication);
    return std::nullopt;
}

Counters Listener::counters() const {
    return impl_->connections().counters();
}
std::vector<wire::SocketAddress> Listener::addresses() const {
    return impl_->addresses();
}
void Listener::close() {
    impl_->close();
}

}  // namespace http
