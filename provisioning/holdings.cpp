#include "provisioning/holdings.h"

#include <algorithm>

#include "provisioning/model/objects.h"

namespace provisioning {
namespace {

using model::InstanceId;
using model::ObjectId;
using Ids = Holdings::Ids;

// Parts of an account by LwM2M Core §6.1.7.7; from 1.2.1 on.
constexpr ObjectId cose = 23;
constexpr ObjectId mqtt = 24;

const Ids& find(const std::map<ObjectId, Ids>& all, ObjectId object) {
    static const Ids none;
    const auto found = all.find(object);
    return found == all.end() ? none : found->second;
}

// Objects whose instances Discover tells apart by their Short Server ID.
bool may_have_account(ObjectId object) {
    return object == model::object::security || object == model::object::oscore;
}

// Only a link to an instance itself says whose it is, and 0 (Zephyr) says nothing.
std::optional<std::int64_t> server_of(const model::DiscoveredLink& link) {
    const std::int64_t server = link.short_server_id.value_or(0);
    if (link.path.resource() || server < model::lowest_short_server_id ||
        server > model::highest_short_server_id)
        return std::nullopt;
    return server;
}

}  // namespace

Holdings::Holdings(const model::Discovered* discovered, const std::vector<model::Path>* account) {
    if (discovered != nullptr) {
        for (const model::Path& path : discovered->covers) {
            if (path.is_root())
                told_all_ = true;
            else
                told_objects_.insert(*path.object());
        }
        discovered_oscore_ = discovered->tells_of(model::object::oscore);
        for (const model::DiscoveredLink& link : discovered->links) {
            if (!link.path.instance()) continue;
            const Instance instance(*link.path.object(), *link.path.instance());
            held_[instance.first].insert(instance.second);
            if (const auto server = server_of(link)) {
                told_of_a_server_.insert(instance);
                servers_[instance] = *server;
            }
        }
        for (const ObjectId object : {model::object::security, model::object::oscore})
            for (const InstanceId id : of(object))
                if (!told_of_a_server(object, id)) account_[object].insert(id);
    }
    at_first_ = held_;
    if (account == nullptr) return;
    for (const model::Path& path : *account) {
        if (!path.instance()) continue;
        has_whole_account_ = has_whole_account_ || path.object() == model::object::security;
        account_[*path.object()].insert(*path.instance());
        held_[*path.object()].insert(*path.instance());
    }
}

bool Holdings::knows(ObjectId object) const {
    return told_all_ || told_objects_.contains(object);
}

const Ids& Holdings::of(ObjectId object) const {
    return find(held_, object);
}

bool Holdings::holds(ObjectId object, InstanceId id) const {
    return of(object).contains(id);
}

Ids Holdings::taken(ObjectId object) const {
    Ids ids = of(object);
    const Ids& more = account(object);
    ids.insert(more.begin(), more.end());
    if ((object == cose || object == mqtt) && !has_whole_account_) {
        const Ids& first = find(at_first_, object);
        ids.insert(first.begin(), first.end());
    }
    return ids;
}

bool Holdings::knows_account(ObjectId object) const {
    if (has_whole_account_ || !may_have_account(object)) return true;
    return object == model::object::security ? !account(object).empty() : discovered_oscore_;
}

const Ids& Holdings::account(ObjectId object) const {
    return find(account_, object);
}

bool Holdings::may_be_account(ObjectId object, InstanceId id) const {
    return account(object).contains(id);
}

bool Holdings::told_of_a_server(ObjectId object, InstanceId id) const {
    return told_of_a_server_.contains({object, id});
}

std::optional<std::int64_t> Holdings::short_server_id(ObjectId object, InstanceId id) const {
    const auto found = servers_.find({object, id});
    return found == servers_.end() ? std::nullopt : std::optional(found->second);
}

Ids Holdings::of_server(ObjectId object, std::int64_t server) const {
    Ids ids;
    for (const InstanceId id : of(object))
        if (!may_be_account(object, id) && short_server_id(object, id) == server) ids.insert(id);
    return ids;
}

bool Holdings::knows_servers(ObjectId object) const {
    return knows(object) && knows_account(object) &&
           std::ranges::all_of(of(object), [&](InstanceId id) {
               return may_be_account(object, id) || short_server_id(object, id);
           });
}

void Holdings::remove(const model::Path& path) {
    const auto stays = [&](const Instance& instance) {
        const auto& [object, id] = instance;
        if (path.object() && *path.object() != object) return true;
        if (path.instance() && *path.instance() != id) return true;
        return may_be_account(object, id) || (object == model::object::device && id == 0);
    };
    for (auto& each : held_)
        std::erase_if(each.second, [&](InstanceId id) { return !stays({each.first, id}); });
    std::erase_if(servers_, [&](const auto& each) { return !stays(each.first); });
    std::erase_if(given_, [&](const Instance& each) { return !stays(each); });
    if (path.is_root())
        told_all_ = true;
    else if (!path.instance())
        told_objects_.insert(*path.object());
}

void Holdings::put(ObjectId object, InstanceId id, std::optional<std::int64_t> server) {
    held_[object].insert(id);
    if (!server) return;
    servers_[{object, id}] = *server;
    given_.emplace(object, id);
}

bool Holdings::was_given(ObjectId object, InstanceId id) const {
    return given_.contains({object, id});
}

}  // namespace provisioning
