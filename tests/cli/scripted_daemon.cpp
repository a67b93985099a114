#include "tests/cli/scripted_daemon.h"

#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cli::testing {
namespace {

// More octets; false at the end.
bool fill(int connection, std::string& received) {
    char piece[4096];
    const auto size = ::read(connection, piece, sizeof piece);
    if (size <= 0) return false;
    received.append(piece, static_cast<std::size_t>(size));
    return true;
}

std::string take_line(int connection, std::string& received) {
    while (received.find("\r\n") == std::string::npos)
        if (!fill(connection, received)) return "";
    const std::string line = received.substr(0, received.find("\r\n"));
    received.erase(0, line.size() + 2);
    return line;
}

std::string take(int connection, std::string& received, std::size_t size) {
    while (received.size() < size)
        if (!fill(connection, received)) return "";
    std::string octets = received.substr(0, size);
    received.erase(0, size);
    return octets;
}

std::string read_body(int connection, const std::string& head, std::string& received) {
    std::string body;
    if (head.find("Transfer-Encoding: chunked") != std::string::npos) {
        while (true) {
            const auto size = std::stoul("0" + take_line(connection, received), nullptr, 16);
            body += take(connection, received, size);
            take_line(connection, received);
            if (size == 0) return body;
        }
    }
    const std::size_t length = head.find("Content-Length: ");
    if (length == std::string::npos) return body;
    return take(connection, received, std::stoul(head.substr(length + 16)));
}

void send_all(int connection, const std::string& octets) {
    for (std::size_t sent = 0; sent < octets.size();) {
        const auto size =
            ::send(connection, octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return;
        sent += static_cast<std::size_t>(size);
    }
}

ScriptedDaemon::Reply reply_of(unsigned status, const std::string& type, const std::string& body) {
    return {"HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Type: " + type +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
            false, false};
}

}  // namespace

ScriptedDaemon::ScriptedDaemon() {
    std::string name = (std::filesystem::temp_directory_path() / "scripted-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket().copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 16) != 0)
        throw std::runtime_error("cannot listen on " + socket());
    acceptor_ = std::thread([this] { accept(); });
}

ScriptedDaemon::~ScriptedDaemon() {
    ends_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int connection : connections_) ::close(connection);
    ::close(listener_);
    std::filesystem::remove_all(folder);
}

ScriptedDaemon::Reply ScriptedDaemon::json(unsigned status, const std::string& body) {
    return reply_of(status, "application/json", body);
}

ScriptedDaemon::Reply ScriptedDaemon::text(const std::string& body) {
    return reply_of(200, "text/plain", body);
}

ScriptedDaemon::Reply ScriptedDaemon::lines(const std::string& body) {
    Reply reply{"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n", false, false};
    for (std::size_t begin = 0; begin < body.size(); begin += 7) {
        const std::string piece = body.substr(begin, 7);
        reply.octets += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
    }
    reply.octets += "0\r\n\r\n";
    return reply;
}

ScriptedDaemon::Reply ScriptedDaemon::events(const std::string& stream, bool is_held) {
    return {"HTTP/1.1 200 x\r\nContent-Type: text/event-stream\r\n\r\n" + stream, is_held, false};
}

void ScriptedDaemon::on(const std::string& request, Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_[request].push_back(std::move(reply));
}

std::vector<ScriptedDaemon::Seen> ScriptedDaemon::seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
}

std::vector<std::string> ScriptedDaemon::requests() {
    std::vector<std::string> all;
    for (const Seen& one : seen()) all.push_back(one.request);
    return all;
}

void ScriptedDaemon::accept() {
    while (!ends_) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        const std::lock_guard lock(mutex_);
        connections_.push_back(connection);
        threads_.emplace_back([this, connection] { serve(connection); });
    }
}

ScriptedDaemon::Reply ScriptedDaemon::reply_to(const Seen& request) {
    const std::lock_guard lock(mutex_);
    const auto found = replies_.find(request.request);
    if (found == replies_.end()) return json(404, R"({"detail":"not in the script"})");
    Reply reply = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    return reply;
}

void ScriptedDaemon::serve(int connection) {
    std::string received;
    while (received.find("\r\n\r\n") == std::string::npos)
        if (!fill(connection, received)) return;
    Seen request;
    request.head = received.substr(0, received.find("\r\n\r\n") + 2);
    received.erase(0, request.head.size() + 2);
    request.request = request.head.substr(0, request.head.find(" HTTP/"));
    const Reply reply = reply_to(request);
    if (reply.is_early) send_all(connection, reply.octets);
    if (!reply.is_early) request.body = read_body(connection, request.head, received);
    {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
    }
    if (!reply.is_early) send_all(connection, reply.octets);
    if (reply.is_held) return;
    // As a close does, but the number of the socket stays taken until the end of the test.
    ::shutdown(connection, SHUT_RDWR);
}

}  // namespace cli::testing
