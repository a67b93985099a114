#include "provisioning/model/secret.h"

#include <cstring>
#include <utility>

namespace model {

void wipe(void* data, std::size_t size) noexcept {
    if (size > 0) explicit_bzero(data, size);
}

Secret::Secret(wire::BytesView octets, Kind kind)
    : octets_(octets.begin(), octets.end()), kind_(kind) {}

Secret::Secret(wire::Bytes&& octets, Kind kind) : octets_(std::move(octets)), kind_(kind) {}

Secret::Secret(const Secret&) = default;

Secret::Secret(Secret&& other) noexcept : kind_(other.kind_) {
    octets_.swap(other.octets_);
}

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) *this = Secret(other);
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        octets_.clear();
        octets_.swap(other.octets_);
        kind_ = other.kind_;
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

bool Secret::equals(const Secret& other) const {
    if (size() != other.size()) return false;
    // Volatile, so that no early end of the loop is invented.
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < octets_.size(); ++i)
        difference = static_cast<std::uint8_t>(difference | (octets_[i] ^ other.octets_[i]));
    return difference == 0;
}

void Secret::wipe() noexcept {
    // A buffer that moved in may be larger than what it holds, and the rest have held more once.
    octets_.resize(octets_.capacity());
    model::wipe(octets_.data(), octets_.size());
}

}  // namespace model
