#pragma once

#include <cstddef>
#include <string_view>

#include <boost/system/result.hpp>

#include "provisioning/model/discovered.h"

// The answer to Bootstrap-Discover in link-format (RFC 6690), as devices really send it; LwM2M
// Core §6.1.7.3.
namespace lwm2m {

inline constexpr std::size_t max_link_format_octets = 256 * 1024;
inline constexpr std::size_t max_links = 16384;

enum class LinkFormatErrc { malformed, too_many, too_long };

// Tolerates what devices in the field do: versions bare or quoted, `lwm2m=` as a parameter
// without a link or on `</>`, trailing slashes, spaces after commas, ssid=0 and uri on the
// Bootstrap-Server's instance; links that are no LwM2M path are passed over, and so is `</>`
// itself, which holds nothing. A version or URI that makes no sense is passed over; an ssid that
// makes none is malformed, as a guess could cost the device its Bootstrap-Server account.
boost::system::result<model::Discovered, LinkFormatErrc> decode_discover(std::string_view text);

}  // namespace lwm2m
