#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/model/path.h"

namespace model {

// One link of a Bootstrap-Discover answer, LwM2M Core §6.1.7.3.
struct DiscoveredLink {
    Path path;
    std::optional<std::uint16_t> short_server_id;  // 0 (Zephyr's Bootstrap-Server) is nothing
    std::optional<std::string> server_uri;
    std::optional<std::string> version;  // of the Object
    friend bool operator==(const DiscoveredLink&, const DiscoveredLink&) = default;
};

// What a device said it holds.
struct Discovered {
    std::optional<std::string> enabler_version;  // "1.0", "1.1", "1.2"
    std::vector<DiscoveredLink> links;
    friend bool operator==(const Discovered&, const Discovered&) = default;
};

}  // namespace model
