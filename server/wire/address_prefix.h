#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/wire/socket_address.h"

namespace wire {

// The addresses that share their first bits, CIDR (RFC 4632 §3.1).
class AddressPrefix {
  public:
    // "192.0.2.0/24", "2001:db8::/32", or one address alone. Bits after the prefix must be 0: who
    // writes "192.0.2.1/24" may mean either. No scopes.
    static std::optional<AddressPrefix> from(std::string_view text);

    bool contains(const IpAddress& address) const;
    // The longer one is the narrower one, within one family.
    unsigned length() const { return length_; }
    std::string to_string() const;

    friend bool operator==(const AddressPrefix&, const AddressPrefix&) = default;

  private:
    AddressPrefix(const IpAddress& address, unsigned length) : address_(address), length_(length) {}

    IpAddress address_;
    unsigned length_;
};

}  // namespace wire
