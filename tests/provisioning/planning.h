#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "provisioning/plan.h"
#include "tests/provisioning/reading.h"

// Plans of profiles written as JSON texts, and what becomes of them as lines.
namespace provisioning::testing {

class FixedRandom : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = 0x5a;
    }
};

// Never the same twice.
class CountingRandom : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = ++count_;
    }

  private:
    std::uint8_t count_ = 0;
};

inline model::DiscoveredLink link(std::string_view path, std::optional<std::uint16_t> server = {},
                                  std::optional<std::string> version = {}) {
    return {*model::Path::from(path), server, {}, std::move(version)};
}

// What a Discover "/" told, or one of the paths given.
inline model::Discovered told(std::vector<model::DiscoveredLink> links,
                              std::vector<model::Path> covers = {model::Path()}) {
    return {"1.1", std::move(links), std::move(covers)};
}

inline std::vector<model::Path> account(std::initializer_list<std::string_view> paths) {
    std::vector<model::Path> list;
    for (const std::string_view path : paths) list.push_back(*model::Path::from(path));
    return list;
}

inline Device some_device() {
    return *read_device(R"({"endpoint": "urn:dev:1", "profile": "p",
                            "credentials": {"nosec": true},
                            "variables": {"host": "a.example", "key": "0011"}})")
                .value;
}

inline Profile profile_of(std::string_view text) {
    auto reading = read_profile(text);
    EXPECT_TRUE(reading.value) << reading.told();
    return reading.value ? std::move(*reading.value) : Profile();
}

inline PlanResult plan_of(const Profile& profile, const model::Discovered* discovered,
                          const std::vector<model::Path>* account = nullptr) {
    FixedRandom random;
    return make_plan(profile, some_device(), {discovered, account}, random);
}

// "DELETE /", "WRITE /0/1", …
inline std::string step(const Operation& operation) {
    const std::string path = operation.path.to_string();
    switch (operation.kind) {
        case OperationKind::discover:
            return "DISCOVER " + path;
        case OperationKind::delete_:
            return "DELETE " + path;
        case OperationKind::write:
            return "WRITE " + path;
        case OperationKind::read:
            return "READ " + path;
        case OperationKind::finish:
            return "FINISH";
    }
    return "";
}

inline std::vector<std::string> steps(const std::vector<Operation>& operations) {
    std::vector<std::string> list;
    for (const Operation& operation : operations) list.push_back(step(operation));
    return list;
}

// The steps, or the reason why not.
inline std::vector<std::string> steps(const PlanResult& result) {
    if (const auto* impossible = std::get_if<PlanImpossible>(&result)) return {impossible->reason};
    return steps(std::get<Plan>(result).operations);
}

inline std::string why_not(const PlanResult& result) {
    const auto* impossible = std::get_if<PlanImpossible>(&result);
    EXPECT_NE(impossible, nullptr) << "it is possible";
    return impossible != nullptr ? impossible->reason : "";
}

inline const model::Single& value_at(const model::Resources& resources,
                                     model::ResourceId resource) {
    return std::get<model::Single>(resources.at(resource));
}

// A Resource of a Write of one instance.
inline const model::Single& written(const PlanResult& result, std::size_t step,
                                    model::ResourceId resource) {
    return value_at(std::get<model::Resources>(std::get<Plan>(result).operations.at(step).content),
                    resource);
}

}  // namespace provisioning::testing
