#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

// RADIUS packets as far as accounting needs them: RFC 2865 §3 and §5, RFC 2866 §3, RFC 2869 §5.14.
namespace attach::radius {

inline constexpr std::size_t header_size = 20;
inline constexpr std::size_t max_packet = 4096;
inline constexpr std::size_t authenticator_size = 16;

enum class Code : std::uint8_t {
    accounting_request = 4,
    accounting_response = 5,
    status_server = 12,  // RFC 5997
};

enum class Type : std::uint8_t {
    nas_ip_address = 4,
    framed_ip_address = 8,
    vendor_specific = 26,
    called_station_id = 30,
    calling_station_id = 31,
    nas_identifier = 32,
    proxy_state = 33,
    acct_status_type = 40,
    acct_delay_time = 41,
    acct_session_id = 44,
    event_timestamp = 55,
    message_authenticator = 80,
    nas_ipv6_address = 95,
    framed_ipv6_address = 168,  // RFC 6911 §3.1
};

// 3GPP's, TS 29.061 §16.4.7.
inline constexpr std::uint32_t vendor_3gpp = 10415;
enum class Type3gpp : std::uint8_t { imsi = 1, imeisv = 20 };

struct Attribute {
    std::uint8_t type;
    wire::BytesView value;
};

// Its views live as long as the datagram that it was read from.
struct Packet {
    std::uint8_t code = 0;
    std::uint8_t identifier = 0;
    wire::BytesView octets;         // the whole, without what followed it in the datagram
    wire::BytesView authenticator;  // of authenticator_size
    std::vector<Attribute> attributes;

    // The value of the first attribute of the type.
    std::optional<wire::BytesView> find(Type) const;
    // A number of four octets; nothing when it has another length.
    std::optional<std::uint32_t> number(Type) const;
    // The first of 3GPP's, in any of the Vendor-Specific attributes.
    std::optional<wire::BytesView> find(Type3gpp) const;
};

enum class Errc {
    truncated,      // shorter than a header, or than its Length says
    bad_length,     // a Length below a header's or above max_packet
    bad_attribute,  // that ends after the packet, or is shorter than its own header
};
template <class T>
using Result = boost::system::result<T, Errc>;

Result<Packet> decode(wire::BytesView datagram);

// What a Vendor-Specific attribute's value holds, where it is that vendor's and formed as
// RFC 2865 §5.26 asks; up to where it no longer is.
std::vector<Attribute> vendor_attributes(wire::BytesView value, std::uint32_t vendor);

// Whether its Request Authenticator was made with the secret, RFC 2866 §3.
bool is_authentic(const Packet& accounting_request, const model::Secret&);

enum class Seal { absent, wrong, right };
// Its Message-Authenticator, RFC 2869 §5.14; twice is wrong. An Accounting-Request's counts with an
// authenticator of zeros, a Status-Server's with its own (RFC 5997 §3).
Seal message_authenticator(const Packet& request, const model::Secret&);

// The Accounting-Response to it, with its Proxy-States in their order (RFC 2865 §5.33), and with a
// Message-Authenticator where it has one.
wire::Bytes encode_response(const Packet& request, const model::Secret&);

}  // namespace attach::radius
