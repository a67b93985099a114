#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "provisioning/model/discovered.h"
#include "provisioning/model/path.h"

namespace provisioning {

// What a device holds as far as it told, while a plan is carried out on it in thought: which
// instances there are, whose servers they are, and above all which may be the account of its
// Bootstrap-Server, that nothing may touch.
//
// Those are the instances of /0 and /21 that Discover shows without a Short Server ID, together
// with all that the device named itself (`acc`). A device that tells no Short Server ID at all
// leaves every one of them here: better no plan than one that locks it out. /23 and /24 belong to
// an account only where `acc` says so: Discover cannot tell.
class Holdings {
  public:
    using Ids = std::set<model::InstanceId>;
    using Instance = std::pair<model::ObjectId, model::InstanceId>;

    // Null: the device told nothing of the kind.
    Holdings(const model::Discovered* discovered, const std::vector<model::Path>* account);

    // Whether all instances of the Object are known, but for those of the account.
    bool knows(model::ObjectId) const;
    const Ids& of(model::ObjectId) const;
    bool holds(model::ObjectId, model::InstanceId) const;
    // Ids that a new instance must not have.
    Ids taken(model::ObjectId) const;

    // Whether it is known which instances of the Object the account has …
    bool knows_account(model::ObjectId) const;
    // … and those that it has or may have.
    const Ids& account(model::ObjectId) const;
    bool may_be_account(model::ObjectId, model::InstanceId) const;
    // Whether Discover said that the instance belongs to a LwM2M Server.
    bool told_of_a_server(model::ObjectId, model::InstanceId) const;

    // Of an instance of /0, /1 or /21, where it is known.
    std::optional<std::int64_t> short_server_id(model::ObjectId, model::InstanceId) const;
    // The instances of that server.
    Ids of_server(model::ObjectId, std::int64_t short_server_id) const;
    // Whether every instance of the Object is known with its server, those of the account aside.
    bool knows_servers(model::ObjectId) const;

    // What a Delete leaves: the account stays, and /3/0 (LwM2M Core §6.1.7.6).
    void remove(const model::Path&);
    // What a Write of an instance adds, or changes.
    void put(model::ObjectId, model::InstanceId, std::optional<std::int64_t> short_server_id);
    // Whether put() said whose the instance is.
    bool was_given(model::ObjectId, model::InstanceId) const;

  private:
    bool has_whole_account_ = false;  // `acc` came, and names a Security Instance
    bool told_all_ = false;           // by Discover "/", or since Delete "/"
    Ids told_objects_;                // the same of single Objects; ids of Objects
    bool discovered_oscore_ = false;
    std::map<model::ObjectId, Ids> held_;
    std::map<model::ObjectId, Ids> at_first_;
    std::map<model::ObjectId, Ids> account_;
    std::set<Instance> told_of_a_server_;
    std::map<Instance, std::int64_t> servers_;
    std::set<Instance> given_;
};

}  // namespace provisioning
