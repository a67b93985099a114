#include "provisioning/profile_parts.h"
#include "provisioning/resource_value.h"

namespace provisioning {
namespace {

using document::Node;

// instance-key = "/" object "/" ( instance / "{" label "}" )
// label        = ALPHA *31( ALPHA / DIGIT / "_" / "-" )
struct InstanceKey {
    model::ObjectId object = 0;
    std::optional<model::InstanceId> instance;
    std::string label;
};

std::optional<InstanceKey> parse_key(std::string_view key) {
    const auto open = key.find("/{");
    if (open == std::string_view::npos || !key.ends_with('}')) {
        const auto path = model::Path::from(key);
        if (!path || !path->instance() || path->resource()) return std::nullopt;
        return InstanceKey{*path->object(), path->instance(), {}};
    }
    const auto object = model::Path::from(key.substr(0, open));
    const std::string_view label = key.substr(open + 2, key.size() - open - 3);
    if (!object || !object->object() || object->instance() || !is_label(label)) return std::nullopt;
    return InstanceKey{*object->object(), std::nullopt, std::string(label)};
}

}  // namespace

void read_objects(const Node& root, const Basis& basis, std::vector<Draft>& drafts) {
    const auto objects = root.member("objects");
    if (!objects || !objects->object()) return;
    for (const std::string& key : objects->keys()) {
        const Node node = *objects->member(key);
        const auto parsed = parse_key(key);
        if (!parsed) {
            node.problem("is not the path of an Object Instance",
                         "write one as in \"/11/0\", or \"/11/{apn}\" for an id that is chosen");
            continue;
        }
        if (!node.is_object()) {
            (void)node.object();
            continue;
        }
        Draft draft = read_instance(node, parsed->object, parsed->instance, basis);
        draft.planned.label = parsed->label;
        drafts.push_back(std::move(draft));
    }
}

}  // namespace provisioning
