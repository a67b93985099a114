#include "provisioning/model/objects.h"

#include <set>

#include <gtest/gtest.h>

namespace model {
namespace {

TEST(ObjectTables, HaveEveryResourceOfTheRegistryOnce) {
    // OMA registry: object 0 version 1.2 has 31 Resources, 1 version 1.2 has 28, 2 has 4.
    struct Case {
        ObjectId object;
        std::size_t count, mandatory;
    };
    for (const Case& each : {Case{0, 31, 6}, Case{1, 28, 5}, Case{2, 4, 3}}) {
        const ObjectDefinition* object = find_object(each.object);
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
    EXPECT_EQ(find_object(3), nullptr);
}

TEST(ObjectTables, KnowWhichEnablerHadAResourceFirst) {
    // 1.0 ends with /0/x/12 and /1/x/8; 1.1 with /0/x/17 and /1/x/23.
    const auto* security = find_object(object::security);
    EXPECT_EQ(security->find(ResourceId{12})->since, 0);
    EXPECT_EQ(security->find(ResourceId{13})->since, 1);
    EXPECT_EQ(security->find(ResourceId{17})->since, 1);
    EXPECT_EQ(security->find(ResourceId{18})->since, 2);
    const auto* server = find_object(object::server);
    EXPECT_EQ(server->find(ResourceId{8})->since, 0);
    EXPECT_EQ(server->find(ResourceId{9})->since, 1);
    EXPECT_EQ(server->find(ResourceId{23})->since, 1);
    EXPECT_EQ(server->find(ResourceId{24})->since, 2);
}

TEST(ObjectTables, FindResourcesByTheRegistrysNamesWhateverTheirSpaces) {
    const auto* security = find_object(object::security);
    EXPECT_EQ(security->find("LWM2M  Server URI")->id, 0);  // as the registry's XML has it
    EXPECT_EQ(security->find("lwm2m server uri")->id, 0);
    EXPECT_EQ(security->find("Short Server ID")->id, 10);
    EXPECT_EQ(security->find("Short Server"), nullptr);
    EXPECT_EQ(security->find(""), nullptr);
    EXPECT_EQ(security->find(ResourceId{31}), nullptr);
}

TEST(ObjectTables, CallKeysSensitive) {
    std::set<ResourceId> sensitive;
    for (const auto& resource : find_object(object::security)->resources)
        if (resource.sensitive) sensitive.insert(resource.id);
    EXPECT_EQ(sensitive, (std::set<ResourceId>{5, 8}));
}

}  // namespace
}  // namespace model
