#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/secret.h"
#include "server/wire/http_url.h"
#include "server/wire/time.h"

namespace boost::asio {
class io_context;
}

namespace outbound {

using Header = std::pair<std::string, std::string>;

// One request. Host, Content-Length, Connection and User-Agent are the client's to set.
struct OutRequest {
    std::string method = "POST";
    wire::HttpUrl url;
    std::vector<Header> headers;          // without control characters
    std::optional<model::Secret> bearer;  // goes as Authorization
    std::string body;
    std::optional<model::Secret> secret_body;           // instead of `body`
    wire::Duration timeout = std::chrono::seconds(10);  // from send() to the whole answer
    std::filesystem::path ca_file;                      // https; empty: the system's
};

struct Answer {
    unsigned status = 0;
    std::string body;                                 // cut off at Client::max_body
    std::optional<std::chrono::seconds> retry_after;  // where it was given in seconds
};
// The error is for people: whom it was about and why, without path, query, headers or body.
using Result = boost::system::result<Answer, std::string>;

// A small HTTP/1.1 client (RFC 9112) for http and https. A server's certificate is checked with
// its name. No redirect is followed: a redirect is an answer like others. Connections are kept for
// the next request to the same server; a request that finds a kept one closed before any octet of
// an answer is sent once more on a new one, so that it may, rarely, arrive twice.
//
// Used on the io_context's thread, which outlives it.
class Client {
  public:
    static constexpr std::size_t max_body = 64 * 1024;
    static constexpr std::size_t max_header = 16 * 1024;
    struct Limits {
        std::size_t under_way = 512;
        std::size_t idle = 32;  // connections that are kept
        wire::Duration idle_time = std::chrono::seconds(30);
    };

    explicit Client(boost::asio::io_context&);
    Client(boost::asio::io_context&, Limits);
    // Cuts off what is under way; none of its callbacks is called any more.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // The callback comes later, never from within, exactly once; it may destroy the client.
    void send(OutRequest, std::function<void(Result)> then);
    // The files of CAs are read again, and no connection is kept: after a reload.
    void forget();

    std::size_t under_way() const;
    std::size_t idle() const;
    struct Counters {
        std::uint64_t requests = 0, failed = 0, connections = 0, refused = 0;
    };
    Counters counters() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace outbound
