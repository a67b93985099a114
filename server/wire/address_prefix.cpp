#include "server/wire/address_prefix.h"

#include <charconv>
#include <cstddef>

namespace wire {
namespace {

constexpr unsigned bits_of(IpAddress::Family family) {
    return family == IpAddress::Family::v4 ? 32 : 128;
}

// Whether the octets are the same from one bit to before another.
bool same_bits(const IpAddress& one, const IpAddress& other, unsigned from, unsigned end) {
    for (unsigned bit = from; bit < end; ++bit) {
        const unsigned differ =
            static_cast<unsigned>(one.octets()[bit / 8]) ^ other.octets()[bit / 8];
        if ((differ >> (7 - bit % 8) & 1U) != 0) return false;
    }
    return true;
}

std::optional<unsigned> parse_length(std::string_view text, unsigned most) {
    unsigned length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || text.size() > 3 || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    if (length > most) return std::nullopt;
    return length;
}

}  // namespace

std::optional<AddressPrefix> AddressPrefix::from(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::from(text.substr(0, slash));
    if (!address || address->scope() != 0) return std::nullopt;
    const unsigned bits = bits_of(address->family());
    if (slash == std::string_view::npos) return AddressPrefix(*address, bits);
    // "::ffff:192.0.2.0/120" is an IPv4 address by now: its length would mean something else.
    const bool mapped =
        address->family() == IpAddress::Family::v4 && text.find(':') != std::string_view::npos;
    const auto length = parse_length(text.substr(slash + 1), bits);
    if (mapped || !length) return std::nullopt;
    const IpAddress zero =
        address->family() == IpAddress::Family::v4 ? IpAddress::v4({}) : IpAddress::v6({});
    if (!same_bits(*address, zero, *length, bits)) return std::nullopt;
    return AddressPrefix(*address, *length);
}

bool AddressPrefix::contains(const IpAddress& address) const {
    return address.family() == address_.family() && same_bits(address, address_, 0, length_);
}

std::string AddressPrefix::to_string() const {
    return address_.to_string() + '/' + std::to_string(length_);
}

}  // namespace wire
