#include <algorithm>
#include <map>
#include <set>

#include "provisioning/profile_checks.h"

namespace provisioning {
namespace {

using document::Node;

bool is_written_again(const Draft& one, const Draft& other) {
    const bool is_same = one.planned.instance ? one.planned.instance == other.planned.instance
                                              : !one.planned.label.empty() &&
                                                    one.planned.label == other.planned.label;
    return other.by_operation && one.planned.object == other.planned.object && is_same;
}

bool has_broken(const std::vector<Draft>& drafts, model::ObjectId object,
                model::ResourceId resource) {
    return std::ranges::any_of(drafts, [&](const Draft& draft) {
        return draft.planned.object == object && !draft.partial &&
               (draft.unreadable || is_bootstrap_account(draft) ||
                draft.literal<std::int64_t>(resource) == nullptr);
    });
}

// The drafts of an Object by their Short Server IDs; one that is there twice is told, once for the
// two instances of an entry of "servers", which share the place.
std::map<std::int64_t, const Draft*> by_short_server_id(const Node& root,
                                                        const std::vector<Draft>& drafts,
                                                        model::ObjectId object,
                                                        model::ResourceId resource,
                                                        std::set<std::string>& told) {
    std::map<std::int64_t, const Draft*> found;
    for (const Draft& draft : drafts) {
        if (draft.planned.object != object || draft.partial || is_bootstrap_account(draft))
            continue;
        const auto* id = draft.literal<std::int64_t>(resource);
        if (id == nullptr) continue;
        const auto [twin, is_new] = found.emplace(*id, &draft);
        if (!is_new && !is_written_again(*twin->second, draft) &&
            told.insert(draft.place(resource)).second)
            root.problem_elsewhere(
                draft.place(resource),
                "is the Short Server ID of " + twin->second->planned.pointer + " already",
                "give every server its own, from 1 to 65534");
    }
    return found;
}

// Devices do not notice when one half of an account is missing, and come back for ever.
void check_halves(const Node& root, const Ground& ground, const std::vector<Draft>& drafts) {
    using model::object::security;
    using model::object::server;
    constexpr auto in_security = model::security::short_server_id;
    constexpr auto in_server = model::server::short_server_id;
    std::set<std::string> told;
    const auto securities = by_short_server_id(root, drafts, security, in_security, told);
    const auto servers = by_short_server_id(root, drafts, server, in_server, told);
    // Without Delete the other half may be on the device already.
    if (!ground.is_cleared(security) || !ground.is_cleared(server) || has_broken_accounts(drafts))
        return;
    for (const auto& [id, draft] : securities)
        if (!servers.contains(id))
            root.problem_elsewhere(
                draft->planned.pointer, "is a Security Instance without its Server Instance",
                "add the instance of /1 whose Resource 0 is " + std::to_string(id));
    for (const auto& [id, draft] : servers)
        if (!securities.contains(id))
            root.problem_elsewhere(
                draft->planned.pointer, "is a Server Instance without its Security Instance",
                "add the instance of /0 whose Resource 10 is " + std::to_string(id));
}

void check_any_server(const Node& root, const Ground& ground, const std::vector<Draft>& drafts) {
    // An explicit list may well take a device's accounts away and do no more.
    if (ground.has_operations() || !ground.is_cleared(model::object::server)) return;
    const bool has_account = std::ranges::any_of(drafts, [](const Draft& draft) {
        return draft.planned.object == model::object::security ||
               draft.planned.object == model::object::server;
    });
    const auto servers = root.member("servers");
    const auto objects = root.member("objects");
    const bool told = (servers && !servers->is_array()) || (objects && !objects->is_object());
    if (!has_account && !told)
        root.problem_at("/servers", "is missing: the device would be left without a LwM2M Server",
                        "add at least one server");
}

}  // namespace

bool is_bootstrap_account(const Draft& draft) {
    const auto* value = draft.literal<bool>(model::security::bootstrap_server);
    return draft.planned.object == model::object::security && value != nullptr && *value;
}

bool has_broken_accounts(const std::vector<Draft>& drafts) {
    return has_broken(drafts, model::object::security, model::security::short_server_id) ||
           has_broken(drafts, model::object::server, model::server::short_server_id);
}

void check_accounts(const Node& root, const Ground& ground, const std::vector<Draft>& drafts) {
    check_halves(root, ground, drafts);
    check_any_server(root, ground, drafts);
}

}  // namespace provisioning
