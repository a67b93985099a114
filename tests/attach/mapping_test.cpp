#include "tests/attach/mapping_fixture.h"

namespace attach {
namespace {

std::shared_ptr<const Mapping> mapping(const std::string& text) {
    document::Problems problems;
    const auto json = document::parse(text, "settings", problems);
    EXPECT_TRUE(json) << text;
    if (!json) return nullptr;
    auto made = parse_mapping(document::Node(*json, "settings", "", problems), "own");
    EXPECT_TRUE(made) << (problems.empty() ? text : document::to_string(problems[0]));
    return made;
}

std::set<std::string> problems_of(const std::string& text) {
    document::Problems problems;
    const auto json = document::parse(text, "settings", problems);
    EXPECT_TRUE(json) << text;
    if (!json) return {};
    EXPECT_FALSE(parse_mapping(document::Node(*json, "settings", "", problems), "own")) << text;
    std::set<std::string> pointers;
    for (const auto& problem : problems) {
        EXPECT_FALSE(problem.remedy.empty());
        pointers.insert(problem.pointer);
    }
    return pointers;
}

TEST(Mapping, ReadsEveryFieldWhereItIsSaidToBe) {
    const auto body = map_body(mapping(R"({
        "endpoint": "/ep", "imsi": "/sim/0/imsi", "imei": "/a~1b", "iccid": "/c~0d",
        "msisdn": "/m", "externalId": "/x", "address": "/ip", "port": "/port", "id": "/id",
        "time": "/t", "kind": "/k", "apn": "/apn"})"),
                               R"({"ep": "meter", "sim": [{"imsi": "001010000000001"}],
        "a/b": "358000000000001", "c~d": "8988211000000000001", "m": "882212345678", "x": "x@y",
        "ip": "100.64.0.10", "port": 5684, "id": 17, "t": "2026-05-01T10:00:00Z", "k": "up",
        "apn": "iot", "more": {}})");
    ASSERT_EQ(body.size(), 1U);
    const Event event = body.event();
    EXPECT_EQ(event.source, "own");
    EXPECT_EQ(event.what, Event::Kind::attached);
    EXPECT_EQ(event.endpoint, "meter");
    EXPECT_EQ(event.imsi, "001010000000001");
    EXPECT_EQ(event.imei, "358000000000001");
    EXPECT_EQ(event.iccid, "8988211000000000001");
    EXPECT_EQ(event.msisdn, "882212345678");
    EXPECT_EQ(event.external_id, "x@y");
    EXPECT_EQ(event.address, wire::IpAddress::v4({100, 64, 0, 10}));
    EXPECT_EQ(event.port, 5684);
    EXPECT_EQ(event.id, "17");
    EXPECT_EQ(event.time, "2026-05-01T10:00:00Z");
    EXPECT_EQ(event.kind, "up");
    EXPECT_EQ(event.apn, "iot");
    EXPECT_EQ(mapping(R"({"imsi": "/imsi"})")->success_status(), 202U);
}

TEST(Mapping, FindsReportsDeepInABody) {
    const auto made = mapping(R"({"events": "/a/list", "imsi": "/imsi"})");
    EXPECT_EQ(map_body(made, R"({"a": {"list": [{"imsi": "001010000000001"},
                                                {"imsi": 1010000000002}]}})")
                  .size(),
              2U);
    EXPECT_EQ(map_body(made, R"({"a": {"list": {"imsi": "001010000000001"}}})").size(), 1U);
    EXPECT_EQ(map_body(made, R"({"a": {"list": [{"imsi": "x"}]}})").pointers,
              std::set<std::string>{"/a/list/0/imsi"});
    EXPECT_EQ(map_body(made, R"({"a": {}})").pointers, std::set<std::string>{""});
    EXPECT_EQ(map_body(made, R"({"a": {"list": 1}})").pointers, std::set<std::string>{"/a/list"});
}

TEST(Mapping, TakesAndPassesOverByItsConditions) {
    const auto made = mapping(R"({"when": {"/type": ["up", 3], "/live": [true]},
                                  "detachWhen": {"/type": ["down"]}, "imsi": "/imsi"})");
    const auto report = [](const std::string& type, const std::string& live) {
        return R"({"type": )" + type + R"(, "live": )" + live + R"(, "imsi": "001010000000001"})";
    };
    EXPECT_EQ(map_body(made, report("\"up\"", "true")).event().what, Event::Kind::attached);
    EXPECT_EQ(map_body(made, report("3", "true")).event().what, Event::Kind::attached);
    EXPECT_EQ(map_body(made, report("\"3\"", "true")).event().what, Event::Kind::attached);
    EXPECT_EQ(map_body(made, report("\"down\"", "false")).event().what, Event::Kind::detached);
    for (const auto* type : {"\"other\"", "null", "{}", "4", "\"upper\""})
        EXPECT_EQ(map_body(made, report(type, "true")).mapped->passed_over, 1U) << type;
    EXPECT_EQ(map_body(made, report("\"up\"", "false")).mapped->passed_over, 1U);
    EXPECT_EQ(map_body(made, "{}").mapped->passed_over, 1U);
}

