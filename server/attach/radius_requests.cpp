#include "server/attach/radius_requests.h"

#include <cstring>

namespace attach::radius {

std::size_t RequestKeyHash::operator()(const RequestKey& key) const noexcept {
    // The authenticator is a digest with the secret in it: as good as random.
    std::size_t mixed = 0;
    static_assert(sizeof mixed <= authenticator_size);
    std::memcpy(&mixed, key.authenticator.data(), sizeof mixed);
    return mixed ^ key.identifier ^ wire::SocketAddressHash{}(key.remote);
}

const Requests::Request* Requests::find(const RequestKey& key, wire::TimePoint now) {
    while (!answered_.empty() && now - answered_.front().second > limits_.answers_for) {
        requests_.erase(answered_.front().first);
        answered_.pop_front();
    }
    const auto found = requests_.find(key);
    return found == requests_.end() ? nullptr : &found->second;
}

void Requests::add(const RequestKey& key, Request request, wire::TimePoint now) {
    const bool answered = request.answered;
    requests_.emplace(key, std::move(request));
    if (answered) remember(key, now);
}

const Requests::Request* Requests::answer(const RequestKey& key, wire::TimePoint now) {
    const auto found = requests_.find(key);
    if (found == requests_.end() || found->second.answered) return nullptr;
    found->second.answered = true;
    remember(key, now);
    return &found->second;
}

void Requests::remember(const RequestKey& key, wire::TimePoint now) {
    answered_.emplace_back(key, now);
    // Never the one that has just come.
    while (answered_.size() > limits_.answers && answered_.size() > 1) {
        requests_.erase(answered_.front().first);
        answered_.pop_front();
        ++evicted_;
    }
}

}  // namespace attach::radius
