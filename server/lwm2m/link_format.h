#pragma once

#include <string_view>

#include <boost/system/result.hpp>

#include "provisioning/model/discovered.h"

// The answer to Bootstrap-Discover in link-format (RFC 6690), as devices really send it; LwM2M
// Core §6.1.7.3.
namespace lwm2m {

enum class LinkFormatErrc { malformed, too_many };

// Tolerates what devices in the field do: versions bare or quoted, `lwm2m=` as a parameter
// without a link or on `</>`, trailing slashes, spaces after commas, ssid=0 and uri on the
// Bootstrap-Server's instance; links that are no LwM2M path are passed over.
boost::system::result<model::Discovered, LinkFormatErrc> decode_discover(std::string_view text);

}  // namespace lwm2m
