#include <algorithm>

#include "provisioning/profile_parts.h"
#include "provisioning/resource_value.h"

namespace provisioning {
namespace {

using document::Node;

std::string id_text(model::ResourceId id) {
    return std::to_string(id);
}

// A Resource that only a later version of the Object has.
template <class Key>
bool is_too_new(const Node& value, const Key& resource, const Basis& basis, const Draft& draft) {
    const model::ObjectDefinition& mine = *draft.planned.definition;
    for (const auto& later : basis.definitions->versions(draft.planned.object)) {
        const auto* definition = later->find(resource);
        if (definition == nullptr || later->version <= mine.version) continue;
        const std::string which = "Resource " + id_text(definition->id) + " came with ";
        if (later->since > basis.enabler)
            value.problem(which + "LwM2M " + std::string(model::to_string(later->since)) +
                              ", but the profile's enabler is " +
                              std::string(model::to_string(basis.enabler)),
                          "remove it, or write a later \"enabler\"");
        else
            value.problem(which + "version " + later->version.to_string() + " of " + later->name +
                              ", but the instance is of " + mine.version.to_string(),
                          "remove it, or write a later \"version\"");
        return true;
    }
    return false;
}

void read_into(const Node& value, const model::ResourceDefinition* definition,
               model::ResourceId resource, Draft& draft) {
    if (draft.has(resource) || draft.told.contains(resource)) {
        value.problem(
            "is Resource " + id_text(resource) + ", which " + draft.place(resource) + " is already",
            "keep one of them");
        return;
    }
    draft.places[resource] = value.pointer();
    if (auto read = read_resource_value(value, definition))
        draft.planned.resources.emplace(resource, std::move(*read));
    else
        draft.told.insert(resource);
}

void no_such_resource(const Node& value, std::string_view key,
                      const model::ObjectDefinition& object) {
    std::vector<std::string_view> names;
    for (const model::ResourceDefinition& each : object.resources) names.push_back(each.name);
    const auto near = document::nearest(key, names);
    value.problem("is no Resource of " + object.name + " " + object.version.to_string(),
                  near.empty() ? "write the id or the name that the registry has for it"
                               : "did you mean \"" + std::string(near) + "\"?");
}

std::optional<model::ResourceId> resource_id(std::string_view key) {
    const auto path = model::Path::from("/0/0/" + std::string(key));
    return path && path->resource() ? path->resource() : std::nullopt;
}

}  // namespace

const std::string& Draft::place(model::ResourceId resource) const {
    const auto found = places.find(resource);
    return found == places.end() ? planned.pointer : found->second;
}

const TemplateSingle* Draft::value(model::ResourceId resource) const {
    const auto found = planned.resources.find(resource);
    return found == planned.resources.end() ? nullptr : std::get_if<TemplateSingle>(&found->second);
}

void read_resource_into(const Node& value, model::ResourceId resource, const Basis& basis,
                        Draft& draft) {
    const model::ObjectDefinition* const object = draft.planned.definition.get();
    const auto* definition = object != nullptr ? object->find(resource) : nullptr;
    if (object == nullptr || definition != nullptr)
        return read_into(value, definition, resource, draft);
    draft.places[resource] = value.pointer();
    draft.told.insert(resource);
    if (!is_too_new(value, resource, basis, draft))
        no_such_resource(value, id_text(resource), *object);
}

void read_defined_resource(const Node& node, std::string_view key, model::ResourceId resource,
                           const Basis& basis, Draft& draft) {
    const auto value = node.member(key);
    if (!value) {
        // Where it would be, should it turn out to be missing.
        draft.places[resource] = node.pointer() + "/" + document::escape_token(key);
        return;
    }
    read_resource_into(*value, resource, basis, draft);
}

void read_resources(const Node& node, std::initializer_list<std::string_view> passed_over,
                    const Basis& basis, Draft& draft) {
    if (!node.object()) return;
    const model::ObjectDefinition* const object = draft.planned.definition.get();
    for (const std::string& key : node.keys()) {
        if (std::find(passed_over.begin(), passed_over.end(), key) != passed_over.end()) continue;
        const Node value = *node.member(key);
        if (const auto id = resource_id(key)) {
            read_resource_into(value, *id, basis, draft);
            continue;
        }
        if (object == nullptr) {
            value.problem("is no id of a Resource",
                          "Resources of this Object are named by their ids, from 0 to 65534");
            continue;
        }
        if (const auto* definition = object->find(std::string_view(key)))
            read_into(value, definition, definition->id, draft);
        else if (!is_too_new(value, std::string_view(key), basis, draft))
            no_such_resource(value, key, *object);
    }
}

}  // namespace provisioning
