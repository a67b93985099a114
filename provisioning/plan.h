#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/model/content_format.h"
#include "provisioning/model/discovered.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "provisioning/profile.h"
#include "server/wire/random.h"

// From profile, device and what Discover told to the ordered operations of a bootstrap.
namespace provisioning {

enum class OperationKind { discover, delete_, write, finish };

// One downlink operation of the Bootstrap interface, LwM2M Core §6.1.7.
struct Operation {
    OperationKind kind = OperationKind::finish;
    model::Path path;                                      // of discover, delete, write
    model::ContentFormat content_format{};                 // of write
    std::variant<model::Resources, model::Value> content;  // of write: an instance or a resource
};

struct PlanImpossible {
    std::string reason;
};
using PlanResult = std::variant<std::vector<Operation>, PlanImpossible>;

// The operations after Discover (told is what it answered; null when the profile goes without, or
// when the device refused it): Delete, Write…, and exactly one Finish, the last.
// Instance ids that the profile leaves open are chosen free of the Bootstrap-Server's account;
// when that account is not known and an id is open, the plan is impossible (fail closed: a Write
// over the account locks the device out).
PlanResult make_plan(const Profile& profile, const Device& device, const model::Discovered* told,
                     wire::Random& random);

}  // namespace provisioning
