#include "server/wire/socket_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace wire {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
    IpAddress address;
    std::copy(octets.begin(), octets.end(), address.octets_.begin());
    return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> octets, std::uint32_t scope) {
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), octets.begin()))
        return v4({octets[12], octets[13], octets[14], octets[15]});
    IpAddress address;
    address.octets_ = octets;
    address.scope_ = scope;
    address.family_ = Family::v6;
    return address;
}

std::optional<IpAddress> IpAddress::from(std::string_view text) {
    // inet_pton would stop there and not see what follows.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    std::optional<std::uint32_t> scope;
    if (const auto percent = text.find('%'); percent != std::string_view::npos) {
        scope = parse_number<std::uint32_t>(text.substr(percent + 1));
        if (!scope) return std::nullopt;
        text = text.substr(0, percent);
    }
    const std::string terminated(text);
    std::array<std::uint8_t, 4> four{};
    if (!scope && ::inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (::inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) != 1) return std::nullopt;
    const IpAddress address = v6(sixteen, scope.value_or(0));
    // An IPv4 address has no scope, however it is written.
    if (scope && address.family() == Family::v4) return std::nullopt;
    return address;
}

bool IpAddress::is_unspecified() const {
    return std::all_of(octets_.begin(), octets_.end(), [](std::uint8_t o) { return o == 0; });
}

bool IpAddress::is_loopback() const {
    if (family_ == Family::v4) return octets_[0] == 127;
    return std::all_of(octets_.begin(), octets_.end() - 1, [](std::uint8_t o) { return o == 0; }) &&
           octets_[15] == 1;
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family_ == Family::v4 ? AF_INET : AF_INET6, octets_.data(), text.data(),
                text.size());
    std::string result(text.data());
    if (scope_ != 0) result += '%' + std::to_string(scope_);
    return result;
}

std::optional<SocketAddress> SocketAddress::from(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto ip = IpAddress::from(host);
    if (!ip || !port) return std::nullopt;
    if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
    return SocketAddress{*ip, *port};
}

std::string SocketAddress::to_string() const {
    const std::string host = ip.to_string();
    const std::string number = std::to_string(port);
    return ip.family() == IpAddress::Family::v6 ? '[' + host + "]:" + number : host + ':' + number;
}

std::size_t SocketAddressHash::operator()(const SocketAddress& address) const noexcept {
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), address.ip.octets().data(), sizeof words);
    std::uint64_t mixed = words[0] * 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ words[1]) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (static_cast<std::uint64_t>(address.ip.scope()) << 16 | address.port)) *
            0x94D049BB133111EBULL;
    return static_cast<std::size_t>(mixed ^ mixed >> 31);
}

}  // namespace wire
