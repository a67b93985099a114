#include "server/outbound/connection.h"

#include <utility>

#include <openssl/ssl.h>

#include "server/wire/socket_address.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

class PlainConnection final : public Connection {
  public:
    explicit PlainConnection(asio::io_context& context) : socket_(context) {}

    tcp::socket& socket() override { return socket_; }
    void handshake(const std::string&, std::function<void(error_code)> done) override { done({}); }
    std::string refusal() const override { return {}; }
    void write_all(asio::const_buffer buffer, Done done) override {
        asio::async_write(socket_, buffer, std::move(done));
    }
    void read_some(asio::mutable_buffer buffer, Done done) override {
        socket_.async_read_some(buffer, std::move(done));
    }

  private:
    tcp::socket socket_;
};

class TlsConnection final : public Connection {
  public:
    TlsConnection(asio::io_context& context, TlsContext tls)
        : tls_(std::move(tls)), stream_(context, *tls_) {}

    tcp::socket& socket() override { return stream_.next_layer(); }

    void handshake(const std::string& host, std::function<void(error_code)> done) override {
        error_code error;
        stream_.set_verify_mode(ssl::verify_peer, error);
        if (!error) stream_.set_verify_callback(ssl::host_name_verification(host), error);
        // RFC 6066 §3: names only, no addresses.
        if (!error && !wire::IpAddress::from(host)) {
            std::string name = host;
            if (SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                         TLSEXT_NAMETYPE_host_name, name.data()) != 1)
                error = asio::error::no_memory;
        }
        if (error)
            done(error);
        else
            stream_.async_handshake(ssl::stream_base::client, std::move(done));
    }

    std::string refusal() const override {
        auto* handle = const_cast<TlsConnection*>(this)->stream_.native_handle();
        const long why = SSL_get_verify_result(handle);
        return why == X509_V_OK ? std::string() : X509_verify_cert_error_string(why);
    }

    void write_all(asio::const_buffer buffer, Done done) override {
        asio::async_write(stream_, buffer, std::move(done));
    }
    void read_some(asio::mutable_buffer buffer, Done done) override {
        stream_.async_read_some(buffer, std::move(done));
    }

  private:
    TlsContext tls_;
    ssl::stream<tcp::socket> stream_;
};

}  // namespace

void Connection::close() {
    error_code ignored;
    socket().close(ignored);
}

boost::system::result<TlsContext, std::string> tls_context(const std::filesystem::path& ca_file) {
    try {
        auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
        SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
        if (ca_file.empty())
            context->set_default_verify_paths();
        else
            context->load_verify_file(ca_file.string());
        return context;
    } catch (const boost::system::system_error& error) {
        if (ca_file.empty())
            return "cannot use the system's CA certificates: " + error.code().message();
        return "cannot read the CA certificates in " + ca_file.string() + ": " +
               error.code().message();
    }
}

std::unique_ptr<Connection> plain_connection(asio::io_context& context) {
    return std::make_unique<PlainConnection>(context);
}

std::unique_ptr<Connection> tls_connection(asio::io_context& context, TlsContext tls) {
    return std::make_unique<TlsConnection>(context, std::move(tls));
}

}  // namespace outbound
