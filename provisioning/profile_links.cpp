#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "provisioning/profile_checks.h"

namespace provisioning {
namespace {

using document::Node;

// What an Object Link of the accounts is for, LwM2M Core appendix E.1, E.2.
struct Purpose {
    model::ObjectId object;
    model::ResourceId resource;
    model::ObjectId target;
};
constexpr model::ObjectId apn_connection_profile = 11;
constexpr model::ObjectId cose = 23;
constexpr model::ObjectId mqtt_server = 24;
constexpr std::array<Purpose, 5> purposes = {{{model::object::security, 17, model::object::oscore},
                                              {model::object::security, 26, mqtt_server},
                                              {model::object::security, 27, cose},
                                              {model::object::server, 10, apn_connection_profile},
                                              {model::object::server, 24, apn_connection_profile}}};

std::optional<model::ObjectId> target_of(model::ObjectId object, model::ResourceId resource) {
    const auto found = std::ranges::find_if(purposes, [&](const Purpose& each) {
        return each.object == object && each.resource == resource;
    });
    return found == purposes.end() ? std::nullopt : std::optional(found->target);
}

// Keys of an account, which nobody but the bootstrap brings.
bool is_of_the_accounts(model::ObjectId object) {
    return object == model::object::oscore || object == cose || object == mqtt_server;
}

using Visit = std::function<void(const TemplateSingle&, const std::string& place)>;

void visit_values(const Draft& draft, model::ResourceId resource, const TemplateValue& value,
                  const Visit& visit) {
    const std::string& place = draft.place(resource);
    if (const auto* single = std::get_if<TemplateSingle>(&value)) return visit(*single, place);
    for (const auto& [id, each] : std::get<std::map<std::uint16_t, TemplateSingle>>(value))
        visit(each, place + "/" + std::to_string(id));
}

// The instances that the profile brings.
class Known {
  public:
    explicit Known(const std::vector<Draft>& drafts) {
        for (const Draft& draft : drafts) {
            const PlannedInstance& planned = draft.planned;
            if (draft.partial) continue;
            if (planned.instance) ids_.emplace(planned.object, *planned.instance);
            if (!planned.label.empty()) labels_.emplace(planned.object, planned.label);
        }
    }
    bool has(const LabelledLink& link) const { return labels_.contains({link.object, link.label}); }
    bool has(const model::ObjectLink& link) const {
        return ids_.contains({link.object, link.instance});
    }

