#include "provisioning/model/definitions.h"

#include <set>

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

TEST(Definitions, CallKeysSensitive) {
    std::set<ResourceId> sensitive;
    for (const auto& resource : Definitions::built_in().find(0, Enabler::v1_2)->resources)
        if (resource.sensitive) sensitive.insert(resource.id);
    EXPECT_EQ(sensitive, (std::set<ResourceId>{5, 8}));
}

}  // namespace
}  // namespace model
