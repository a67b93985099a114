#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "config/settings.h"
#include "provisioning/catalog.h"
#include "tests/provisioning/planning.h"

// The samples that the daemon ships with: each loads, and each profile makes a plan.
namespace provisioning {
namespace {

using namespace testing;

std::string all_of(const document::Problems& problems) {
    std::string all;
    for (const auto& problem : problems) all += document::to_string(problem) + "\n";
    return all;
}

class Samples : public ::testing::Test {
  protected:
    void SetUp() override {
        document::Problems problems;
        const auto settings = config::load_settings(SOURCE_FOLDER "/config/sample.json", problems);
        ASSERT_TRUE(settings) << all_of(problems);
        catalog_ =
            load_catalog(settings->provisioning.profiles, settings->provisioning.devices, problems);
        ASSERT_TRUE(catalog_) << all_of(problems);
        for (const auto& file : std::filesystem::directory_iterator(settings->provisioning.devices))
            add_devices_of(file.path());
    }

    void add_devices_of(const std::filesystem::path& file) {
        document::Problems problems;
        const auto json = document::read_file(file, problems);
        ASSERT_TRUE(json);
        for (const auto& each : json->is_array() ? *json : nlohmann::json::array({*json})) {
            const auto found = catalog_->find_by_endpoint(each.at("endpoint").get<std::string>());
            ASSERT_TRUE(found);
            by_profile_.emplace(found->profile->name, *found);
        }
    }

    std::shared_ptr<const Catalog> catalog_;
    std::map<std::string, Assignment> by_profile_;  // a device of each
};

TEST_F(Samples, OfProfilesEachMakeAPlanForASampleDevice) {
    // Leshan's and Anjay's demo devices have their account in /0/0 and a Device Object; this one
    // has been bootstrapped before.
    const model::Discovered device = told({link("/0/0"), link("/0/1", 101), link("/1/0", 101),
                                           link("/3/0"), link("/9001", {}, "1.1")});
    const std::map<std::string, std::vector<std::string>> expected = {
        {"nosec-demo", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "FINISH"}},
        {"water-meter", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /11/0", "FINISH"}},
        {"two-servers",
         {"DELETE /", "WRITE /0/1", "WRITE /0/2", "WRITE /1/0", "WRITE /1/1", "WRITE /2/0",
          "WRITE /2/1", "FINISH"}},
        {"partial-update", {"WRITE /1/0/1", "FINISH"}},
        {"explicit-operations",
         {"READ /1", "DELETE /0", "DELETE /1", "WRITE /0/1", "WRITE /1/0", "WRITE /9001/0",
          "WRITE /9001", "WRITE /9001/0/2", "READ /1", "FINISH"}},
        {"pack-1.2", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /11/0", "FINISH"}},
        {"oscore", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /21/0", "FINISH"}},
        {"through-server", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "FINISH"}},
        {"certificates", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "FINISH"}},
        {"raw-public-key", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "FINISH"}},
        {"senml", {"DELETE /", "WRITE /0/1", "WRITE /1/0", "WRITE /2/0", "FINISH"}},
    };
    FixedRandom random;
    EXPECT_EQ(by_profile_.size(), catalog_->profile_count()) << "a profile without a device";
    for (const auto& [name, assignment] : by_profile_) {
        const auto& [who, profile] = assignment;
        const PlanResult result = make_plan(*profile, *who, {&device, nullptr}, random);
        ASSERT_TRUE(expected.contains(name)) << name;
        EXPECT_EQ(steps(result), expected.at(name)) << name;
        if (const auto* plan = std::get_if<Plan>(&result)) {
            EXPECT_EQ(review(plan->operations, &device), std::vector<std::string>()) << name;
        }
    }
}

TEST_F(Samples, OfProfilesWithAPackMakeOne) {
    const auto acc = account({"/0/1"});
    FixedRandom random;
    std::vector<std::string> with_pack;
    for (const auto& [name, assignment] : by_profile_) {
        if (!assignment.profile->pack) continue;
        with_pack.push_back(name);
        const auto pack =
            make_pack(*assignment.profile, *assignment.device, {nullptr, &acc}, random);
        ASSERT_TRUE(std::holds_alternative<model::Objects>(pack)) << name;
        EXPECT_TRUE(std::get<model::Objects>(pack).at(0).contains(0)) << name;
        EXPECT_FALSE(std::get<model::Objects>(pack).at(0).contains(1)) << name;
    }
    EXPECT_EQ(with_pack, std::vector<std::string>{"pack-1.2"});
}

}  // namespace
}  // namespace provisioning
