#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
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
    // What it was asked about: "/", or single Objects ("/0"), of the rest of which it told nothing.
    std::vector<Path> covers = {Path()};

    bool tells_of(ObjectId object) const {
        return std::ranges::any_of(
            covers, [&](const Path& path) { return path.is_root() || path.object() == object; });
    }
    // Takes in what a further Discover told.
    void add(Discovered further) {
        if (further.enabler_version) enabler_version = std::move(further.enabler_version);
        std::ranges::move(further.links, std::back_inserter(links));
        std::ranges::move(further.covers, std::back_inserter(covers));
    }
    friend bool operator==(const Discovered&, const Discovered&) = default;
};

}  // namespace model
