#include "server/net/route.h"

#include <sys/socket.h>
#include <unistd.h>

#include "server/net/native_address.h"

namespace net {
namespace {

// The address of ours that the kernel takes towards `remote`, `source` being one of our choice; no
// datagram is sent for it.
std::optional<wire::IpAddress> ask_kernel(const wire::SocketAddress& remote,
                                          const std::optional<wire::IpAddress>& source) {
    const bool v4 = remote.ip.family() == wire::IpAddress::Family::v4;
    const int probe = ::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return std::nullopt;
    std::optional<wire::IpAddress> found;
    bool usable = true;
    if (source) {
        const NativeAddress from = to_native({*source, 0});
        usable = ::bind(probe, from.get(), from.size) == 0;
    }
    const NativeAddress to = to_native(remote);
    NativeAddress got;
    got.size = sizeof got.storage;
    if (usable && ::connect(probe, to.get(), to.size) == 0 &&
        ::getsockname(probe, got.get(), &got.size) == 0) {
        found = from_native(got.storage).ip;
    }
    ::close(probe);
    return found;
}

}  // namespace

boost::system::result<Route, std::string> choose_route(
    std::span<const Listening> listening, bool secured, const wire::SocketAddress& remote,
    const std::optional<wire::IpAddress>& source) {
    std::optional<Route> wildcard;
    std::optional<Route> exact;
    std::optional<Route> any;
    const auto wanted = ask_kernel(remote, source);
    for (std::size_t i = 0; i < listening.size(); ++i) {
        const Listening& one = listening[i];
        if (one.secured != secured || one.bound.ip.family() != remote.ip.family()) continue;
        if (one.bound.ip.is_unspecified()) {
            if (!wildcard && wanted) wildcard = Route{i, {*wanted, one.bound.port}};
        } else {
            if (!exact && wanted == one.bound.ip) exact = Route{i, one.bound};
            if (!any && !source) any = Route{i, one.bound};
        }
    }
    if (exact) return *exact;
    if (wildcard) return *wildcard;
    if (any) return *any;
    const std::string what = secured ? "coaps" : "coap";
    if (source) {
        return "nothing listens for " + what + " on " + source->to_string() +
               ", or that is no address of this host that reaches " + remote.ip.to_string();
    }
    return "nothing listens for " + what + " with an address that reaches " + remote.ip.to_string();
}

}  // namespace net
