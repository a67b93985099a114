#include "server/coap/deduplication.h"

#include <algorithm>

namespace coap {

const Deduplication::Entry* Deduplication::find(MessageId id, std::uint64_t fingerprint) const {
    for (const Entry& entry : entries_)
        if (entry.id == id && entry.fingerprint == fingerprint) return &entry;
    return nullptr;
}

bool Deduplication::remember(Entry entry, std::size_t limit) {
    auto victim = std::find_if(entries_.begin(), entries_.end(),
                               [&entry](const Entry& e) { return e.id == entry.id; });
    if (victim == entries_.end() && entries_.size() >= limit) {
        victim = std::find_if(entries_.begin(), entries_.end(),
                              [](const Entry& e) { return e.decided; });
        if (victim == entries_.end()) return false;
    }
    if (victim != entries_.end()) entries_.erase(victim);
    entries_.push_back(std::move(entry));
    return true;
}

void Deduplication::answer(std::uint64_t owner, wire::BytesView datagram, bool decided) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [owner](const Entry& e) {
        return e.owner == owner && !e.decided;
    });
    if (found == entries_.end()) return;
    if (!datagram.empty()) found->answer.assign(datagram.begin(), datagram.end());
    found->decided = decided;
}

void Deduplication::forget_old(wire::TimePoint now) {
    if (entries_.empty()) return;
    std::erase_if(entries_, [now](const Entry& e) { return e.forgotten_at <= now; });
    if (entries_.empty()) entries_ = std::vector<Entry>();  // gives the memory back, too
}

std::size_t Deduplication::memory() const {
    std::size_t octets = entries_.capacity() * sizeof(Entry);
    for (const Entry& entry : entries_) octets += entry.answer.capacity();
    return octets;
}

}  // namespace coap
