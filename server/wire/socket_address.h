#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wire {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is held as the IPv4 address it is.
class IpAddress {
  public:
    enum class Family : std::uint8_t { v4, v6 };

    IpAddress() = default;  // 0.0.0.0
    static IpAddress v4(std::array<std::uint8_t, 4> octets);
    static IpAddress v6(std::array<std::uint8_t, 16> octets, std::uint32_t scope = 0);
    // "192.0.2.1", "2001:db8::1", "fe80::1%2" (numeric scope); nothing else, no names.
    static std::optional<IpAddress> from(std::string_view text);

    Family family() const { return family_; }
    // The first 4 octets for IPv4 (the rest are 0), all 16 for IPv6.
    const std::array<std::uint8_t, 16>& octets() const { return octets_; }
    std::uint32_t scope() const { return scope_; }
    bool is_unspecified() const;
    bool is_loopback() const;
    std::string to_string() const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    std::array<std::uint8_t, 16> octets_{};
    std::uint32_t scope_ = 0;
    Family family_ = Family::v4;
};

// An address and a UDP or TCP port.
struct SocketAddress {
    IpAddress ip;
    std::uint16_t port = 0;

    // "192.0.2.1:5684", "[2001:db8::1]:5684".
    static std::optional<SocketAddress> from(std::string_view text);
    std::string to_string() const;

    friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

// For hash tables; not keyed: a table fed by the network bounds its size by other means.
struct SocketAddressHash {
    std::size_t operator()(const SocketAddress& address) const noexcept;
};

}  // namespace wire
