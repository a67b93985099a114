#pragma once

#include "provisioning/device.h"

// "credentials" of a device: by what it is known.
namespace provisioning {

// Of the device's whole document.
Credentials read_credentials(const document::Node& device);

// A fingerprint as people have it: 64 hexadecimal digits, which may have colons between the octets.
std::optional<crypto::Sha256> parse_fingerprint(std::string_view text);

// "credentials" of each device has a bounded number of fingerprints of either kind.
inline constexpr std::size_t max_fingerprints = 16;

}  // namespace provisioning
