#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "provisioning/catalog.h"

// Profiles and devices built by hand, for tests of what uses them.
namespace support {

// One LwM2M Server over PSK: /0 (its instance chosen by the plan) and /1/0.
provisioning::Profile sample_profile();
// The same with every instance id written down, so that it can go without Discover: /0/7, /1/0.
provisioning::Profile fixed_profile();

// As an operator writes it; throws std::invalid_argument where it has problems.
provisioning::Profile profile_of(std::string_view json);

// With a PSK credential, whose identity is "id-" and the endpoint, or served unsecured.
provisioning::Device sample_device(const std::string& endpoint, bool secured);

provisioning::Assignment assignment(provisioning::Profile, provisioning::Device);

}  // namespace support
