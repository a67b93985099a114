#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/system/result.hpp>

#include "server/asio_ssl.h"

namespace outbound {

// A TCP connection, with TLS or without, behind one face. Whoever starts an operation keeps the
// connection until its handler was called.
class Connection {
  public:
    using Done = std::function<void(boost::system::error_code, std::size_t)>;

    virtual ~Connection() = default;
    virtual boost::asio::ip::tcp::socket& socket() = 0;
    // TLS with the server of that name or address; at once where there is no TLS.
    virtual void handshake(const std::string& host,
                           std::function<void(boost::system::error_code)>) = 0;
    // Why the server's certificate was refused; empty: it was not.
    virtual std::string refusal() const = 0;
    virtual void write_all(boost::asio::const_buffer, Done) = 0;
    virtual void read_some(boost::asio::mutable_buffer, Done) = 0;
    void close();
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
// TLS 1.2 and 1.3; trusts the CAs of a PEM file, or the system's where there is none.
boost::system::result<TlsContext, std::string> tls_context(const std::filesystem::path& ca_file);

std::unique_ptr<Connection> plain_connection(boost::asio::io_context&);
std::unique_ptr<Connection> tls_connection(boost::asio::io_context&, TlsContext);

}  // namespace outbound
