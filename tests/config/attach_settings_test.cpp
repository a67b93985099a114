#include "config/attach_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Read {
    Attach attach;
    std::vector<std::string> pointers;
};

// The settings of a file with this section alone.
Read read(const std::string& section) {
    Read result;
    document::Problems problems;
    const auto json = document::parse(R"({"attach": )" + section + "}", "s.json", problems);
    EXPECT_TRUE(json) << section;
    if (!json) return result;
    read_attach(document::Node(*json, "s.json", "", problems), "/etc/b", result.attach);
    for (const auto& problem : problems) result.pointers.push_back(problem.pointer);
    return result;
}

constexpr const char* whole = R"({"rate": 100, "concurrency": 50, "strangers": 0,
    "radius": {"listen": ["0.0.0.0:1813", "[::]:1813"],
               "clients": [{"name": "core-1", "address": "192.0.2.0/24",
                            "secretFile": "radius.secret", "requireMessageAuthenticator": true},
                           {"name": "core-2", "address": "2001:db8::1",
                            "secretFile": "credential:core-2"}]},
    "mappings": {"acme": {"imsi": "/imsi", "when": {"/type": ["started"]}}}})";

TEST(AttachSettings, HaveADefaultForAll) {
    const Read result = read("{}");
    EXPECT_THAT(result.pointers, IsEmpty());
    EXPECT_EQ(result.attach.rate, 500U);
    EXPECT_EQ(result.attach.concurrency, 10000U);
    EXPECT_EQ(result.attach.strangers, 10000U);
    EXPECT_THAT(result.attach.radius.listen, IsEmpty());
    EXPECT_FALSE(result.attach.mappings);
}

TEST(AttachSettings, ReadWhatIsWritten) {
    const Read result = read(whole);
    EXPECT_THAT(result.pointers, IsEmpty());
    EXPECT_EQ(result.attach.rate, 100U);
    EXPECT_EQ(result.attach.concurrency, 50U);
    EXPECT_EQ(result.attach.strangers, 0U);
    EXPECT_THAT(result.attach.radius.listen, ElementsAre("0.0.0.0:1813", "[::]:1813"));
    EXPECT_THAT(
        result.attach.radius.clients,
        ElementsAre(Attach::RadiusClient{"core-1", "192.0.2.0/24", "/etc/b/radius.secret", true},
                    Attach::RadiusClient{"core-2", "2001:db8::1", "credential:core-2", false}));
    ASSERT_TRUE(result.attach.mappings);
    EXPECT_EQ(result.attach.mappings->at("acme").at("imsi"), "/imsi");
}

TEST(AttachSettings, ArePrintedSoThatTheyAreReadBack) {
    const Read first = read(whole);
    const auto printed = attach_json(first.attach);
    const Read again = read(printed.dump());
    EXPECT_THAT(again.pointers, IsEmpty());
    EXPECT_EQ(attach_json(again.attach), printed);
    EXPECT_EQ(again.attach.radius, first.attach.radius);
    EXPECT_THAT(read(attach_json(Attach{}).dump()).pointers, IsEmpty());
}

TEST(AttachSettings, NeedGatewaysWhereTheyListenAndTheOtherWayRound) {
    EXPECT_THAT(read(R"({"radius": {"listen": ["0.0.0.0:1813"]}})").pointers,
                ElementsAre("/attach/radius/clients"));
    EXPECT_THAT(read(R"({"radius": {"clients": [{"name": "a", "address": "192.0.2.1",
                                                 "secretFile": "s"}]}})")
                    .pointers,
                ElementsAre("/attach/radius/listen"));
    EXPECT_THAT(read(R"({"radius": {}})").pointers, IsEmpty());
}

TEST(AttachSettings, TellAllProblemsAtOnce) {
    const Read result = read(R"({"rate": 0, "concurrency": "many", "strangers": -1, "speed": 1,
        "radius": {"listen": ["1813", "0.0.0.0:1813", "0.0.0.0:1813"],
                   "clients": [{"name": "a/b", "address": "192.0.2.1/24", "secretFile": "",
                                "secret": "in the clear"},
                               {}, 1]},
        "mappings": {"a b": {}, "c": []}})");
    EXPECT_THAT(
        result.pointers,
        UnorderedElementsAre(
            "/attach/rate", "/attach/concurrency", "/attach/strangers", "/attach/speed",
            "/attach/radius/listen/0", "/attach/radius/listen/2", "/attach/radius/clients/0/secret",
            "/attach/radius/clients/0/name", "/attach/radius/clients/0/address",
            "/attach/radius/clients/0/secretFile", "/attach/radius/clients/1/name",
            "/attach/radius/clients/1/address", "/attach/radius/clients/1/secretFile",
            "/attach/radius/clients/2", "/attach/mappings/a b", "/attach/mappings/c"));
}

TEST(AttachSettings, RefuseClientsThatAreThereTwice) {
    const auto clients = [](const std::string& second) {
        return R"({"radius": {"listen": ["0.0.0.0:1813"], "clients": [
            {"name": "a", "address": "192.0.2.1", "secretFile": "s"}, )" +
               second + "]}}";
    };
    EXPECT_THAT(
        read(clients(R"({"name": "a", "address": "192.0.2.2", "secretFile": "s"})")).pointers,
        ElementsAre("/attach/radius/clients/1/name"));
    EXPECT_THAT(
        read(clients(R"({"name": "b", "address": "192.0.2.1/32", "secretFile": "s"})")).pointers,
        ElementsAre("/attach/radius/clients/1/address"));
}

TEST(AttachSettings, NeedARestartForWhatIsListenedOnAndWhatTheStoreKeeps) {
    const Attach running = read(whole).attach;
    Attach wanted = running;
    wanted.rate = 1;
    wanted.radius.clients.clear();
    wanted.mappings.reset();
    EXPECT_THAT(attach_needs_restart(running, wanted), IsEmpty());
    wanted.radius.listen.pop_back();
    wanted.strangers = 5;
    EXPECT_THAT(attach_needs_restart(running, wanted),
                ElementsAre("/attach/strangers", "/attach/radius/listen"));
}

}  // namespace
}  // namespace config
