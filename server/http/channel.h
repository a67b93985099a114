#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "server/asio.h"
#include "server/http/authentication.h"
#include "server/http/tls.h"
#include "server/wire/time.h"

namespace http {

// The octets of one connection, in the clear or through TLS. One reading and one writing operation
// at a time; a buffer stays until its operation is done. Used on the thread of its executor.
// Shared, because a TLS stream has to outlive what is under way on it.
class Channel : public std::enable_shared_from_this<Channel> {
  public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    struct Read {
        boost::system::error_code error;  // eof: the peer has ended its side
        std::size_t octets = 0;
    };

    static std::shared_ptr<Channel> clear(Socket);
    static std::shared_ptr<Channel> secured(Socket, const TlsContext&);
    virtual ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // Before anything else; in the clear there is nothing to do.
    virtual boost::asio::awaitable<boost::system::error_code> handshake() = 0;
    virtual boost::asio::awaitable<Read> read_some(boost::asio::mutable_buffer) = 0;
    virtual boost::asio::awaitable<boost::system::error_code> write(std::string_view) = 0;
    // Says good-bye so that what was written arrives: a socket closed with octets unread is reset.
    virtual boost::asio::awaitable<void> farewell() = 0;
    // Tells, once, when the peer sends or ends something, or the channel was closed. Nothing else
    // is read from now on.
    virtual void watch(std::function<void()>) = 0;
    // Of the client; nothing: it has none.
    virtual std::optional<PeerCertificate> certificate() const { return std::nullopt; }

    // The operations from now on have so long altogether; then the connection is closed.
    void allow(wire::Duration);
    void allow_forever();
    // Whether it was closed because they took longer.
    bool ran_out() const { return ran_out_; }
    // Whatever is under way ends with an error.
    void close();

  protected:
    explicit Channel(Socket);
    // Ends our side and discards what still comes, within bounds.
    boost::asio::awaitable<void> drain();

    Socket socket_;

  private:
    boost::asio::steady_timer timer_;
    bool ran_out_ = false;
};

}  // namespace http
