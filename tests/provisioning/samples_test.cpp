#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "config/settings.h"
#include "provisioning/catalog.h"
#include "provisioning/plan.h"
#include "tests/provisioning/reading.h"

// The samples that the daemon ships with: each loads, and each profile makes a plan.
namespace provisioning {
namespace {

class FixedRandom : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = 7;
    }
};

std::string told(const document::Problems& problems) {
    std::string all;
    for (const auto& problem : problems) all += document::to_string(problem) + "\n";
    return all;
}

TEST(Samples, OfSettingsProfilesAndDevicesFitTogether) {
    document::Problems problems;
    const auto settings = config::load_settings(SOURCE_FOLDER "/config/sample.json", problems);
    ASSERT_TRUE(settings) << told(problems);
    const auto catalog =
        load_catalog(settings->provisioning.profiles, settings->provisioning.devices, problems);
    ASSERT_TRUE(catalog) << told(problems);
    EXPECT_GT(catalog->profile_count(), 0U);
    EXPECT_GT(catalog->device_count(), 0U);
}

TEST(Samples, OfProfilesEachMakeAPlanForASampleDevice) {
    document::Problems problems;
    const auto settings = config::load_settings(SOURCE_FOLDER "/config/sample.json", problems);
    ASSERT_TRUE(settings) << told(problems);
    std::map<std::string, Assignment> by_profile;
    const auto catalog =
        load_catalog(settings->provisioning.profiles, settings->provisioning.devices, problems);
    ASSERT_TRUE(catalog) << told(problems);
    for (const auto& entry : std::filesystem::directory_iterator(settings->provisioning.devices)) {
        const auto json = document::read_file(entry.path(), problems);
        ASSERT_TRUE(json);
        for (const auto& each : json->is_array() ? *json : nlohmann::json::array({*json})) {
            const auto found = catalog->find_by_endpoint(each.at("endpoint").get<std::string>());
            ASSERT_TRUE(found);
            by_profile.emplace(found->profile->name, *found);
        }
    }

    // Leshan's and Anjay's demo devices have their account in /0/0 and a Device Object.
    const model::Discovered device{
        "1.1",
        {{*model::Path::from("/0/0"), {}, {}, {}}, {*model::Path::from("/3/0"), {}, {}, {}}}};
    FixedRandom random;
    EXPECT_EQ(by_profile.size(), catalog->profile_count()) << "a profile without a device";
    for (const auto& [name, assignment] : by_profile) {
        const auto result =
            make_plan(*assignment.profile, *assignment.device, {&device, nullptr}, random);
        const auto* impossible = std::get_if<PlanImpossible>(&result);
        ASSERT_EQ(impossible, nullptr) << name << ": " << impossible->reason;
        const auto& operations = std::get<Plan>(result).operations;
        EXPECT_GE(operations.size(), 4U) << name;
        EXPECT_EQ(operations.back().kind, OperationKind::finish) << name;
    }
}

}  // namespace
}  // namespace provisioning
