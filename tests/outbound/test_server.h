#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/asio_ssl.h"

// An HTTP server on 127.0.0.1 that sends whatever octets a test wants, on the test's io_context.
class TestServer {
  public:
    struct Request {
        std::string head;  // request line and headers
        std::string body;
        std::size_t connection = 0;  // which one it came on
        // The value of a header, its name as the client writes it; empty: not there.
        std::string header(std::string_view name) const;
    };
    struct Reply {
        std::string octets;
        enum class Then { read_on, close, keep_silent } then = Then::read_on;
    };
    using Answering = std::function<Reply(const Request&)>;

    // With TLS where there is a context, which outlives it.
    TestServer(boost::asio::io_context&, Answering, boost::asio::ssl::context* = nullptr);
    ~TestServer();

    std::uint16_t port() const;
    std::string url(std::string_view target = "/") const;  // of 127.0.0.1
    const std::vector<Request>& requests() const;
    std::size_t connections() const;
    void close_connections();

    // "HTTP/1.1 200 OK" with a body.
    static std::string ok(std::string_view body = "", unsigned status = 200,
                          std::string_view headers = "");

  private:
    struct Shared;
    template <class Stream>
    struct Session;
    void accept();
    std::shared_ptr<Shared> shared_;
};

// A certificate that is its own CA, for one name ("DNS:a.example", "IP:127.0.0.1"): PEM files in a
// folder that is removed with it.
class SelfMadeCa {
  public:
    explicit SelfMadeCa(const std::string& subject_alternative_name);
    ~SelfMadeCa();
    const std::filesystem::path& certificate() const { return certificate_; }
    boost::asio::ssl::context& server() { return server_; }

  private:
    std::filesystem::path folder_, certificate_;
    boost::asio::ssl::context server_{boost::asio::ssl::context::tls_server};
};

// Turns the loop until something has come about; false: it has not, for longer than any of it
// takes.
bool run_until(boost::asio::io_context&, const std::function<bool()>&);
