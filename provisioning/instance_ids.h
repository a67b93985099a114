#pragma once

#include <string>
#include <variant>
#include <vector>

#include "provisioning/model/discovered.h"
#include "provisioning/profile.h"

namespace provisioning {

// An id for every instance: as written down, else one that is free of the Bootstrap-Server's
// account, of the others and, when nothing is deleted first, of what the device holds. Without
// Delete an account of the same Short Server ID is written in its place. `told` is what Discover
// answered, null when nobody knows. The error says why no safe choice exists, and the remedy.
std::variant<std::vector<model::InstanceId>, std::string> choose_instance_ids(
    const std::vector<const PlannedInstance*>& instances, bool delete_all,
    const model::Discovered* told);

}  // namespace provisioning
