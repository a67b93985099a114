// A UDP proxy on the loopback address that loses, duplicates, delays and reorders datagrams, from a
// seed. Every client gets a socket of its own towards the server, so the server sees as many peers.

#include <arpa/inet.h>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/faults/link_faults.h"

namespace faults {
namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t stopped = 0;

class Socket {
  public:
    explicit Socket(std::uint16_t port = 0) : descriptor_(socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in address = loopback(port);
        if (descriptor_ < 0 ||
            bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("cannot open a socket on port " + std::to_string(port));
        }
        const int size = 4 << 20;
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    ~Socket() { close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        return address;
    }
    int descriptor() const { return descriptor_; }
    bool receive(std::vector<char>& datagram, std::uint16_t& port) const {
        sockaddr_in from{};
        socklen_t size = sizeof from;
        datagram.resize(65536);
        const ssize_t got = recvfrom(descriptor_, datagram.data(), datagram.size(), MSG_DONTWAIT,
                                     reinterpret_cast<sockaddr*>(&from), &size);
        if (got < 0) return false;
        datagram.resize(static_cast<std::size_t>(got));
        port = ntohs(from.sin_port);
        return true;
    }
    void send(const std::vector<char>& datagram, std::uint16_t port) const {
        const sockaddr_in to = loopback(port);
        sendto(descriptor_, datagram.data(), datagram.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }

  private:
    int descriptor_;
};

struct Client {
    Client(const LinkSettings& settings, std::uint64_t number, std::uint16_t its_port)
        : port(its_port), up(settings, number, true), down(settings, number, false) {}
    std::uint16_t port;
    Socket upstream;
    Link up;
    Link down;
};

class Proxy {
  public:
    Proxy(const LinkSettings& settings, std::uint16_t listen, std::uint16_t server,
          std::size_t max_clients)
        : settings_(settings), downstream_(listen), server_(server), max_clients_(max_clients) {}

    void run() {
        std::vector<pollfd> polled;
        while (stopped == 0) {
            polled.assign(1, {downstream_.descriptor(), POLLIN, 0});
            for (const auto& client : clients_) {
                polled.push_back({client->upstream.descriptor(), POLLIN, 0});
            }
            poll(polled.data(), polled.size(), until_next());
            from_clients();
            for (std::size_t i = 0; i < clients_.size(); ++i) from_server(i);
            deliver();
        }
        std::cout << "{\"event\":\"traffic\",\"received\":" << received_ << ",\"lost\":" << lost_
                  << ",\"sent\":" << sent_ << "}" << std::endl;
    }

  private:
    struct Delivery {
        std::size_t client;
        bool upwards;
        std::vector<char> datagram;
    };

    int until_next() const {
        if (waiting_.empty()) return 100;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            waiting_.begin()->first - Clock::now());
        return std::clamp(static_cast<int>(left.count()) + 1, 0, 100);
    }

    void from_clients() {
        std::vector<char> datagram;
        std::uint16_t port = 0;
        while (downstream_.receive(datagram, port)) {
            const auto [known, is_new] = by_port_.try_emplace(port, clients_.size());
            if (is_new) {
                if (clients_.size() == max_clients_) {
                    by_port_.erase(known);
                    continue;
                }
                clients_.push_back(std::make_unique<Client>(settings_, clients_.size(), port));
            }
            accept(known->second, true, datagram);
        }
    }

    void from_server(std::size_t client) {
        std::vector<char> datagram;
        std::uint16_t port = 0;
        while (clients_[client]->upstream.receive(datagram, port)) {
            if (port == server_) accept(client, false, datagram);
        }
    }

    void accept(std::size_t client, bool upwards, const std::vector<char>& datagram) {
        ++received_;
        Client& its = *clients_[client];
        const auto copies = upwards ? its.up.next() : its.down.next();
        if (copies.empty()) ++lost_;
        for (const auto after : copies) {
            waiting_.emplace(Clock::now() + after, Delivery{client, upwards, datagram});
        }
    }

    void deliver() {
        while (!waiting_.empty() && waiting_.begin()->first <= Clock::now()) {
            const Delivery& next = waiting_.begin()->second;
            const Client& client = *clients_[next.client];
            if (next.upwards) {
                client.upstream.send(next.datagram, server_);
            } else {
                downstream_.send(next.datagram, client.port);
            }
            ++sent_;
            waiting_.erase(waiting_.begin());
        }
    }

    LinkSettings settings_;
    Socket downstream_;
    std::uint16_t server_;
    std::size_t max_clients_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::map<std::uint16_t, std::size_t> by_port_;
    std::multimap<Clock::time_point, Delivery> waiting_;
    std::uint64_t received_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace
}  // namespace faults

int main(int argc, char** argv) {
    CLI::App app{"A UDP proxy that behaves like a bad link, from a seed"};
    faults::LinkSettings settings;
    std::uint16_t listen = 0;
    std::uint16_t server = 0;
    std::size_t max_clients = 500;
    unsigned delay = 0;
    app.add_option("--listen", listen, "UDP port on the loopback address")->required();
    app.add_option("--server", server, "UDP port on the loopback address")->required();
    app.add_option("--seed", settings.seed, "where the randomness begins");
    app.add_option("--loss", settings.loss, "0 to 1")->check(CLI::Range(0.0, 1.0));
    app.add_option("--duplication", settings.duplication, "0 to 1")->check(CLI::Range(0.0, 1.0));
    app.add_option("--reordering", settings.reordering, "0 to 1")->check(CLI::Range(0.0, 1.0));
    app.add_option("--delay", delay, "milliseconds");
    app.add_option("--max-clients", max_clients, "further ones are not served");
    CLI11_PARSE(app, argc, argv);
    settings.delay = std::chrono::milliseconds(delay);
    for (const int signal : {SIGINT, SIGTERM}) {
        std::signal(signal, [](int) { faults::stopped = 1; });
    }
    try {
        faults::Proxy proxy(settings, listen, server, max_clients);
        std::cout << "{\"event\":\"ready\"}" << std::endl;
        proxy.run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
