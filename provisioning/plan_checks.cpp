#include "provisioning/plan_checks.h"

#include "provisioning/model/objects.h"

namespace provisioning {
namespace {

using model::InstanceId;
using model::ObjectId;
namespace object = model::object;

// Objects of the enabler itself: without `ver` they are in the enabler's version, not in 1.0
// (LwM2M Core §7.2.3).
bool is_of_the_enabler(ObjectId id) {
    return id <= 7 || id == object::oscore;
}

std::string text_of(ObjectId object, InstanceId id) {
    return model::Path(object, id).to_string();
}

// The other half of an account.
ObjectId counterpart(ObjectId half) {
    return half == object::security ? object::server : object::security;
}

std::string name_of(ObjectId half) {
    return half == object::security ? "Security Instance (/0)" : "Server Instance (/1)";
}

bool has_counterpart(ObjectId half, InstanceId id, const Holdings& holdings) {
    const auto server = holdings.short_server_id(half, id);
    return server && !holdings.of_server(counterpart(half), *server).empty();
}

// An instance for which the device has not the other half, as far as that is known.
bool is_lonely(ObjectId half, InstanceId id, const Holdings& holdings) {
    return !holdings.may_be_account(half, id) && holdings.short_server_id(half, id) &&
           holdings.knows_servers(counterpart(half)) && !has_counterpart(half, id, holdings);
}

std::optional<std::string> check_halves(const Holdings& before, const Holdings& after) {
    for (const ObjectId half : {object::security, object::server})
        for (const InstanceId id : after.of(half)) {
            if (!is_lonely(half, id, after)) continue;
            // A device that loses a Security Instance gives up the Server Instance by itself
            // (LwM2M Core appendix E.1), but not the other way round.
            const bool was_torn = half == object::security && has_counterpart(half, id, before);
            if (!was_torn && !after.was_given(half, id)) continue;
            return "the device would be left with " + text_of(half, id) + " for Short Server ID " +
                   std::to_string(*after.short_server_id(half, id)) + " and no " +
                   name_of(counterpart(half)) + " for it; write both or delete both";
        }
    return std::nullopt;
}

std::optional<std::string> check_twins(const Holdings& after) {
    for (const ObjectId half : {object::security, object::server})
        for (const InstanceId id : after.of(half)) {
            const auto server = after.short_server_id(half, id);
            if (!server || after.may_be_account(half, id) || !after.was_given(half, id)) continue;
            for (const InstanceId other : after.of_server(half, *server))
                if (other != id)
                    return "the device would have Short Server ID " + std::to_string(*server) +
                           " twice, in " + text_of(half, id) + " and in " + text_of(half, other) +
                           "; delete the one or write over it";
        }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> check_version(const PlannedInstance& planned,
                                         const model::Discovered& told) {
    if (!planned.object_version) return std::nullopt;
    bool is_listed = false;
    std::optional<std::string> version;
    for (const model::DiscoveredLink& link : told.links) {
        if (link.path.object() != planned.object) continue;
        is_listed = true;
        if (link.version) version = link.version;
    }
    if (!version && is_listed && !is_of_the_enabler(planned.object)) version = "1.0";
    if (!version || *version == *planned.object_version) return std::nullopt;
    return "the device has Object " + std::to_string(planned.object) + " in version " + *version +
           ", but " + planned.pointer + " is for version " + *planned.object_version;
}

std::optional<std::string> check_delete(const model::Path& path, const std::string& pointer,
                                        const Holdings& holdings) {
    // Delete "/" and "/0" leave the account where it is; whether "/21" does depends on the device.
    if (path.is_root()) return std::nullopt;
    const ObjectId id = *path.object();
    if (!path.instance()) {
        if (id == object::security || holdings.account(id).empty()) return std::nullopt;
        return "Delete " + path.to_string() + " of " + pointer + " could take " +
               text_of(id, *holdings.account(id).begin()) +
               " from the device's own Bootstrap-Server account; delete the other instances "
               "singly, "
               "or \"/\"";
    }
    if (holdings.may_be_account(id, *path.instance()))
        return path.to_string() + " of " + pointer +
               " may be the device's own Bootstrap-Server account, which is never deleted; remove "
               "the entry, or name another instance";
    if (holdings.knows_account(id) || holdings.told_of_a_server(id, *path.instance()))
        return std::nullopt;
    return "which instance of " + model::Path(id).to_string() +
           " is the device's Bootstrap-Server account is not known, so it is not safe to delete " +
           path.to_string() + " of " + pointer + "; delete \"" + model::Path(id).to_string() +
           "\" instead, which leaves the account";
}

std::optional<std::string> check_partial_write(const model::Path& path, const std::string& pointer,
                                               const Holdings& holdings) {
    if (!holdings.may_be_account(*path.object(), *path.instance())) return std::nullopt;
    return path.to_string() + " of " + pointer +
           " may be of the device's own Bootstrap-Server account, which is never written; name "
           "another instance";
}

std::optional<std::string> check_accounts(const Holdings& before, const Holdings& after) {
    if (auto reason = check_twins(after)) return reason;
    if (auto reason = check_halves(before, after)) return reason;
    if (!before.of(object::server).empty() && after.knows(object::server) &&
        after.of(object::server).empty())
        return "the device would be left without a LwM2M Server: the plan deletes its instances of "
               "/1 and writes none";
    return std::nullopt;
}

}  // namespace provisioning
