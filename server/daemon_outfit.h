#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "server/attach/mapping.h"
#include "server/attach/radius_accounting.h"
#include "server/outbound/deliverer.h"
#include "server/outbound/key_sharer.h"
#include "server/outbound/server_trigger.h"

namespace bootstrapd {

using Mappings = std::map<std::string, std::shared_ptr<const attach::Mapping>, std::less<>>;

// What the settings describe of the world around, with the secrets read from their files.
struct Outfit {
    Mappings mappings;
    std::vector<attach::radius::Client> radius;
    std::vector<outbound::Webhook> webhooks;
    std::vector<outbound::LwM2mServer> servers;
    std::vector<outbound::KeyShareTarget> key_shares;
};

// Nothing when there is a problem; all problems are told. `file`: the settings'.
std::optional<Outfit> outfit(const config::Settings&, std::string_view file,
                             document::Problems& problems);

}  // namespace bootstrapd
