#include "server/lwm2m/content_builder.h"

#include <utility>
#include <variant>

#include "server/lwm2m/typed_value.h"

namespace lwm2m {

ContentBuilder::ContentBuilder(const model::Path& path, const TypeOf& type_of)
    : base_(path), type_of_(type_of) {}

std::optional<KnownType> ContentBuilder::type_of(const NodePath& path) const {
    if (!type_of_ || path.size() < 3) return std::nullopt;
    return type_of_(path[0], path[2]);
}

std::optional<PayloadErrc> ContentBuilder::check(const NodePath& path) const {
    if (!path.starts_with(base_) || path.size() < 3) return PayloadErrc::wrong_path;
    return std::nullopt;
}

std::optional<PayloadErrc> ContentBuilder::add(const NodePath& path, model::Single looks) {
    if (const auto wrong = check(path)) return wrong;
    const auto known = type_of(path);
    if (!known) return put(path, std::move(looks));
    auto value = as_type(std::move(looks), known->type);
    if (!value) return PayloadErrc::wrong_type;
    return put(path, std::move(*value));
}

std::optional<PayloadErrc> ContentBuilder::put(const NodePath& path, model::Single value) {
    if (const auto wrong = check(path)) return wrong;
    if (path.size() == 4) return put_instance(path, std::move(value));
    const bool is_new = objects_[path[0]][path[1]].try_emplace(path[2], std::move(value)).second;
    if (!is_new) return PayloadErrc::malformed;
    return std::nullopt;
}

std::optional<PayloadErrc> ContentBuilder::put_instance(const NodePath& path, model::Single value) {
    auto& resources = objects_[path[0]][path[1]];
    const auto at = resources.try_emplace(path[2], model::Multiple{}).first;
    auto* const instances = std::get_if<model::Multiple>(&at->second);
    if (instances == nullptr) return PayloadErrc::malformed;
    if (!instances->try_emplace(path[3], std::move(value)).second) return PayloadErrc::malformed;
    return std::nullopt;
}

std::optional<PayloadErrc> ContentBuilder::put_empty(const NodePath& path) {
    if (path.size() == 0) return std::nullopt;
    if (!path.starts_with(base_) && !base_.starts_with(path)) return PayloadErrc::wrong_path;
    // What is above the base is there anyhow; below a Resource Instance nothing is.
    if (path.size() < base_.size()) return std::nullopt;
    if (path.size() > 3) return PayloadErrc::malformed;
    auto& instances = objects_[path[0]];
    if (path.size() == 1) return std::nullopt;
    auto& resources = instances[path[1]];
    if (path.size() == 2) return std::nullopt;
    const auto at = resources.try_emplace(path[2], model::Multiple{}).first;
    if (!std::holds_alternative<model::Multiple>(at->second)) return PayloadErrc::malformed;
    return std::nullopt;
}

boost::system::result<Content, PayloadErrc> ContentBuilder::finish() && {
    if (base_.size() == 0) return Content(std::move(objects_));
    auto& instances = objects_[base_[0]];
    if (base_.size() == 1) return Content(std::move(instances));
    auto& resources = instances[base_[1]];
    if (base_.size() == 2) return Content(std::move(resources));
    const auto at = resources.find(base_[2]);
    if (at != resources.end()) return Content(std::move(at->second));
    const auto known = type_of(base_);
    if (known && known->multiple) return Content(model::Value(model::Multiple{}));
    return PayloadErrc::malformed;
}

}  // namespace lwm2m
