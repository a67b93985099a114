#include <array>

#include "provisioning/profile_parts.h"

namespace provisioning {
namespace {

using document::Node;
namespace security = model::security;
namespace server = model::server;

constexpr std::int64_t default_lifetime = 86400;

Draft draft_of(model::ObjectId object, const Node& node, std::string_view id_key,
               const Basis& basis) {
    Draft draft;
    draft.planned.object = object;
    draft.planned.definition = basis.definitions->find(object, basis.enabler);
    draft.planned.pointer = node.pointer();
    draft.instance_place = node.pointer() + "/" + std::string(id_key);
    if (const auto id = node.member(id_key))
        if (const auto number = id->integer(0, 65534))
            draft.planned.instance = static_cast<model::InstanceId>(*number);
    return draft;
}

void set(Draft& draft, model::ResourceId resource, model::Single value) {
    draft.planned.resources.emplace(resource, TemplateSingle(std::move(value)));
}

// A mandatory Resource that was left out gets what nearly everybody would have written.
void set_if_left_out(Draft& draft, model::ResourceId resource, model::Single value) {
    if (!draft.told.contains(resource) && !draft.has(resource))
        set(draft, resource, std::move(value));
}

void read_server(const Node& entry, const Basis& basis, std::vector<Draft>& drafts) {
    if (!entry.object({"shortServerId", "uri", "security", "lifetime", "binding",
                       "notificationStoring", "defaultMinimumPeriod", "defaultMaximumPeriod",
                       "disableTimeout", "registrationPriority", "bootstrapOnRegistrationFailure",
                       "securityInstance", "serverInstance", "resources", "securityResources",
                       "keyShare"}))
        return;
    Draft account = draft_of(model::object::security, entry, "securityInstance", basis);
    const auto of_security = [&](std::string_view key, model::ResourceId resource) {
        read_defined_resource(entry, key, resource, basis, account);
    };
    of_security("uri", security::server_uri);
    set(account, security::bootstrap_server, false);
    read_security(entry, basis, account);
    of_security("shortServerId", security::short_server_id);
    read_key_share(entry, account);
    if (const auto more = entry.member("securityResources"))
        read_resources(*more, {}, basis, account);

    Draft server = draft_of(model::object::server, entry, "serverInstance", basis);
    const auto of_server = [&](std::string_view key, model::ResourceId resource) {
        read_defined_resource(entry, key, resource, basis, server);
    };
    // Already read, with its problems told, as the Security Instance's.
    server.places[server::short_server_id] = entry.pointer() + "/shortServerId";
    if (const auto* id = account.literal<std::int64_t>(security::short_server_id))
        set(server, server::short_server_id, *id);
    else
        server.told.insert(server::short_server_id);
    of_server("lifetime", server::lifetime);
    of_server("defaultMinimumPeriod", server::default_minimum_period);
    of_server("defaultMaximumPeriod", server::default_maximum_period);
    of_server("disableTimeout", server::disable_timeout);
    of_server("notificationStoring", server::notification_storing);
    of_server("binding", server::binding);
    of_server("registrationPriority", server::registration_priority);
    of_server("bootstrapOnRegistrationFailure", server::bootstrap_on_registration_failure);
    if (const auto more = entry.member("resources")) read_resources(*more, {}, basis, server);
    // LwM2M Core appendix E.2: a device without one of these refuses the Finish.
    set_if_left_out(server, server::lifetime, default_lifetime);
    set_if_left_out(server, server::notification_storing, true);
    set_if_left_out(server, server::binding, std::string("U"));

    drafts.push_back(std::move(account));
    drafts.push_back(std::move(server));
}

// {"101": ["read", "write"]}: Resource Instances by Short Server ID, each the sum of its rights.
void read_acl(const Node& entry, Draft& draft) {
    constexpr std::array<std::string_view, 5> rights = {"read", "write", "execute", "delete",
                                                        "create"};  // bits 1, 2, 4, 8, 16
    const auto acl = entry.member("acl");
    if (!acl || !acl->object()) return;
    std::map<std::uint16_t, TemplateSingle> entries;
    for (const std::string& key : acl->keys()) {
        const Node list = *acl->member(key);
        const auto id = model::Path::from("/0/" + key);
        const bool is_id = id && id->instance() && !id->resource();
        if (!is_id)
            list.problem("is no Short Server ID",
                         "write one from 1 to 65534, or \"0\" for every other server");
        if (!list.array()) continue;
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < list.size(); ++i)
            if (const auto index = list.element(i).choice(rights)) sum |= std::int64_t{1} << *index;
        if (is_id) entries.emplace(*id->instance(), model::Single(sum));
    }
    draft.places[model::access_control::acl] = acl->pointer();
    if (!entries.empty())
        draft.planned.resources.emplace(model::access_control::acl, std::move(entries));
}

}  // namespace

void read_servers(const Node& root, const Basis& basis, std::vector<Draft>& drafts) {
    const auto list = root.member("servers");
    if (!list || !list->array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) read_server(list->element(i), basis, drafts);
}

void read_access_control(const Node& root, const Basis& basis, std::vector<Draft>& drafts) {
    const auto list = root.member("accessControl");
    if (!list || !list->array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Node entry = list->element(i);
        if (!entry.object({"object", "instance", "owner", "acl", "accessControlInstance"}))
            continue;
        Draft draft =
            draft_of(model::object::access_control, entry, "accessControlInstance", basis);
        using namespace model::access_control;
        read_defined_resource(entry, "object", object_id, basis, draft);
        read_defined_resource(entry, "instance", object_instance_id, basis, draft);
        read_defined_resource(entry, "owner", owner, basis, draft);
        read_acl(entry, draft);
        drafts.push_back(std::move(draft));
    }
}

}  // namespace provisioning