  private:
    std::set<std::pair<model::ObjectId, model::InstanceId>> ids_;
    std::set<std::pair<model::ObjectId, std::string>> labels_;
};

std::string path_of(const model::ObjectLink& link) {
    return "/" + std::to_string(link.object) + "/" + std::to_string(link.instance);
}
std::string path_of(const LabelledLink& link) {
    return "/" + std::to_string(link.object) + "/{" + link.label + "}";
}

template <class Link>
void check_link(const Node& root, const Link& link, bool must_be_there,
                std::optional<model::ObjectId> target, const Known& known,
                const std::string& place) {
    if (target && link.object != *target)
        root.problem_elsewhere(place,
                               "links to Object " + std::to_string(link.object) +
                                   ", but is for one of Object " + std::to_string(*target),
                               "write a link as in \"" + std::to_string(*target) + ":0\"");
    else if (must_be_there && !known.has(link))
        root.problem_elsewhere(place,
                               "links to " + path_of(link) + ", which the profile does not have",
                               "add \"" + path_of(link) + "\" to \"objects\", or correct the link");
}

void check_value(const Node& root, const Ground& ground, const TemplateSingle& value,
                 std::optional<model::ObjectId> target, const Known& known,
                 const std::string& place) {
    if (const auto* labelled = std::get_if<LabelledLink>(&value))
        return check_link(root, *labelled, true, target, known, place);
    const auto* literal = std::get_if<model::Single>(&value);
    const auto* link = literal != nullptr ? std::get_if<model::ObjectLink>(literal) : nullptr;
    constexpr model::InstanceId nothing = 65535;
    if (link == nullptr || link->instance == nothing) return;
    const bool must_be_there = is_of_the_accounts(link->object) && ground.is_cleared(link->object);
    check_link(root, *link, must_be_there, target, known, place);
}

// One Access Control Instance of each Object Instance.
void check_twins(const Node& root, const std::vector<Draft>& drafts) {
    using namespace model::access_control;
    std::map<std::pair<std::int64_t, std::int64_t>, const Draft*> found;
    for (const Draft& draft : drafts) {
        if (draft.planned.object != model::object::access_control || draft.partial) continue;
        const auto* object = draft.literal<std::int64_t>(object_id);
        const auto* instance = draft.literal<std::int64_t>(object_instance_id);
        if (object == nullptr || instance == nullptr) continue;
        const auto [twin, is_new] = found.emplace(std::pair(*object, *instance), &draft);
        const bool is_itself = draft.by_operation && draft.planned.instance &&
                               draft.planned.instance == twin->second->planned.instance;
        if (!is_new && !is_itself)
            root.problem_elsewhere(draft.planned.pointer,
                                   "is about the same instance as " + twin->second->planned.pointer,
                                   "join the two");
    }
}

// The Short Server IDs of the profile's servers; nothing where they are not known for sure: some
// may be on the device, or are still to be put right.
std::optional<std::set<std::int64_t>> servers_of(const Node& root, const Ground& ground,
                                                 const std::vector<Draft>& drafts) {
    if (!ground.is_cleared(model::object::server) || has_broken_accounts(drafts))
        return std::nullopt;
    if (const auto list = root.member("servers")) {
        if (!list->is_array()) return std::nullopt;
        for (std::size_t i = 0; i < list->size(); ++i)
            if (!list->element(i).is_object()) return std::nullopt;
    }
    std::set<std::int64_t> ids;
    for (const Draft& draft : drafts)
        if (draft.planned.object == model::object::server && !draft.partial)
            if (const auto* id = draft.literal<std::int64_t>(model::server::short_server_id))
                ids.insert(*id);
    return ids;
}

void check_owners(const Node& root, const std::set<std::int64_t>& servers, const Draft& draft) {
    using namespace model::access_control;
    constexpr std::int64_t nobody = 65535;  // appendix E.3: of the bootstrap alone
    constexpr std::int64_t default_entry = 0;
    const std::string remedy = "write the \"shortServerId\" of one of the servers";
    const auto* written = draft.literal<std::int64_t>(owner);
    if (written != nullptr && *written != nobody && !servers.contains(*written))
        root.problem_elsewhere(draft.place(owner), "is no server of the profile",
                               remedy + ", or 65535 for none");
    const auto found = draft.planned.resources.find(acl);
    if (found == draft.planned.resources.end()) return;
    if (const auto* entries = std::get_if<std::map<std::uint16_t, TemplateSingle>>(&found->second))
        for (const auto& [id, rights] : *entries)
            if (id != default_entry && !servers.contains(id))
                root.problem_elsewhere(draft.place(acl) + "/" + std::to_string(id),
                                       "is no server of the profile",
                                       remedy + ", or \"0\" for every other server");
}

}  // namespace

void check_access_control(const Node& root, const Ground& ground,
                          const std::vector<Draft>& drafts) {
    check_twins(root, drafts);
    const auto servers = servers_of(root, ground, drafts);
    if (!servers) return;
    for (const Draft& draft : drafts)
        if (draft.planned.object == model::object::access_control && !draft.unreadable)
            check_owners(root, *servers, draft);
}

void check_links(const Node& root, const Ground& ground, const std::vector<Draft>& drafts) {
    const Known known(drafts);
    for (const Draft& draft : drafts)
        for (const auto& [resource, value] : draft.planned.resources) {
            const auto target = target_of(draft.planned.object, resource);
            visit_values(draft, resource, value,
                         [&](const TemplateSingle& each, const std::string& place) {
                             check_value(root, ground, each, target, known, place);
                         });
        }
}

}  // namespace provisioning
