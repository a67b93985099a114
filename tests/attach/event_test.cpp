#include "server/attach/event.h"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace attach {
namespace {

struct Parsed {
    std::optional<Event> event;
    std::set<std::string> pointers;  // where there is a problem
};

Parsed parse(const std::string& text) {
    document::Problems problems;
    const auto json = document::parse(text, "body", problems);
    EXPECT_TRUE(json) << text;
    Parsed parsed;
    if (!json) return parsed;
    parsed.event = parse_event(document::Node(*json, "body", "", problems));
    for (const auto& problem : problems) parsed.pointers.insert(problem.pointer);
    EXPECT_EQ(parsed.event.has_value(), problems.empty()) << text;
    return parsed;
}

// An event that is well but for one member.
Parsed parse_with(const std::string& key, const std::string& value) {
    return parse(R"({"endpoint": "meter", ")" + key + "\": " + value + "}");
}

TEST(AttachEvent, NeedsNoMoreThanAnEndpoint) {
    const auto parsed = parse(R"({"endpoint": "urn:imei:358000000000001"})");
    ASSERT_TRUE(parsed.event);
    EXPECT_EQ(parsed.event->endpoint, "urn:imei:358000000000001");
    EXPECT_EQ(parsed.event->source, "");
    EXPECT_FALSE(parsed.event->address);
    EXPECT_FALSE(parsed.event->port);
}

TEST(AttachEvent, ReadsEveryKey) {
    const auto parsed = parse(R"({
        "source": "radius", "id": "a-1", "time": "2026-05-01T10:00:00Z", "kind": "attach",
        "endpoint": "meter", "imsi": "001010000000001", "imei": "3580000000000042",
        "iccid": "8988211000000000001", "msisdn": "+882212345678",
        "externalId": "dev1@iot.example", "address": "100.64.0.10", "port": 5684, "apn": "iot"})");
    ASSERT_TRUE(parsed.event);
    const Event& event = *parsed.event;
    EXPECT_EQ(event.source, "radius");
    EXPECT_EQ(event.id, "a-1");
    EXPECT_EQ(event.time, "2026-05-01T10:00:00Z");
    EXPECT_EQ(event.kind, "attach");
    EXPECT_EQ(event.endpoint, "meter");
    EXPECT_EQ(event.imsi, "001010000000001");
    EXPECT_EQ(event.imei, "3580000000000042");
    EXPECT_EQ(event.iccid, "8988211000000000001");
    EXPECT_EQ(event.msisdn, "+882212345678");
    EXPECT_EQ(event.external_id, "dev1@iot.example");
    EXPECT_EQ(event.address, wire::IpAddress::v4({100, 64, 0, 10}));
    EXPECT_EQ(event.port, 5684);
    EXPECT_EQ(event.apn, "iot");
}

TEST(AttachEvent, SaysWhatItsKindMeans) {
    EXPECT_EQ(parse(R"({"endpoint": "meter"})").event->what, Event::Kind::attached);
    EXPECT_EQ(parse_with("kind", R"("attach")").event->what, Event::Kind::attached);
    EXPECT_EQ(parse_with("kind", R"("Detached")").event->what, Event::Kind::detached);
}

TEST(AttachEvent, TakesAnyIdentifierAlone) {
    for (const auto* identifier :
         {R"("imsi": "001010000000001")", R"("imei": "358000000000001")",
          R"("iccid": "8988211000000000001")", R"("msisdn": "882212345678")",
          R"("externalId": "dev1@iot.example")"})
        EXPECT_TRUE(parse("{" + std::string(identifier) + "}").event) << identifier;
}

TEST(AttachEvent, RefusesToNameNoDevice) {
    EXPECT_EQ(parse("{}").pointers, std::set<std::string>{""});
    EXPECT_EQ(parse(R"({"address": "192.0.2.1", "port": 5684})").pointers,
              std::set<std::string>{""});
}

TEST(AttachEvent, RefusesWhatIsNoObject) {
    for (const auto* text : {"null", "1", "\"meter\"", "[]", R"([{"endpoint": "meter"}])", "true"})
        EXPECT_EQ(parse(text).pointers, std::set<std::string>{""}) << text;
}

TEST(AttachEvent, RefusesUnknownKeys) {
    EXPECT_EQ(parse_with("Imsi", R"("001010000000001")").pointers, std::set<std::string>{"/Imsi"});
    EXPECT_EQ(parse_with("external_id", R"("x")").pointers, std::set<std::string>{"/external_id"});
}

TEST(AttachEvent, TellsAllProblemsAtOnce) {
    const auto parsed =
        parse(R"({"imsi": 1, "port": 0, "address": "home", "time": "now", "x": 1})");
    EXPECT_EQ(parsed.pointers,
              (std::set<std::string>{"/imsi", "/port", "/address", "/time", "/x"}));
}

