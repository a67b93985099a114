#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/provisioning/reading.h"

// A corpus of profiles with one fault each: where it is told, how, and what makes it right.
//   expectations.json: {"001-name-missing": {"pointer", "message", "remedy", "correction"}, …}
// The correction is a JSON Patch (RFC 6902), absent where the file is no JSON or no object.
namespace provisioning {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Reading;

const std::filesystem::path folder = SOURCE_FOLDER "/tests/provisioning/wrong_profiles";

// Some of the corpus' certificates have expired by then, some are not valid yet.
constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'790'000'000)};

nlohmann::json expectations() {
    document::Problems problems;
    return document::read_file(folder / "expectations.json", problems)
        .value_or(nlohmann::json::object());
}

Reading<Profile> read(const nlohmann::json& json) {
    Reading<Profile> reading;
    reading.value = parse_profile(document::Node(json, "p.json", "", reading.problems), "p.json",
                                  model::Definitions::built_in(), now);
    return reading;
}

TEST(WrongProfiles, AreEachExpected) {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().stem() != "expectations") files.insert(entry.path().stem().string());
    std::set<std::string> expected;
    const nlohmann::json all = expectations();
    for (const auto& [name, each] : all.items()) expected.insert(name);
    EXPECT_EQ(files, expected);
    EXPECT_GE(files.size(), 60U);
}

TEST(WrongProfiles, AreToldOnceAtTheRightPlaceWithARemedy) {
    const nlohmann::json all = expectations();
    for (const auto& [name, expected] : all.items()) {
        Reading<Profile> reading;
        if (const auto json = document::read_file(folder / (name + ".json"), reading.problems))
            reading = read(*json);
        EXPECT_FALSE(reading.value) << name;
        ASSERT_EQ(reading.problems.size(), 1U) << name << "\n" << reading.told();
        const document::Problem& told = reading.problems[0];
        EXPECT_EQ(told.pointer, expected.at("pointer")) << name;
        EXPECT_EQ(told.message, expected.at("message")) << name;
        EXPECT_EQ(told.remedy, expected.at("remedy")) << name;
        // What the keys of the corpus begin with, whatever is wrong with them.
        EXPECT_THAT(reading.told(), Not(HasSubstr("5ec5e"))) << name;
        EXPECT_THAT(reading.told(), Not(HasSubstr("s3cr3t"))) << name;
    }
}

TEST(WrongProfiles, AreOtherwiseRight) {
    const nlohmann::json all = expectations();
    for (const auto& [name, expected] : all.items()) {
        if (!expected.contains("correction")) continue;
        document::Problems problems;
        const auto json = document::read_file(folder / (name + ".json"), problems);
        ASSERT_TRUE(json) << name;
        const auto reading = read(json->patch(expected.at("correction")));
        EXPECT_TRUE(reading.value) << name << "\n" << reading.told();
    }
}

}  // namespace
}  // namespace provisioning
