#pragma once

#include <map>
#include <variant>

#include "server/lwm2m/node_path.h"
#include "server/lwm2m/payload.h"

// Every value of a Content with its path, for the formats that are lists of records.
namespace lwm2m {

template <class Visit>  // Visit(const NodePath&, const model::Single&)
void for_each_value(const NodePath& path, const model::Value& value, const Visit& visit) {
    if (const auto* single = std::get_if<model::Single>(&value)) {
        visit(path, *single);
        return;
    }
    for (const auto& [id, single] : std::get<model::Multiple>(value)) {
        NodePath below = path;
        below.append(id);
        visit(below, single);
    }
}

template <class Id, class Node, class Visit>
void for_each_value(const NodePath& path, const std::map<Id, Node>& nodes, const Visit& visit) {
    for (const auto& [id, node] : nodes) {
        NodePath below = path;
        below.append(id);
        for_each_value(below, node, visit);
    }
}

template <class Visit>
void for_each_value(const model::Path& path, const Content& content, const Visit& visit) {
    std::visit([&](const auto& held) { for_each_value(NodePath(path), held, visit); }, content);
}

// Whether there is something in it that holds no value, which a list of records cannot say; but
// the whole of it may be empty.
bool has_empty_parts(const Content& content);

// Whether it is what a payload at the path holds.
bool belongs_to(const model::Path& path, const Content& content);

}  // namespace lwm2m
