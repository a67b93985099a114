#include "provisioning/model/definitions.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace model {
namespace {

TEST(Definitions, HaveEveryResourceOfTheRegistryOnce) {
    // OMA registry: object 0 version 1.2 has 31 Resources, 1 version 1.2 has 28, 2 has 4.
    struct Case {
        ObjectId object;
        std::size_t count, mandatory;
    };
    const auto definitions = Definitions::built_in();
    for (const Case& each : {Case{0, 31, 6}, Case{1, 28, 5}, Case{2, 4, 3}}) {
        const auto object = definitions.find(each.object, Enabler::v1_2);
        ASSERT_NE(object, nullptr);
        EXPECT_EQ(object->id, each.object);
        ASSERT_EQ(object->resources.size(), each.count);
        std::size_t mandatory = 0;
        for (std::size_t i = 0; i < each.count; ++i) {
            EXPECT_EQ(object->resources[i].id, i);
            EXPECT_EQ(object->find(object->resources[i].name), &object->resources[i]);
            EXPECT_LE(object->resources[i].lowest, object->resources[i].highest);
            if (object->resources[i].mandatory) ++mandatory;
        }
        EXPECT_EQ(mandatory, each.mandatory);
    }
}

TEST(Definitions, KnowWhichEnablerHadAResourceFirst) {
    // 1.0 ends with /0/x/12 and /1/x/8; 1.1 with /0/x/17 and /1/x/23.
    const auto definitions = Definitions::built_in();
    const auto has = [&](ObjectId object, Enabler enabler, ResourceId resource) {
        return definitions.find(object, enabler)->find(resource) != nullptr;
    };
    EXPECT_TRUE(has(0, Enabler::v1_0, 12));
    EXPECT_FALSE(has(0, Enabler::v1_0, 13));
    EXPECT_TRUE(has(0, Enabler::v1_1, 17));
    EXPECT_FALSE(has(0, Enabler::v1_1, 18));
    EXPECT_TRUE(has(1, Enabler::v1_0, 8));
    EXPECT_FALSE(has(1, Enabler::v1_0, 9));
    EXPECT_TRUE(has(1, Enabler::v1_1, 23));
    EXPECT_FALSE(has(1, Enabler::v1_1, 24));
}

TEST(Definitions, FindResourcesByTheRegistrysNamesWhateverTheirSpaces) {
    const auto security = Definitions::built_in().find(0, Enabler::v1_0);
    EXPECT_EQ(security->find("LWM2M  Server URI")->id, 0);  // as the registry's XML has it
    EXPECT_EQ(security->find("lwm2m server uri")->id, 0);
    EXPECT_EQ(security->find("Short Server ID")->id, 10);
    EXPECT_EQ(security->find("Short Server"), nullptr);
    EXPECT_EQ(security->find(""), nullptr);
    EXPECT_EQ(security->find(ResourceId{31}), nullptr);
}

TEST(Definitions, CallKeysAndPasswordsSensitive) {
    const std::map<ObjectId, std::set<ResourceId>> expected = {
        {0, {5, 8}}, {9, {15}}, {11, {6}}, {12, {17, 18, 21, 22, 23, 24, 25, 28}},
        {16, {2}},   {21, {0}}, {23, {2}}, {24, {8}}};
    const auto definitions = Definitions::built_in();
    for (ObjectId id = 0; id < 100; ++id)
        for (const auto& object : definitions.versions(id)) {
            std::set<ResourceId> sensitive;
            for (const auto& resource : object->resources)
                if (resource.sensitive) sensitive.insert(resource.id);
            const auto found = expected.find(id);
            EXPECT_EQ(sensitive, found != expected.end() ? found->second : std::set<ResourceId>())
                << object->name;
        }
}

TEST(Definitions, ComeInEveryPublishedVersion) {
    // OMA registry, files of the Objects 0 to 28 (there are no 17 and 18).
    const std::map<ObjectId, std::vector<std::string>> published = {
        {0, {"1.0", "1.1", "1.2"}},
        {1, {"1.0", "1.1", "1.2"}},
        {2, {"1.0", "1.1"}},
        {3, {"1.0", "1.1", "1.2"}},
        {4, {"1.0", "1.1", "1.2", "1.3"}},
        {5, {"1.0", "1.1", "1.2"}},
        {6, {"1.0"}},
        {7, {"1.0"}},
        {8, {"1.0"}},
        {9, {"1.0"}},
        {10, {"1.0", "1.1"}},
        {11, {"1.0", "1.1"}},
        {12, {"1.0", "1.1"}},
        {13, {"1.0", "1.1"}},
        {14, {"1.0"}},
        {15, {"1.0", "2.0"}},
        {16, {"1.0"}},
        {19, {"1.0"}},
        {20, {"1.0", "2.0", "2.1"}},
        {21, {"1.0", "1.1", "2.0"}},
        {22, {"1.0", "1.1"}},
        {23, {"1.0"}},
        {24, {"1.0"}},
        {25, {"1.0", "2.0"}},
        {26, {"1.0"}},
        {27, {"1.0"}},
        {28, {"1.0"}}};
    const auto definitions = Definitions::built_in();
    for (ObjectId id = 0; id < 100; ++id) {
        std::vector<std::string> versions;
        for (const auto& each : definitions.versions(id))
            versions.push_back(each->version.to_string());
        const auto expected = published.find(id);
        EXPECT_EQ(versions,
                  expected != published.end() ? expected->second : std::vector<std::string>())
            << id;
    }
}

TEST(Definitions, HaveNoResourceTwiceAndNoRangeUpsideDown) {
    const auto definitions = Definitions::built_in();
    for (ObjectId id = 0; id < 100; ++id)
        for (const auto& object : definitions.versions(id)) {
            std::set<ResourceId> ids;
            for (const ResourceDefinition& each : object->resources) {
                const auto which = object->name + " " + object->version.to_string() + " " +
                                   std::to_string(each.id);
                EXPECT_TRUE(ids.insert(each.id).second) << which;
                EXPECT_LE(each.lowest, each.highest) << which;
                EXPECT_GE(each.step, 1) << which;
                EXPECT_FALSE(each.name.empty()) << which;
                EXPECT_EQ(object->find(std::string_view(each.name)), &each) << which;
            }
        }
}

TEST(Definitions, ChangeWithTheVersionWhereTheRegistryDoes) {
    const auto definitions = Definitions::built_in();
    // OSCORE: text at first, octets since 2.0; the ID Context came with 1.1.
    const auto oscore = [&](ObjectVersion version) {
        return definitions.find(object::oscore, version);
    };
    EXPECT_EQ(oscore({1, 0})->find(ResourceId{0})->type, ResourceType::text);
    EXPECT_EQ(oscore({1, 1})->find(ResourceId{0})->type, ResourceType::text);
    EXPECT_EQ(oscore({2, 0})->find(ResourceId{0})->type, ResourceType::opaque);
    EXPECT_EQ(oscore({1, 0})->find(ResourceId{6}), nullptr);
    EXPECT_EQ(oscore({1, 1})->find(ResourceId{6})->type, ResourceType::text);
    // Event Log: one instance at first, several since 2.0.
    EXPECT_FALSE(definitions.find(20, ObjectVersion{1, 0})->multiple);
    EXPECT_TRUE(definitions.find(20, ObjectVersion{2, 0})->multiple);
    // Cellular Connectivity 1.1 has no "Serving PLMN Rate control" any more.
    EXPECT_NE(definitions.find(10, ObjectVersion{1, 0})->find(ResourceId{6}), nullptr);
    EXPECT_EQ(definitions.find(10, ObjectVersion{1, 1})->find(ResourceId{6}), nullptr);
}

TEST(Definitions, AreTheNewestThatTheEnablerAllows) {
    const auto definitions = Definitions::built_in();
    const auto version = [&](ObjectId id, Enabler enabler) {
        const auto found = definitions.find(id, enabler);
        return found ? found->version.to_string() : std::string("none");
    };
    EXPECT_EQ(version(11, Enabler::v1_0), "1.0");
    EXPECT_EQ(version(11, Enabler::v1_1), "1.1");
    EXPECT_EQ(version(21, Enabler::v1_0), "none");
    EXPECT_EQ(version(21, Enabler::v1_1), "2.0");
    EXPECT_EQ(version(23, Enabler::v1_1), "none");
    EXPECT_EQ(version(24, Enabler::v1_2), "1.0");
    EXPECT_EQ(version(20, Enabler::v1_0), "2.0");
    EXPECT_EQ(version(20, Enabler::v1_1), "2.1");
    EXPECT_EQ(version(3442, Enabler::v1_2), "none");
}

TEST(Definitions, KeepSecretWhatWasSecretWhenTheyAreReplaced) {
    auto definitions = Definitions::built_in();
    ObjectDefinition own;
    own.id = 11;
    own.version = {1, 1};
    own.name = "Mine";
    own.resources = {{6, "Secret", ResourceType::text}, {7, "Other", ResourceType::text}};
    definitions.add(own);
    own.version = {7, 0};
    definitions.add(own);
    for (const ObjectVersion version : {ObjectVersion{1, 1}, ObjectVersion{7, 0}}) {
        const auto found = definitions.find(11, version);
        EXPECT_EQ(found->name, "Mine");
        EXPECT_TRUE(found->find(ResourceId{6})->sensitive);
        EXPECT_FALSE(found->find(ResourceId{7})->sensitive);
    }
}

}  // namespace
}  // namespace model
