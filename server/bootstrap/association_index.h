#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/bootstrap/messages.h"
#include "server/wire/time.h"

namespace bootstrap {

// Which associations devices have opened, by the endpoint of the device: whichever of its
// identities, or its public key, they were opened with. Its size is bounded by the shards' limits
// on associations. Used by one thread.
class AssociationIndex {
  public:
    struct Association {
        PeerRef peer;
        std::string endpoint;
        wire::SocketAddress remote;
        wire::TimePoint opened;
    };

    void opened(const AssociationOpened& notice, wire::TimePoint now);
    void closed(const PeerRef& peer);

    // The one that the device opened last; null when there is none.
    const Association* newest(const std::string& endpoint) const;
    std::size_t size() const { return by_peer_.size(); }

  private:
    std::map<PeerRef, Association> by_peer_;
    std::unordered_map<std::string, std::vector<PeerRef>> by_endpoint_;  // oldest first
};

}  // namespace bootstrap