TEST(Mapping, TakesWhatTimesThereAre) {
    const auto made = mapping(R"({"imsi": "/imsi", "time": "/t"})");
    const auto time = [&](const std::string& value) {
        return map_body(made, R"({"imsi": "001010000000001", "t": )" + value + "}").event().time;
    };
    EXPECT_EQ(time("1777629600"), "2026-05-01T10:00:00Z");
    EXPECT_EQ(time("1777629600123"), "2026-05-01T10:00:00Z");
    EXPECT_EQ(time("\"1777629600\""), "2026-05-01T10:00:00Z");
    EXPECT_EQ(time(R"("2026-05-01T10:00:00.000+0000")"), "2026-05-01T10:00:00.000+00:00");
    EXPECT_EQ(time(R"("2026-05-01T10:00:00+02:00")"), "2026-05-01T10:00:00+02:00");
    for (const auto* value : {"\"yesterday\"", "-1", "1.5", "{}", "null", "\"\"", "true"})
        EXPECT_FALSE(time(value)) << value;
}

TEST(Mapping, TakesTextsForPorts) {
    const auto made = mapping(R"({"imsi": "/imsi", "port": "/p"})");
    const auto with = [&](const std::string& value) {
        return map_body(made, R"({"imsi": "001010000000001", "p": )" + value + "}");
    };
    EXPECT_EQ(with("\"5684\"").event().port, 5684);
    EXPECT_FALSE(with("null").event().port);
    for (const auto* value : {"0", "65536", "-1", "\"x\"", "\"5684x\"", "{}", "1.5"})
        EXPECT_EQ(with(value).pointers, std::set<std::string>{"/p"}) << value;
}

TEST(Mapping, BoundsTheReportsOfABody) {
    nlohmann::json body = nlohmann::json::array();
    for (int i = 0; i < 10'001; ++i) body.push_back({{"imsi", "001010000000001"}});
    const auto made = mapping(R"({"imsi": "/imsi"})");
    EXPECT_EQ(map_body(made, body.dump()).pointers, std::set<std::string>{""});
    body.erase(0);
    EXPECT_EQ(map_body(made, body.dump()).size(), 10'000U);
}

TEST(Mapping, RefusesAPresetsName) {
    document::Problems problems;
    const nlohmann::json json = {{"imsi", "/imsi"}};
    EXPECT_FALSE(parse_mapping(document::Node(json, "settings", "", problems), "kore"));
    EXPECT_EQ(problems.size(), 1U);
}

TEST(Mapping, RefusesWhatLeadsNowhere) {
    EXPECT_EQ(problems_of("1"), std::set<std::string>{""});
    EXPECT_EQ(problems_of("{}"), std::set<std::string>{""});
    EXPECT_EQ(problems_of(R"({"address": "/ip"})"), std::set<std::string>{""});
    EXPECT_EQ(problems_of(R"({"imsi": "imsi"})"), std::set<std::string>{"/imsi"});
    EXPECT_EQ(problems_of(R"({"imsi": "/a~2"})"), std::set<std::string>{"/imsi"});
    EXPECT_EQ(problems_of(R"({"imsi": "/a~"})"), std::set<std::string>{"/imsi"});
    EXPECT_EQ(problems_of(R"({"imsi": 1, "Address": "/ip", "events": "x"})"),
              (std::set<std::string>{"/imsi", "/Address", "/events"}));
    EXPECT_EQ(problems_of(R"({"imsi": "/imsi", "when": {}})"), std::set<std::string>{"/when"});
    EXPECT_EQ(problems_of(R"({"imsi": "/imsi", "when": {"type": ["x"]}})"),
              std::set<std::string>{"/when/type"});
    EXPECT_EQ(problems_of(R"({"imsi": "/imsi", "when": {"/type": []},
                              "detachWhen": {"/type": "x", "/a": [{}]}})"),
              (std::set<std::string>{"/when/~1type", "/detachWhen/~1type", "/detachWhen/~1a/0"}));
}

}  // namespace
}  // namespace attach
