#include "server/lwm2m/content_values.h"

#include <algorithm>

namespace lwm2m {
namespace {

bool is_hollow(const model::Value& value) {
    const auto* instances = std::get_if<model::Multiple>(&value);
    return instances != nullptr && instances->empty();
}

template <class Id, class Node>
bool is_hollow(const std::map<Id, Node>& nodes) {
    return nodes.empty() ||
           std::ranges::any_of(nodes, [](const auto& entry) { return is_hollow(entry.second); });
}

struct HasEmptyParts {
    bool operator()(const model::Value&) const { return false; }
    template <class Id, class Node>
    bool operator()(const std::map<Id, Node>& nodes) const {
        return !nodes.empty() && is_hollow(nodes);
    }
};

}  // namespace

bool has_empty_parts(const Content& content) {
    return std::visit(HasEmptyParts{}, content);
}

bool belongs_to(const model::Path& path, const Content& content) {
    if (path.resource()) return std::holds_alternative<model::Value>(content);
    if (path.instance()) return std::holds_alternative<model::Resources>(content);
    if (path.object()) return std::holds_alternative<model::Instances>(content);
    return std::holds_alternative<model::Objects>(content);
}

}  // namespace lwm2m
