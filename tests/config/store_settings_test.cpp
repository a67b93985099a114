#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/settings.h"

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::optional<Settings> read(const std::string& store, document::Problems& problems) {
    return parse_settings(R"({"listen": {"coap": ["127.0.0.1:5683"]}, "store": )" + store + "}",
                          "s.json", "/etc/b", problems);
}

TEST(StoreSettings, AreTakenFromTheFilesFolder) {
    document::Problems problems;
    const auto settings = read(R"({"sqlite": "a.db", "masterKey": "keys/new",
        "oldMasterKeys": ["/keys/old", "credential:older"],
        "retention": {"sessions": 5, "sessionsAge": 3600, "refusals": 0}})",
                               problems);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->store.sqlite, "/etc/b/a.db");
    EXPECT_EQ(settings->store.master_key, "/etc/b/keys/new");
    EXPECT_THAT(settings->store.old_master_keys, ElementsAre("/keys/old", "credential:older"));
    EXPECT_EQ(settings->store.retention.sessions, 5U);
    EXPECT_EQ(settings->store.retention.sessions_age, 3600);
    EXPECT_EQ(settings->store.retention.refusals, 0U);
}

TEST(StoreSettings, HaveTheirDatabaseWhereStateIsKept) {
    document::Problems problems;
    const std::string text = R"({"listen": {"coap": ["127.0.0.1:5683"]}})";
    EXPECT_EQ(parse_settings(text, "s.json", "/etc/b", problems)->store.sqlite,
              "/etc/b/lwm2m-bootstrapd.db");
    EXPECT_EQ(parse_settings(text, "s.json", "/etc/b", problems, "/var/lib/b")->store.sqlite,
              "/var/lib/b/lwm2m-bootstrapd.db");
}

TEST(StoreSettings, ArePrintedSoThatTheyAreReadBack) {
    document::Problems problems;
    const auto settings = read(R"({"sqlite": "/a.db", "masterKey": "credential:k",
        "oldMasterKeys": ["/old"], "retention": {"deliveries": 7}})",
                               problems);
    ASSERT_TRUE(settings);
    const auto again = read(store_json(settings->store).dump(), problems);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->store, settings->store);
}

TEST(StoreSettings, TellWhatIsWrongByItsPlace) {
    struct Case {
        std::string store, pointer, message;
    };
    for (const Case& each : std::vector<Case>{
             {R"({"sqlite": null, "masterKey": "k"})", "/store/masterKey", "nothing to protect"},
             {R"({"masterKey": ""})", "/store/masterKey", "is no path"},
             {R"({"oldMasterKeys": ["a", 1]})", "/store/oldMasterKeys/1", "is a whole number"},
             {R"({"retention": {"sessions": 0}})", "/store/retention/sessions", ""},
             {R"({"retention": {"session": 1}})", "/store/retention/session", "not a key"},
         }) {
        document::Problems problems;
        EXPECT_FALSE(read(each.store, problems)) << each.store;
        ASSERT_EQ(problems.size(), 1U) << each.store;
        EXPECT_EQ(problems[0].pointer, each.pointer);
        EXPECT_THAT(problems[0].message, HasSubstr(each.message));
        EXPECT_NE(problems[0].remedy, "");
    }
}

TEST(StoreSettings, NeedARestart) {
    document::Problems problems;
    const auto one = read(R"({"sqlite": "/a.db"})", problems);
    const auto other = read(R"({"sqlite": "/b.db", "masterKey": "/k", "oldMasterKeys": ["/o"],
                                "retention": {"sessions": 1}})",
                            problems);
    EXPECT_THAT(needs_restart(*one, *other),
                ElementsAre("/store/sqlite", "/store/masterKey", "/store/oldMasterKeys",
                            "/store/retention"));
}

}  // namespace
}  // namespace config
