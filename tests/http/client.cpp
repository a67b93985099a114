#include "tests/http/client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <openssl/ssl.h>

namespace {

template <class Address>
int connected(int family, const Address& address) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const timeval patience{HttpClient::patience.count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

}  // namespace

HttpClient HttpClient::tcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return HttpClient(connected(AF_INET, address));
}

HttpClient HttpClient::local(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return HttpClient(connected(AF_UNIX, address));
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      secured_(std::exchange(other.secured_, nullptr)),
      received_(std::move(other.received_)) {}

HttpClient::~HttpClient() {
    SSL_free(secured_);
    if (socket_ >= 0) ::close(socket_);
}

HttpClient HttpClient::tls(std::uint16_t port, const Tls& options) {
    HttpClient client = tcp(port);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_file(context, options.trusted.c_str());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (!options.certificate.empty()) {
        SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str());
        SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM);
    }
    if (options.highest_version != 0) {
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_max_proto_version(context, options.highest_version);
        SSL_CTX_set_min_proto_version(context, 0);
    }
    client.secured_ = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set1_host(client.secured_, options.name.c_str());
    SSL_set_fd(client.secured_, client.socket_);
    if (SSL_connect(client.secured_) != 1) {
        ::close(client.socket_);
        client.socket_ = -1;
    }
    return client;
}

void HttpClient::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
}

bool HttpClient::send(std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t sent =
            secured_ != nullptr
                ? SSL_write(secured_, octets.data(), static_cast<int>(octets.size()))
                : ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::size_t HttpClient::send_until_full(std::string_view octets, std::size_t most) {
    std::size_t total = 0;
    while (total < most) {
        // From where the last one broke off, so that the peer sees the same octets over and over.
        const std::size_t at = total % octets.size();
        const std::size_t some = std::min(octets.size() - at, most - total);
        const ssize_t sent = ::send(socket_, octets.data() + at, some, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) break;
        total += static_cast<std::size_t>(sent);
    }
    return total;
}

bool HttpClient::fill() {
    std::array<char, 16384> buffer{};
    const ssize_t octets = secured_ != nullptr
                               ? SSL_read(secured_, buffer.data(), static_cast<int>(buffer.size()))
                               : ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (octets <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(octets));
    return true;
}

std::string HttpClient::receive_until(std::string_view text) {
    while (received_.find(text) == std::string::npos)
        if (!fill()) return {};
    return std::exchange(received_, {});
}

bool HttpClient::read_chunks(std::string& body) {
    while (true) {
        std::size_t end = 0;
        while ((end = received_.find("\r\n")) == std::string::npos)
            if (!fill()) return false;
        const std::size_t size = std::stoul(received_.substr(0, end), nullptr, 16);
        while (received_.size() < end + 2 + size + 2)
            if (!fill()) return false;
        body.append(received_, end + 2, size);
        received_.erase(0, end + 2 + size + 2);
        if (size == 0) return true;
    }
}

bool HttpClient::ends() {
    if (!received_.empty()) return false;
    char octet = 0;
    if (secured_ != nullptr) return SSL_read(secured_, &octet, 1) <= 0;
    const ssize_t got = ::recv(socket_, &octet, 1, 0);
    return got == 0 || (got < 0 && (errno == ECONNRESET || errno == EPIPE));
}

std::optional<HttpClient::Response> HttpClient::receive(bool has_body) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return std::nullopt;
    Response response;
    response.status = static_cast<unsigned>(std::stoul(received_.substr(9, 3)));
    std::size_t at = received_.find("\r\n") + 2;
    while (at < end + 2) {
        const std::size_t line_end = received_.find("\r\n", at);
        const std::size_t colon = received_.find(": ", at);
        std::string name = received_.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        response.headers[name] = received_.substr(colon + 2, line_end - colon - 2);
        at = line_end + 2;
    }
    received_.erase(0, end + 4);
    if (has_body && response.headers.contains("transfer-encoding")) {
        if (!read_chunks(response.body)) return std::nullopt;
        return response;
    }
    const auto length = response.headers.find("content-length");
    if (!has_body || length == response.headers.end()) return response;
    const std::size_t wanted = std::stoul(length->second);
    while (received_.size() < wanted)
        if (!fill()) return std::nullopt;
    response.body = received_.substr(0, wanted);
    received_.erase(0, wanted);
    return response;
}

std::optional<HttpClient::Response> HttpClient::request(std::string_view method,
                                                        std::string_view target,
                                                        std::string_view body,
                                                        std::string_view further_fields) {
    std::string text(method);
    ((text += ' ') += target) += " HTTP/1.1\r\nHost: localhost\r\n";
    text += further_fields;
    if (!body.empty())
        text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n";
    (text += "\r\n") += body;
    if (!send(text)) return std::nullopt;
    return receive(method != "HEAD");
}
