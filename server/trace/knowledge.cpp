#include "server/trace/knowledge.h"

#include <algorithm>
#include <variant>

namespace trace {
namespace {

bool is_secret(const provisioning::TemplateSingle& value) {
    if (const auto* made = std::get_if<provisioning::Template>(&value)) return made->is_secret;
    const auto* literal = std::get_if<model::Single>(&value);
    return literal != nullptr && std::holds_alternative<model::Secret>(*literal);
}

bool is_secret(const provisioning::TemplateValue& value) {
    if (const auto* single = std::get_if<provisioning::TemplateSingle>(&value))
        return is_secret(*single);
    const auto& several = std::get<std::map<std::uint16_t, provisioning::TemplateSingle>>(value);
    return std::ranges::any_of(several, [](const auto& one) { return is_secret(one.second); });
}

}  // namespace

Knowledge::Knowledge(const provisioning::ProfileSet& profiles, const Knowledge* before)
    : definitions_(profiles.definitions()) {
    if (before != nullptr) marked_ = before->marked_;
    for (const auto& [name, entry] : profiles.all())
        for (const provisioning::PlannedInstance& instance : entry.profile->instances)
            for (const auto& [resource, value] : instance.resources)
                if (is_secret(value)) marked_.emplace(instance.object, resource);
}

Knowledge::Knowledge(std::shared_ptr<const model::Definitions> definitions)
    : definitions_(std::move(definitions)) {}

bool Knowledge::may_show(model::ObjectId object, model::ResourceId resource) const {
    if (marked_.contains({object, resource})) return false;
    bool is_known = false;
    for (const auto& version : definitions_->versions(object)) {
        const auto* found = version->find(resource);
        if (found == nullptr) continue;
        if (found->sensitive) return false;
        is_known = true;
    }
    return is_known;
}

}  // namespace trace
