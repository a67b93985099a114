#include "provisioning/profile_parts.h"

namespace provisioning {
namespace {

using document::Node;

// A version of an Object, LwM2M Core §7.2.3: "1.1".
bool is_version(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size() || text.size() > 11)
        return false;
    constexpr std::string_view digits = "0123456789";
    return text.substr(0, dot).find_first_not_of(digits) == std::string_view::npos &&
           text.substr(dot + 1).find_first_not_of(digits) == std::string_view::npos;
}

void read_version(const Node& node, PlannedInstance& planned) {
    if (const auto version = node.member("version")) {
        auto text = version->text();
        if (text && !is_version(*text))
            version->problem("is no version of an Object", "write one as in \"1.1\"");
        else
            planned.object_version = std::move(text);
    }
    if (const auto on_the_wire = node.member("objectVersion"))
        on_the_wire->problem("is not available in this version",
                             "remove it; \"version\" compares with what Discover says");
}

}  // namespace

void read_objects(const Node& root, const Basis& basis, std::vector<Draft>& drafts) {
    const auto objects = root.member("objects");
    if (!objects || !objects->object()) return;
    for (const std::string& key : objects->keys()) {
        const Node node = *objects->member(key);
        const auto path = model::Path::from(key);
        if (!path || !path->instance() || path->resource()) {
            node.problem("is not the path of an Object Instance", "write one as in \"/11/0\"");
            continue;
        }
        if (!node.object()) continue;
        Draft draft;
        draft.planned.object = *path->object();
        draft.planned.instance = path->instance();
        draft.planned.pointer = node.pointer();
        draft.instance_place = node.pointer();
        draft.planned.definition = basis.definitions->find(draft.planned.object, basis.enabler);
        if (draft.planned.definition)
            for (const model::ResourceDefinition& resource : draft.planned.definition->resources)
                draft.places[resource.id] = node.pointer() + "/" + std::to_string(resource.id);
        read_version(node, draft.planned);
        read_resources(node, {"version", "objectVersion"}, basis, draft);
        drafts.push_back(std::move(draft));
    }
}

}  // namespace provisioning
