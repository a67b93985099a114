#include "provisioning/instance_ids.h"

#include <algorithm>
#include <map>
#include <set>

#include "provisioning/model/objects.h"

namespace provisioning {
namespace {

using Ids = std::set<model::InstanceId>;

constexpr unsigned highest_instance = 65534;  // 65535 is reserved, LwM2M Core §7.1

// The instances that a device told of, by what the choice depends on.
struct Holdings {
    // Those without a Short Server ID, which are the Bootstrap-Server's own account (/0, and /21
    // from 1.1 on). A device that tells none at all leaves every one of its instances here: better
    // no plan than one that locks it out.
    std::map<model::ObjectId, Ids> bootstrap_account;
    std::map<model::ObjectId, Ids> all;
    std::map<std::pair<model::ObjectId, std::int64_t>, Ids> by_short_server_id;
};

bool can_be_the_account(model::ObjectId object) {
    return object == model::object::security || object == model::object::oscore;
}

Holdings holdings_of(const model::Discovered& told) {
    Holdings holdings;
    std::map<model::ObjectId, Ids> of_a_server;
    for (const model::DiscoveredLink& link : told.links) {
        if (!link.path.instance()) continue;
        const model::ObjectId object = *link.path.object();
        holdings.all[object].insert(*link.path.instance());
        const auto server = link.short_server_id.value_or(0);
        if (link.path.resource() || server < model::lowest_short_server_id ||
            server > model::highest_short_server_id)
            continue;
        of_a_server[object].insert(*link.path.instance());
        holdings.by_short_server_id[{object, server}].insert(*link.path.instance());
    }
    for (const auto& [object, ids] : holdings.all)
        if (can_be_the_account(object))
            std::ranges::set_difference(ids, of_a_server[object],
                                        std::inserter(holdings.bootstrap_account[object],
                                                      holdings.bootstrap_account[object].end()));
    return holdings;
}

std::optional<std::int64_t> short_server_id(const PlannedInstance& planned) {
    const bool is_security = planned.object == model::object::security;
    if (!is_security && planned.object != model::object::server) return std::nullopt;
    const auto found = planned.resources.find(is_security ? model::security::short_server_id
                                                          : model::server::short_server_id);
    if (found == planned.resources.end()) return std::nullopt;
    const auto* single = std::get_if<TemplateSingle>(&found->second);
    const auto* literal = single != nullptr ? std::get_if<model::Single>(single) : nullptr;
    const auto* number = literal != nullptr ? std::get_if<std::int64_t>(literal) : nullptr;
    return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::string path_text(const PlannedInstance& planned, model::InstanceId id) {
    return model::Path(planned.object, id).to_string();
}

// The instance that the same server's account has already, when nothing is deleted first.
const Ids* held_by_the_same_server(const PlannedInstance& planned, const Holdings& holdings) {
    const auto id = short_server_id(planned);
    if (!id) return nullptr;
    const auto found = holdings.by_short_server_id.find({planned.object, *id});
    return found == holdings.by_short_server_id.end() ? nullptr : &found->second;
}

// Why an instance cannot be written where the profile says.
std::optional<std::string> check_written_down(const PlannedInstance& planned, bool delete_all,
                                              const Holdings& holdings) {
    const auto account = holdings.bootstrap_account.find(planned.object);
    if (account != holdings.bootstrap_account.end() && account->second.contains(*planned.instance))
        return path_text(planned, *planned.instance) + " of " + planned.pointer +
               " may be the device's own Bootstrap-Server account, which is never written; leave "
               "the id open or write another one";
    if (delete_all) return std::nullopt;
    const Ids* held = held_by_the_same_server(planned, holdings);
    if (held == nullptr || held->contains(*planned.instance)) return std::nullopt;
    return "the device has the server of " + planned.pointer + " in " +
           path_text(planned, *held->begin()) + " already, and would have it twice; leave the id " +
           "open or write that one";
}

// Why an id that was left open cannot be chosen.
std::optional<std::string> check_open(const PlannedInstance& planned, bool delete_all,
                                      const model::Discovered* told, const Holdings& holdings) {
    if (planned.object == model::object::security) {
        const auto account = holdings.bootstrap_account.find(planned.object);
        if (account != holdings.bootstrap_account.end() && !account->second.empty())
            return std::nullopt;
        return "which Security Instance is the device's Bootstrap-Server account is not known (" +
               std::string(told == nullptr ? "there was no Discover answer"
                                           : "Discover shows none without a Short Server ID") +
               "), so no id is safe for " + planned.pointer +
               "; write the instance's id down in the profile";
    }
    if (told == nullptr && !delete_all)
        return "what the device holds is not known (there was no Discover answer) and nothing is "
               "deleted, so no id is free for " +
               planned.pointer + "; write the instance's id down in the profile";
    return std::nullopt;
}

std::optional<model::InstanceId> lowest_free(const Ids& taken) {
    for (unsigned id = 0; id <= highest_instance; ++id)
        if (!taken.contains(static_cast<model::InstanceId>(id)))
            return static_cast<model::InstanceId>(id);
    return std::nullopt;
}

}  // namespace

std::variant<std::vector<model::InstanceId>, std::string> choose_instance_ids(
    const std::vector<const PlannedInstance*>& instances, bool delete_all,
    const model::Discovered* told) {
    const Holdings holdings = told != nullptr ? holdings_of(*told) : Holdings();
    std::set<std::pair<model::ObjectId, model::InstanceId>> planned_ids;
    std::map<model::ObjectId, Ids> taken = delete_all ? holdings.bootstrap_account : holdings.all;
    for (const PlannedInstance* planned : instances) {
        if (!planned->instance) continue;
        if (auto reason = check_written_down(*planned, delete_all, holdings))
            return std::move(*reason);
        taken[planned->object].insert(*planned->instance);
        planned_ids.emplace(planned->object, *planned->instance);
    }

    std::vector<model::InstanceId> chosen;
    chosen.reserve(instances.size());
    for (const PlannedInstance* planned : instances) {
        if (planned->instance) {
            chosen.push_back(*planned->instance);
            continue;
        }
        if (auto reason = check_open(*planned, delete_all, told, holdings))
            return std::move(*reason);
        if (const Ids* held = delete_all ? nullptr : held_by_the_same_server(*planned, holdings)) {
            if (planned_ids.contains({planned->object, *held->begin()}))
                return "the device has the server of " + planned->pointer + " in " +
                       path_text(*planned, *held->begin()) +
                       ", where the profile writes another; leave that one's id open";
            chosen.push_back(*held->begin());
            continue;
        }
        const auto id = lowest_free(taken[planned->object]);
        if (!id)
            return "every id of Object " + std::to_string(planned->object) + " is taken on the " +
                   "device, there is none for " + planned->pointer;
        taken[planned->object].insert(*id);
        chosen.push_back(*id);
    }
    return chosen;
}

}  // namespace provisioning
