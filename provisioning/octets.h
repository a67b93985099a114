#pragma once

#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "server/wire/bytes.h"

// Octets as people write them into a JSON text: hexadecimal ("00ff", or "hex:00ff"),
// "base64:AP8=" (RFC 4648 §4 or §5, padded or not) or "text:secret" (its UTF-8). A PEM
// ("-----BEGIN …") is its text.
namespace provisioning {

enum class OctetsErrc { not_hexadecimal, odd_number_of_digits, not_base64 };
// What is wrong and what to write, without a word of the text: it may be a key.
std::string_view message(OctetsErrc);
std::string_view octets_remedy();

boost::system::result<wire::Bytes, OctetsErrc> parse_octets(std::string_view text);

// Identities are mostly readable: without one of the three prefixes the text itself is meant.
boost::system::result<wire::Bytes, OctetsErrc> parse_identity(std::string_view text);
// An identity as parse_identity() reads it back: the text that it is, else "hex:…".
std::string identity_text(wire::BytesView identity);
// Whether the text has one of the prefixes.
bool has_octets_prefix(std::string_view text);

// PSK identities and keys, LwM2M Transport §5.2.8 (identity up to 128 octets, key up to 64).
inline constexpr std::size_t max_psk_identity = 128;
inline constexpr std::size_t max_psk_key = 64;

}  // namespace provisioning
