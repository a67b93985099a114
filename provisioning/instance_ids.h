#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "provisioning/holdings.h"
#include "provisioning/profile.h"

namespace provisioning {

// The Short Server ID that an instance of /0 or /1 says it is for; nothing for others.
std::optional<std::int64_t> short_server_id_of(const PlannedInstance&);

// The ids of a plan's instances: as written down, else one that is free of the Bootstrap-Server's
// account, of the others and of what the device holds by then. An account of the same Short Server
// ID that is still there is written in its place. Instances with the same label are the same.
// The PlannedInstances outlive it.
class InstanceIds {
  public:
    // What the plan writes anywhere, so that no open id becomes one that is written down.
    void reserve(const PlannedInstance&);

    // Gives the instance its id before it is written whole; the second time it is the same one.
    // The error says why no safe choice exists, and the remedy.
    std::optional<std::string> choose(const PlannedInstance&, const Holdings&);

    // Nothing: it was never chosen.
    std::optional<model::InstanceId> find(const PlannedInstance&) const;
    std::optional<model::InstanceId> find(model::ObjectId, const std::string& label) const;

  private:
    std::optional<std::string> choose_open(const PlannedInstance&, const Holdings&);

    std::set<Holdings::Instance> reserved_;
    std::map<const PlannedInstance*, model::InstanceId> chosen_;
    std::map<std::pair<model::ObjectId, std::string>, model::InstanceId> labels_;
};

}  // namespace provisioning
