#pragma once

#include <cstddef>

#include "server/wire/bytes.h"

namespace model {

// Octets that must not be seen: no stream operator, no conversion to text, no ordering; the
// memory is wiped when it is released or overwritten. reveal() is for the code that feeds
// OpenSSL or encodes the payload, and is what to search for in a review.
class Secret {
  public:
    // What kind of value it stands for: decides how a payload holds it.
    enum class Kind : bool { octets, text };

    Secret() = default;
    explicit Secret(wire::BytesView octets, Kind = Kind::octets);
    // Wipes nothing else: the buffer itself moves in.
    explicit Secret(wire::Bytes&& octets, Kind = Kind::octets);
    Secret(const Secret&);
    Secret(Secret&&) noexcept;
    Secret& operator=(const Secret&);
    Secret& operator=(Secret&&) noexcept;
    ~Secret();

    wire::BytesView reveal() const { return octets_; }
    std::size_t size() const { return octets_.size(); }
    bool empty() const { return octets_.empty(); }
    Kind kind() const { return kind_; }

    // Constant time in the octets; the length is not secret.
    bool equals(const Secret& other) const;

  private:
    void wipe() noexcept;
    wire::Bytes octets_;
    Kind kind_ = Kind::octets;
};

// Overwrites memory in a way the compiler does not remove.
void wipe(void* data, std::size_t size) noexcept;

}  // namespace model
