#pragma once

#include <string>
#include <variant>

#include "provisioning/device.h"
#include "provisioning/instance_ids.h"
#include "provisioning/model/value.h"
#include "provisioning/profile.h"
#include "server/wire/random.h"

namespace provisioning {

// The values of an instance for one device: templates filled in and checked as literal values are
// when a profile is loaded, keys in the form that devices read, labels replaced by the ids that
// were chosen. `issued` may be null. The error says why not, without a word of a value: it may be a
// key.
std::variant<model::Resources, std::string> resolve_values(const PlannedInstance& planned,
                                                           const Device& device,
                                                           const InstanceIds& ids,
                                                           wire::Random& random,
                                                           const Issued* issued);

// What is wrong with a whole Security Instance that has all its values: its URI against its mode,
// the lengths of its credentials; nothing: it will do.
std::optional<std::string> check_security_values(const PlannedInstance& planned,
                                                 const model::Resources& resources);

// The value of a Resource that is single and of that type; else null.
template <class T>
const T* single_of(const model::Resources& resources, model::ResourceId resource) {
    const auto found = resources.find(resource);
    const auto* single =
        found != resources.end() ? std::get_if<model::Single>(&found->second) : nullptr;
    return single != nullptr ? std::get_if<T>(single) : nullptr;
}

}  // namespace provisioning
