#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "provisioning/catalog.h"
#include "provisioning/plan.h"

// What a session would send to a device, without sending it.
namespace explain {

// What is taken for granted of a device that nobody has asked.
struct Assumed {
    // The instances of its Bootstrap-Server account; without it /0/0 for a profile that begins
    // with Discover, and nothing for one that does not. Where nobody discovers, the account is
    // what the device names in its request (`acc`).
    std::optional<std::vector<model::Path>> account;
    // What it asks for in `pct`, and in a Bootstrap-Pack-Request's Accept.
    std::optional<model::ContentFormat> content_format;
};

// "/0/1" or "/0/1,/21/0": Object Instances, the first one of Security. Nothing for other texts.
std::optional<std::vector<model::Path>> account_from(std::string_view text);
// A format that a Write of whole instances may have, by word or number.
std::optional<model::ContentFormat> session_format_from(std::string_view text);
std::string session_format_names();

struct PlanQuestion {
    std::string profile;
    std::string endpoint;
    Assumed assumed;
};
struct ShownPlan {
    std::string json;  // an object, see plan.cpp
};
struct Unknown {  // no such profile, no such device
    std::string reason;
};
struct Impossible {  // what a session would end with as plan_impossible
    std::string reason;
};
using PlanAnswer = std::variant<ShownPlan, Unknown, Impossible>;

// The device need not be one of that profile.
PlanAnswer answer(const PlanQuestion&, const provisioning::Catalog&, wire::Random&);
// The same for a profile and a device at hand.
PlanAnswer answer(const provisioning::Profile&, const provisioning::Device&, const Assumed&,
                  wire::Random&);

// What answer() gave, for people. Nothing when it is not of that form.
std::optional<std::string> plan_text(std::string_view json);

// {"name", "file", "enabler", "contentFormat", "operations", "instances", "pack",
//  "warnings": [ "…" ]}, the last where there are any
nlohmann::ordered_json summary_of(const provisioning::Profile&);

}  // namespace explain
