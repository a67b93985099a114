#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/issue.h"
#include "provisioning/model/content_format.h"
#include "provisioning/model/discovered.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "provisioning/profile.h"
#include "server/wire/random.h"

// From profile, device and what Discover told to the ordered operations of a bootstrap.
namespace provisioning {

// What a Write writes: an instance (path /O/I), a Resource (/O/I/R), several instances (/O).
using Content = std::variant<model::Resources, model::Value, model::Instances>;

// One downlink operation of the Bootstrap interface, LwM2M Core §6.1.7.
struct Operation {
    OperationKind kind = OperationKind::finish;
    model::Path path;                                    // of all but finish
    std::optional<model::ContentFormat> content_format;  // absent: the session's
    Content content;                                     // of write
    std::vector<std::string> queries;                    // "ver=1.1", where the profile wants it
    // Of a Discover: what its answer has to list, else the session ends before its next operation.
    std::optional<model::Path> expects{};
};

// What the device said of itself before the plan is made.
struct Told {
    // What its Discover answered; null: the profile goes without, or the device refused it.
    const model::Discovered* discovered = nullptr;
    // The instances of its Bootstrap-Server account as `acc` names them; null: it sent none.
    const std::vector<model::Path>* account = nullptr;
    // What was made for the device; null: the profile wants nothing of it.
    const Issued* issued = nullptr;
};

struct Plan {
    // After the Discovers of first_discovers(): exactly one Finish, the last.
    std::vector<Operation> operations;
    // To be carried out when the Finish is answered 4.06, before a second one; may be empty.
    std::vector<Operation> repair;
};
struct PlanImpossible {
    std::string reason;
};
using PlanResult = std::variant<Plan, PlanImpossible>;

// The paths to Discover before the plan is made, in this order: "/" of the usual plan, or what an
// explicit list begins with. Empty: none.
std::vector<model::Path> first_discovers(const Profile& profile);

// Instance ids that the profile leaves open are chosen free of the Bootstrap-Server's account;
// when that account is not known and an id is open, the plan is impossible (fail closed: a Write
// over the account locks the device out). Links to them follow.
PlanResult make_plan(const Profile& profile, const Device& device, const Told& told,
                     wire::Random& random);

// Where a new key of the device's account would be written, where that is a new instance: it is
// recorded before the Write leaves. Nothing: no new instance, or the plan is impossible.
std::optional<NewAccount> new_account(const Profile& profile, const Device& device,
                                      const Told& told, wire::Random& random);

// The whole configuration for a Bootstrap-Pack, LwM2M Core §6.1.7.7 (1.2): each Object in it
// replaces all instances that the device has of it but the account's. Mostly nobody has discovered
// anything by then, so that versions of Objects are compared with nothing, and open ids need `acc`.
std::variant<model::Objects, PlanImpossible> make_pack(const Profile& profile, const Device& device,
                                                       const Told& told, wire::Random& random);

// The content format of a session's Writes: what the device asked for in `pct` where it is one
// that this server writes, else the profile's, else by the enabler (1.0 and 1.1: TLV, which
// everybody reads that does not ask; 1.2: SenML CBOR).
model::ContentFormat session_format(const Profile& profile, std::optional<std::uint16_t> preferred);

// What a device that carried out the operations would find inconsistent, as far as it shows: for
// people, when a Finish was refused. `discovered` is what it held before; null: not known. Each is
// one sentence that names paths, without a word of a value.
std::vector<std::string> review(const std::vector<Operation>& operations,
                                const model::Discovered* discovered);

}  // namespace provisioning
