#include "server/bootstrap/association_index.h"

#include <algorithm>

namespace bootstrap {

void AssociationIndex::opened(const AssociationOpened& notice, wire::TimePoint now) {
    by_endpoint_[notice.endpoint].push_back(notice.peer);
    by_peer_.insert_or_assign(notice.peer,
                              Association{notice.peer, notice.endpoint, notice.remote, now});
}

void AssociationIndex::closed(const PeerRef& peer) {
    const auto found = by_peer_.find(peer);
    if (found == by_peer_.end()) return;
    const auto peers = by_endpoint_.find(found->second.endpoint);
    std::erase(peers->second, peer);
    if (peers->second.empty()) by_endpoint_.erase(peers);
    by_peer_.erase(found);
}

const AssociationIndex::Association* AssociationIndex::newest(const std::string& endpoint) const {
    const auto peers = by_endpoint_.find(endpoint);
    return peers == by_endpoint_.end() ? nullptr : &by_peer_.at(peers->second.back());
}

}  // namespace bootstrap
