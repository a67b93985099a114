#include "server/bootstrap/association_index.h"

#include <algorithm>

namespace bootstrap {

void AssociationIndex::opened(const AssociationOpened& notice, wire::TimePoint now) {
    std::string identity(wire::as_text(notice.psk_identity));
    by_identity_[identity].push_back(notice.peer);
    by_peer_.insert_or_assign(notice.peer,
                              Association{notice.peer, std::move(identity), notice.remote, now});
}

void AssociationIndex::closed(const PeerRef& peer) {
    const auto found = by_peer_.find(peer);
    if (found == by_peer_.end()) return;
    const auto peers = by_identity_.find(found->second.identity);
    std::erase(peers->second, peer);
    if (peers->second.empty()) by_identity_.erase(peers);
    by_peer_.erase(found);
}

const AssociationIndex::Association* AssociationIndex::newest(const std::string& identity) const {
    const auto peers = by_identity_.find(identity);
    return peers == by_identity_.end() ? nullptr : &by_peer_.at(peers->second.back());
}

}  // namespace bootstrap
