#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "provisioning/device.h"
#include "provisioning/profile.h"

// Profiles and devices from JSON texts, with what was told of them.
namespace provisioning::testing {

template <class T>
struct Reading {
    std::optional<T> value;
    document::Problems problems;

    std::vector<std::string> pointers() const {
        std::vector<std::string> result;
        for (const auto& problem : problems) result.push_back(problem.pointer);
        return result;
    }
    std::string told() const {
        std::string all;
        for (const auto& problem : problems) all += document::to_string(problem) + "\n";
        return all;
    }
};

inline Reading<Profile> read_profile(std::string_view text) {
    Reading<Profile> reading;
    if (const auto json = document::parse(text, "p.json", reading.problems))
        reading.value =
            parse_profile(document::Node(*json, "p.json", "", reading.problems), "p.json");
    return reading;
}

inline Reading<Device> read_device(std::string_view text) {
    Reading<Device> reading;
    if (const auto json = document::parse(text, "d.json", reading.problems))
        reading.value =
            parse_device(document::Node(*json, "d.json", "", reading.problems), "d.json");
    return reading;
}

// A document that is right, changed at one place: {"/servers/0/uri", "\"x\""}; an empty text
// removes the place.
inline std::string changed(std::string_view document, std::string_view pointer,
                           std::string_view value) {
    auto json = nlohmann::json::parse(document);
    if (pointer.empty()) return json.dump();
    if (value.empty())
        json = json.patch({{{"op", "remove"}, {"path", pointer}}});
    else
        json[nlohmann::json::json_pointer(std::string(pointer))] = nlohmann::json::parse(value);
    return json.dump();
}

}  // namespace provisioning::testing
