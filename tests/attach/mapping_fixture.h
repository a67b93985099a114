#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/attach/mapping.h"

namespace attach {

struct MappedBody {
    std::optional<Mapping::Mapped> mapped;
    std::set<std::string> pointers;  // where there is a problem

    std::size_t size() const { return mapped ? mapped->events.size() : 0; }
    Event event(std::size_t i = 0) const {
        EXPECT_LT(i, size());
        return i < size() ? mapped->events[i] : Event{};
    }
};

inline MappedBody map_body(const std::shared_ptr<const Mapping>& mapping, const std::string& text) {
    MappedBody result;
    document::Problems problems;
    const auto json = document::parse(text, "body", problems);
    EXPECT_TRUE(json) << text;
    EXPECT_TRUE(mapping);
    if (!json || !mapping) return result;
    result.mapped = mapping->map(*json, problems);
    for (const auto& problem : problems) result.pointers.insert(problem.pointer);
    EXPECT_EQ(result.mapped.has_value(), problems.empty()) << text;
    return result;
}

}  // namespace attach
