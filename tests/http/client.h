#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

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
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) = delete;
    ~HttpClient();

    bool ok() const { return socket_ >= 0; }
    bool send(std::string_view octets);
    // One response; `has_body` is false for that to a HEAD. Nothing when the connection ended.
    std::optional<Response> receive(bool has_body = true);
    // Whether the server ends the connection without another octet.
    bool ends();

    // send() and receive() of one request; a body goes as JSON.
    std::optional<Response> request(std::string_view method, std::string_view target,
                                    std::string_view body = "");

  private:
    explicit HttpClient(int socket) : socket_(socket) {}
    bool fill();

    int socket_;
    std::string received_;
};
