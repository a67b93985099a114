#include "server/http/channel.h"

#include <array>
#include <utility>

#include "server/asio_ssl.h"

namespace http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
// What a peer that is being turned away may still send before the connection is cut.
constexpr std::size_t most_ignored = 1024 * 1024;
constexpr auto longest_farewell = std::chrono::seconds(2);

class ClearChannel final : public Channel {
  public:
    explicit ClearChannel(Socket socket) : Channel(std::move(socket)) {}

    asio::awaitable<error_code> handshake() override { co_return error_code(); }
    asio::awaitable<Read> read_some(asio::mutable_buffer buffer) override {
        const auto [error, octets] = co_await socket_.async_read_some(buffer, tuple);
        co_return Read{error, octets};
    }
    asio::awaitable<error_code> write(std::string_view octets) override {
        const auto [error, written] = co_await asio::async_write(
            socket_, asio::const_buffer(octets.data(), octets.size()), tuple);
        co_return error;
    }
    asio::awaitable<void> farewell() override {
        allow(longest_farewell);
        co_await drain();
    }
    void watch(std::function<void()> tell) override {
        socket_.async_wait(Socket::wait_read, [tell = std::move(tell),
                                               self = shared_from_this()](error_code) { tell(); });
    }
};

class SecuredChannel final : public Channel {
  public:
    SecuredChannel(Socket socket, const TlsContext& context)
        : Channel(std::move(socket)), stream_(socket_, context.make()) {}

    asio::awaitable<error_code> handshake() override {
        const auto [error] = co_await stream_.async_handshake(Stream::server, tuple);
        co_return error;
    }
    asio::awaitable<Read> read_some(asio::mutable_buffer buffer) override {
        auto [error, octets] = co_await stream_.async_read_some(buffer, tuple);
        // Every request says how long it is: an end without close_notify hides nothing.
        if (error == asio::ssl::error::stream_truncated) error = asio::error::eof;
        co_return Read{error, octets};
    }
    asio::awaitable<error_code> write(std::string_view octets) override {
        const auto [error, written] = co_await asio::async_write(
            stream_, asio::const_buffer(octets.data(), octets.size()), tuple);
        co_return error;
    }
    asio::awaitable<void> farewell() override {
        allow(longest_farewell);
        static_cast<void>(co_await stream_.async_shutdown(tuple));  // nothing follows
        allow(longest_farewell);
        co_await drain();
    }
    void watch(std::function<void()> tell) override {
        auto octet = std::make_shared<std::array<char, 1>>();
        stream_.async_read_some(asio::buffer(*octet),
                                [tell = std::move(tell), octet, self = shared_from_this()](
                                    error_code, std::size_t) { tell(); });
    }
    std::optional<PeerCertificate> certificate() const override {
        return peer_certificate(const_cast<Stream&>(stream_).native_handle());
    }

  private:
    using Stream = asio::ssl::stream<Socket&>;
    Stream stream_;
};

}  // namespace

std::shared_ptr<Channel> Channel::clear(Socket socket) {
    return std::make_shared<ClearChannel>(std::move(socket));
}

std::shared_ptr<Channel> Channel::secured(Socket socket, const TlsContext& context) {
    return std::make_shared<SecuredChannel>(std::move(socket), context);
}

Channel::Channel(Socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {}
Channel::~Channel() = default;

void Channel::allow(wire::Duration duration) {
    timer_.expires_after(duration);
    timer_.async_wait([weak = weak_from_this()](error_code stopped) {
        const auto self = weak.lock();
        // It may have been set anew when this was already on its way.
        if (stopped || !self || self->timer_.expiry() > wire::Clock::now()) return;
        self->ran_out_ = true;
        self->close();
    });
}

void Channel::allow_forever() {
    timer_.expires_at(wire::TimePoint::max());
}

void Channel::close() {
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> Channel::drain() {
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    std::array<char, 4096> discarded{};
    for (std::size_t total = 0; total < most_ignored;) {
        const auto [error, octets] =
            co_await socket_.async_read_some(asio::buffer(discarded), tuple);
        if (error) break;
        total += octets;
    }
}

}  // namespace http
