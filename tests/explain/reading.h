#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/explain/plan.h"
#include "tests/support/seeded_random.h"

// Plans from the JSON that an operator writes.
namespace explain::testing {

inline std::shared_ptr<const provisioning::Catalog> catalog_of(std::string_view profile,
                                                               std::string_view device) {
    document::Problems problems;
    std::vector<provisioning::Profile> profiles;
    std::vector<provisioning::Device> devices;
    const auto profile_json = document::parse(profile, "p.json", problems);
    const auto device_json = document::parse(device, "d.json", problems);
    if (profile_json)
        if (auto read = provisioning::parse_profile(
                document::Node(*profile_json, "p.json", "", problems), "p.json"))
            profiles.push_back(std::move(*read));
    if (device_json)
        if (auto read = provisioning::parse_device(
                document::Node(*device_json, "d.json", "", problems), "d.json"))
            devices.push_back(std::move(*read));
    auto catalog = provisioning::Catalog::from(std::move(profiles), std::move(devices), problems);
    for (const auto& problem : problems) ADD_FAILURE() << document::to_string(problem);
    return catalog;
}

// The answer as JSON; null where there is none.
inline nlohmann::json plan_of(const provisioning::Catalog& catalog, const Assumed& assumed = {},
                              const std::string& endpoint = "meter-1") {
    support::SeededRandom random(1);
    const auto answer = explain::answer({"meter", endpoint, assumed}, catalog, random);
    if (const auto* plan = std::get_if<ShownPlan>(&answer))
        return nlohmann::json::parse(plan->json);
    if (const auto* no = std::get_if<Impossible>(&answer)) ADD_FAILURE() << no->reason;
    return nullptr;
}

}  // namespace explain::testing
