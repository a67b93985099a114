#include "server/daemon_passed_sockets.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "server/net/native_address.h"

namespace bootstrapd {
namespace {

// What a descriptor is.
struct Found {
    int type = 0;  // SOCK_DGRAM, …
    bool listens = false;
    sa_family_t family = AF_UNSPEC;
    wire::SocketAddress address;  // of AF_INET and AF_INET6
    std::string path;             // of AF_UNIX
};

int option_of(int descriptor, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : 0;
}

Found look_at(int descriptor) {
    Found found;
    net::NativeAddress native;
    native.size = sizeof native.storage;
    if (::getsockname(descriptor, native.get(), &native.size) != 0) return found;
    found.type = option_of(descriptor, SO_TYPE);
    found.listens = option_of(descriptor, SO_ACCEPTCONN) != 0;
    found.family = native.storage.ss_family;
    if (found.family == AF_INET || found.family == AF_INET6)
        found.address = net::from_native(native.storage);
    if (found.family == AF_UNIX) {
        sockaddr_un local{};
        std::memcpy(&local, &native.storage, sizeof local);
        const std::size_t length = native.size - offsetof(sockaddr_un, sun_path);
        const std::string_view path(local.sun_path, std::min(length, sizeof local.sun_path));
        found.path = path.substr(0, path.find('\0'));
    }
    return found;
}

bool lists(const std::vector<std::string>& texts, const wire::SocketAddress& address) {
    return std::ranges::any_of(
        texts, [&](const std::string& text) { return wire::SocketAddress::from(text) == address; });
}

std::string stranger(const std::string& what, const std::string& name, const std::string& place) {
    return "the service manager passed " + what + " (\"" + name + "\"), which is not in " + place +
           "; write it there, or take it out of the socket unit";
}

}  // namespace

boost::system::result<PassedSockets, std::string> PassedSockets::sort(
    std::vector<service::ServiceManager::Passed> passed, const config::Settings& settings) {
    PassedSockets sorted;
    for (const auto& one : passed) sorted.open_.push_back(one.descriptor);
    for (const auto& [descriptor, name] : passed) {
        const Found found = look_at(descriptor);
        const bool internet = found.family == AF_INET || found.family == AF_INET6;
        const std::string address = found.address.to_string();
        if (internet && found.type == SOCK_DGRAM) {
            if (!lists(settings.listen.coap, found.address) &&
                !lists(settings.listen.coaps, found.address))
                return stranger("the datagram socket " + address, name,
                                "listen.coap or listen.coaps");
            sorted.datagrams_.push_back({found.address, descriptor});
        } else if (internet && found.type == SOCK_STREAM && found.listens) {
            if (!lists(settings.http.listen, found.address))
                return stranger("the stream socket " + address, name, "http.listen");
            sorted.http_.push_back({found.address, descriptor});
        } else if (found.family == AF_UNIX && found.type == SOCK_STREAM && found.listens) {
            if (found.path.empty() || found.path != settings.http.socket)
                return stranger("the socket " + found.path, name, "http.socket");
            sorted.control_ = descriptor;
        } else {
            return "the service manager passed a descriptor (\"" + name +
                   "\") that is neither a datagram socket nor one that listens; take it out of the "
                   "socket unit";
        }
    }
    return sorted;
}

PassedSockets::~PassedSockets() {
    for (const int descriptor : open_) ::close(descriptor);
}

void PassedSockets::swap(PassedSockets& other) noexcept {
    std::swap(open_, other.open_);
    std::swap(datagrams_, other.datagrams_);
    std::swap(http_, other.http_);
    std::swap(control_, other.control_);
}

}  // namespace bootstrapd
