#include <array>

#include "provisioning/profile_parts.h"

namespace provisioning {
namespace {

using document::Node;

constexpr std::string_view version_key = "version";
constexpr std::string_view query_key = "objectVersion";

std::string list_of(const std::vector<model::Definitions::Pointer>& versions) {
    std::string list;
    for (const auto& each : versions)
        list += (list.empty() ? "\"" : ", \"") + each->version.to_string() + "\"";
    return list;
}

std::string enabler_of(const Basis& basis) {
    return "the profile's enabler is " + std::string(model::to_string(basis.enabler));
}

// The definition of a version that is written down; of an Object that is not known any will do.
void choose_version(const Node& node, const Basis& basis, PlannedInstance& planned) {
    const auto text = node.text();
    if (!text) return;
    const auto version = model::ObjectVersion::from(*text);
    if (!version) return node.problem("is no version of an Object", "write one as in \"1.1\"");
    planned.object_version = version->to_string();
    const auto known = basis.definitions->versions(planned.object);
    if (known.empty()) return;
    planned.definition = basis.definitions->find(planned.object, *version);
    if (!planned.definition)
        node.problem("is no known version of Object " + std::to_string(planned.object),
                     "write one of " + list_of(known) +
                         ", or add the definition of this one to the folder \"objects\" of the "
                         "settings");
    else if (planned.definition->since > basis.enabler)
        node.problem("came with LwM2M " + std::string(model::to_string(planned.definition->since)) +
                         ", but " + enabler_of(basis),
                     "write an earlier version, or a later \"enabler\"");
}

void choose_newest(const Node& node, const Basis& basis, PlannedInstance& planned) {
    planned.definition = basis.definitions->find(planned.object, basis.enabler);
    const auto known = basis.definitions->versions(planned.object);
    // Without a definition its Resources would be read as they stand, keys as plain text.
    if (!planned.definition && !known.empty())
        node.problem("is of Object " + std::to_string(planned.object) + ", which came with LwM2M " +
                         std::string(model::to_string(known.front()->since)) + ", but " +
                         enabler_of(basis),
                     "remove it, or write a later \"enabler\"");
}

void read_version_in_query(const Node& node, PlannedInstance& planned) {
    constexpr std::array<std::string_view, 1> words = {"query"};
    const auto member = node.member(query_key);
    if (!member || !member->choice(words)) return;
    planned.version_in_query = true;
    if (!node.member(version_key))
        member->problem("asks for a version that is not there", "write the instance's \"version\"");
}

Draft draft_at(const Node& node, model::ObjectId object,
               std::optional<model::InstanceId> instance) {
    Draft draft;
    draft.planned.object = object;
    draft.planned.instance = instance;
    draft.planned.pointer = node.pointer();
    draft.instance_place = node.pointer();
    return draft;
}

}  // namespace

Draft read_instance(const Node& node, model::ObjectId object,
                    std::optional<model::InstanceId> instance, const Basis& basis) {
    const std::size_t before = node.problem_count();
    Draft draft = draft_at(node, object, instance);
    if (node.object()) {
        if (const auto version = node.member(version_key))
            choose_version(*version, basis, draft.planned);
        else
            choose_newest(node, basis, draft.planned);
    }
    draft.unreadable = node.problem_count() != before;
    if (draft.unreadable) return draft;
    if (draft.planned.definition)
        for (const model::ResourceDefinition& resource : draft.planned.definition->resources)
            draft.places[resource.id] = node.pointer() + "/" + std::to_string(resource.id);
    read_version_in_query(node, draft.planned);
    read_resources(node, {version_key, query_key}, basis, draft);
    return draft;
}

Draft read_resource(const Node& node, const model::Path& path, const Basis& basis) {
    const std::size_t before = node.problem_count();
    Draft draft = draft_at(node, path.object().value_or(0), path.instance());
    draft.partial = true;
    choose_newest(node, basis, draft.planned);
    draft.unreadable = node.problem_count() != before;
    if (!draft.unreadable) read_resource_into(node, path.resource().value_or(0), basis, draft);
    return draft;
}

}  // namespace provisioning