TEST(AttachEvent, TakesAnIdThatIsANumber) {
    EXPECT_EQ(parse_with("id", "4711").event->id, "4711");
    EXPECT_EQ(parse_with("id", "18446744073709551615").event->id, "18446744073709551615");
    EXPECT_EQ(parse_with("id", "-1").event->id, "-1");
    for (const auto* value : {"1.5", "1e30", "true", "{}", "[]", "null", "\"\""})
        EXPECT_EQ(parse_with("id", value).pointers, std::set<std::string>{"/id"}) << value;
}

TEST(AttachEvent, RefusesMembersOfAnotherType) {
    for (const auto* key : {"source", "time", "kind", "imsi", "imei", "iccid", "msisdn",
                            "externalId", "address", "apn"})
        for (const auto* value : {"1", "null", "true", "{}", "[\"x\"]"})
            EXPECT_EQ(parse_with(key, value).pointers,
                      std::set<std::string>{"/" + std::string(key)})
                << key << value;
}

TEST(AttachEvent, RefusesIdentifiersOfAnotherForm) {
    const std::pair<const char*, const char*> cases[] = {
        {"imsi", "\"\""},
        {"imsi", "\"00101\""},
        {"imsi", "\"0010100000000012\""},
        {"imsi", "\"00101000000000a\""},
        {"imei", "\"3580000000000\""},
        {"imei", "\"35800000000000421\""},
        {"iccid", "\"89882110000000000\""},
        {"iccid", "\"89882110000000000010000\""},
        {"msisdn", "\"+\""},
        {"msisdn", "\"++882212345678\""},
        {"msisdn", "\"8822123456789012\""},
        {"msisdn", "\"+1 555 0100\""},
        {"externalId", "\"\""},
        {"externalId", "\"a\\u0000b\""},
    };
    for (const auto& [key, value] : cases)
        EXPECT_EQ(parse_with(key, value).pointers, std::set<std::string>{"/" + std::string(key)})
            << key << value;
    EXPECT_EQ(parse(R"({"endpoint": "a\u001b[2J"})").pointers, std::set<std::string>{"/endpoint"});
    EXPECT_EQ(parse(R"({"endpoint": ""})").pointers, std::set<std::string>{"/endpoint"});
}

TEST(AttachEvent, BoundsItsTexts) {
    for (const auto* key : {"source", "id", "kind", "externalId", "apn"}) {
        EXPECT_TRUE(parse_with(key, '"' + std::string(255, 'x') + '"').event) << key;
        EXPECT_FALSE(parse_with(key, '"' + std::string(256, 'x') + '"').event) << key;
    }
}

TEST(AttachEvent, RefusesAddressesWhereNoDeviceCanBe) {
    for (const auto* address :
         {"", "0.0.0.0", "0.1.2.3", "224.0.1.187", "255.255.255.255", "::", "ff02::fd",
          "192.0.2.1:5684", "[2001:db8::1]", "device.example", "192.0.2", "192.0.2.256"})
        EXPECT_EQ(parse_with("address", '"' + std::string(address) + '"').pointers,
                  std::set<std::string>{"/address"})
            << address;
    for (const auto* address : {"127.0.0.1", "192.0.2.1", "2001:db8::1", "::1", "223.255.255.255"})
        EXPECT_TRUE(parse_with("address", '"' + std::string(address) + '"').event) << address;
}

TEST(AttachEvent, RefusesPortsThatAreNone) {
    for (const auto* port : {"0", "65536", "-1", "1.5", "\"5684\"", "null"})
        EXPECT_EQ(parse_with("port", port).pointers, std::set<std::string>{"/port"}) << port;
    EXPECT_EQ(parse_with("port", "65535").event->port, 65535);
}

TEST(AttachEvent, TakesTimesOfRfc3339) {
    for (const auto* time : {"2026-05-01T10:00:00Z", "2026-05-01T10:00:00.123456Z",
                             "2026-05-01T10:00:00+02:00", "2026-05-01T10:00:00.5-00:30"})
        EXPECT_TRUE(parse_with("time", '"' + std::string(time) + '"').event) << time;
    for (const auto* time :
         {"", "2026-05-01", "2026-05-01 10:00:00Z", "2026-05-01T10:00:00", "2026-05-01T10:00Z",
          "2026-05-01T10:00:00.Z", "2026-05-01T10:00:00.5", "2026-05-01T10:00:00Zx", "yesterday",
          "2026-05-01T10:00:00+0200", "2026-05-01T10:00:00.00000000000000000000000000000000Z"})
        EXPECT_EQ(parse_with("time", '"' + std::string(time) + '"').pointers,
                  std::set<std::string>{"/time"})
            << time;
}

}  // namespace
}  // namespace attach
