#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/planning.h"

// "4.06 … Typical causes with Anjay: no URI; no Short Server ID on a non-BS account; mode left out;
// empty PSK key; coap/coaps against the security mode; two BS accounts; /1 without resources 0, 1,
// 6 or 7."
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using namespace testing;

model::Single text(std::string_view what) {
    return std::string(what);
}
model::Single number(std::int64_t what) {
    return what;
}
model::Single octets(std::string_view what) {
    return model::Opaque{wire::Bytes(what.begin(), what.end())};
}
model::Single secret(std::string_view what) {
    return model::Secret(wire::as_bytes(what));
}

Operation write(std::string_view path, Content content) {
    return {OperationKind::write, *model::Path::from(path), {}, std::move(content), {}};
}
Operation erase(std::string_view path) {
    return {OperationKind::delete_, *model::Path::from(path), {}, {}, {}};
}

model::Resources security_of(std::int64_t server) {
    return {{0, text("coaps://h")}, {1, model::Single(false)}, {2, number(0)},
            {3, octets("i")},       {5, secret("k")},          {10, number(server)}};
}
model::Resources server_of(std::int64_t server) {
    return {{0, number(server)}, {1, number(60)}, {6, model::Single(true)}, {7, text("U")}};
}

std::vector<Operation> account_of(const model::Resources& security,
                                  const model::Resources& server) {
    return {erase("/"), write("/0/1", security), write("/1/0", server), {}};
}

const model::Discovered bare = told({link("/0/0"), link("/3/0")});

TEST(Review, FindsNothingInAWholeAccount) {
    EXPECT_THAT(review(account_of(security_of(1), server_of(1)), &bare), ElementsAre());
    EXPECT_THAT(review(account_of(security_of(1), server_of(1)), nullptr), ElementsAre());
}

TEST(Review, NamesWhatAnAccountLacks) {
    const auto without = [](model::Resources resources, model::ResourceId resource) {
        resources.erase(resource);
        return resources;
    };
    const auto with = [](model::Resources resources, model::ResourceId resource,
                         model::Value value) {
        resources[resource] = std::move(value);
        return resources;
    };
    const model::Resources security = security_of(1), server = server_of(1);
    struct Case {
        model::Resources security, server;
        std::vector<std::string> findings;
    };
    const std::vector<Case> cases = {
        {without(security, 0), server, {"/0/1 was written without its Resource 0."}},
        {without(security, 2), server, {"/0/1 was written without its Resource 2."}},
        {without(security, 10),
         server,
         {"/0/1 was written without its Resource 10.",
          "/1/0 is for Short Server ID 1, for which the plan writes no Security Instance (/0)."}},
        {with(security, 5, secret("")),
         server,
         {"/0/1/5 is empty, which the Security Mode in /0/1/2 needs."}},
        {without(security, 3),
         server,
         {"/0/1/3 is missing, which the Security Mode in /0/1/2 needs."}},
        {with(security, 2, number(2)),
         server,
         {"/0/1/4 is missing, which the Security Mode in /0/1/2 needs."}},
        {with(security, 0, text("coap://h")),
         server,
         {"/0/1/0 is a coap URI, but the security mode has keys."}},
        {with(security, 1, model::Single(true)),
         server,
         {"/0/1 was written as a second Bootstrap-Server account."}},
        {security, without(server, 1), {"/1/0 was written without its Resource 1."}},
        {security,
         without(without(without(server, 1), 6), 7),
         {"/1/0 was written without its Resources 1, 6 and 7."}},
        {security,
         with(server, 0, number(2)),
         {"/0/1 is for Short Server ID 1, for which there is no Server Instance (/1).",
          "/1/0 is for Short Server ID 2, for which there is no Security Instance (/0)."}},
        {with(security, 17, model::Single(model::ObjectLink{21, 3})),
         server,
         {"/0/1/17 links to /21/3, which the device does not hold."}},
        {with(security, 17, model::Single(model::ObjectLink{65535, 65535})), server, {}},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(review(account_of(each.security, each.server), &bare), each.findings);
    }
}

TEST(Review, SeesWhatTheDeviceHeldAlready) {
    const model::Discovered device =
        told({link("/0/0"), link("/0/1", 7), link("/1/0", 7), link("/0/4", 8)});
    EXPECT_THAT(review({write("/1/5", server_of(7)), {}}, &device),
                UnorderedElementsAre(
                    "/0/4 is for Short Server ID 8, for which there is no Server Instance (/1).",
                    "/1/0 is for Short Server ID 7, and so is /1/5."));
    // A part of an instance that is there lacks nothing; of one that is not, the rest.
    const model::Discovered whole = told({link("/0/0"), link("/0/1", 7), link("/1/0", 7)});
    EXPECT_THAT(review({write("/1/0/1", model::Value(number(5))), {}}, &whole), ElementsAre());
    EXPECT_THAT(review({write("/1/3/1", model::Value(number(5))), {}}, &whole),
                ElementsAre("/1/3 was written without its Resources 0, 6 and 7."));
}

TEST(Review, FollowsTheOperationsInTheirOrder) {
    EXPECT_THAT(review({write("/1/0", server_of(1)), erase("/"), {}}, &bare),
                ElementsAre("The device holds no Server Instance (/1), and so has no LwM2M "
                            "Server."));
    // Across a refused Finish and its corrections.
    auto operations = account_of(security_of(1), {{0, number(1)}});
    operations.push_back(write("/1", model::Instances{{0, server_of(1)}}));
    operations.emplace_back();
    EXPECT_THAT(review(operations, &bare), ElementsAre());
}

TEST(Review, KnowsWhatADeleteLeaves) {
    auto security = security_of(1);
    security[17] = model::Single(model::ObjectLink{21, 2});
    security[26] = model::Single(model::ObjectLink{3, 0});
    const model::Discovered device = told({link("/0/0"), link("/21/2"), link("/3/0")});
    EXPECT_THAT(review(account_of(security, server_of(1)), &device), ElementsAre());
    const model::Discovered of_a_server = told({link("/0/0"), link("/21/2", 5), link("/3/0")});
    EXPECT_THAT(review(account_of(security, server_of(1)), &of_a_server),
                ElementsAre("/0/1/17 links to /21/2, which the device does not hold."));
}

TEST(Review, SaysWhatThePlanLeavesToADeviceThatToldNothing) {
    EXPECT_THAT(review({write("/0/1", security_of(1)), {}}, nullptr),
                ElementsAre("/0/1 is for Short Server ID 1, for which the plan writes no Server "
                            "Instance (/1)."));
    const model::Discovered security_only = told({link("/0/0")}, {model::Path(0)});
    EXPECT_THAT(
        review({write("/1/0", server_of(1)), {}}, &security_only),
        ElementsAre("/1/0 is for Short Server ID 1, for which there is no Security Instance "
                    "(/0)."));
}

TEST(Review, NeverShowsAValue) {
    auto security = security_of(1);
    security[0] = text("s3cr3t://h");
    security[3] = octets("s3cr3t");
    security[5] = secret("s3cr3t");
    security.erase(10);
    for (const std::string& finding : review(account_of(security, {}), &bare))
        EXPECT_EQ(finding.find("s3cr3t"), std::string::npos) << finding;
}

}  // namespace
}  // namespace provisioning
