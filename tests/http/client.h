#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;

// A blocking HTTP/1.1 client, as plain as it gets: what the server does with odd requests is seen
// as it is. Everything ends after `patience` at the latest.
class HttpClient {
  public:
    static constexpr auto patience = std::chrono::seconds(20);

    struct Response {
        unsigned status = 0;
        std::map<std::string, std::string> headers;  // names in lower case
        std::string body;
    };

    // Not connected: ok() is false.
    static HttpClient tcp(std::uint16_t port);  // of 127.0.0.1
    static HttpClient local(const std::string& path);
    // Through TLS, trusting the authority in the file `trusted` alone; `name` is that of the
    // server's certificate. Not ok() when the handshake fails on this side.
    struct Tls {
        std::string trusted, name = "localhost", certificate, key;  // the last two may be empty
        int highest_version = 0;                                    // 0: whatever there is
    };
    static HttpClient tls(std::uint16_t port, const Tls&);
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) = delete;
    ~HttpClient();

    bool ok() const { return socket_ >= 0; }
    bool send(std::string_view octets);
    // Sends of many the same octets until the peer takes no more for now; how many went.
    std::size_t send_until_full(std::string_view octets, std::size_t most);
    // All of a chunked or an endless body that came so far, at least until `text` is in it; empty:
    // the connection ended before.
    std::string receive_until(std::string_view text);
    // Closes it with a reset, as a peer that crashes.
    void reset();
    // One response; `has_body` is false for that to a HEAD. Nothing when the connection ended.
    std::optional<Response> receive(bool has_body = true);
    // Whether the server ends the connection without another octet.
    bool ends();

    // send() and receive() of one request; a body goes as JSON.
    std::optional<Response> request(std::string_view method, std::string_view target,
                                    std::string_view body = "",
                                    std::string_view further_fields = "");

  private:
    explicit HttpClient(int socket) : socket_(socket) {}
    bool fill();
    bool read_chunks(std::string& body);

    int socket_;
    ssl_st* secured_ = nullptr;
    std::string received_;
};
