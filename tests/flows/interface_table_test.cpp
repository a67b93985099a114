// The README's table of operations, enablers and content formats: every cell of it is played, and
// whatever it leaves out is refused when the profile is loaded.

#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "provisioning/profile.h"
#include "server/bootstrap/pack_session.h"
#include "server/bootstrap/request.h"
#include "server/bootstrap/session.h"
#include "server/lwm2m/payload.h"
#include "tests/support/sample.h"
#include "tests/support/seeded_random.h"

namespace flows {
namespace {

using bootstrap::Session;
using Json = nlohmann::json;
using ::testing::HasSubstr;

constexpr std::array<std::string_view, 3> enablers = {"1.0", "1.1", "1.2"};
constexpr std::array<std::string_view, 8> formats = {
    "tlv", "json", "senml-json", "senml-cbor", "lwm2m-cbor", "text", "opaque", "cbor"};
constexpr std::array<std::string_view, 4> with_formats = {
    "Write of an Object", "Write of an Object Instance", "Write of a Resource", "Read"};

struct Cell {
    std::string operation, enabler, format;
    friend auto operator<=>(const Cell&, const Cell&) = default;
};

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);) {
        const auto first = part.find_first_not_of(' ');
        const auto last = part.find_last_not_of(' ');
        parts.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
    }
    return parts;
}

// The rows below "| Operation | 1.0 | 1.1 | 1.2 |".
std::set<Cell> table_of_the_readme() {
    std::ifstream file(SOURCE_FOLDER "/README.md");
    std::set<Cell> cells;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| Operation | 1.0")) inside = true;
        if (!inside) continue;
        if (!line.starts_with("|")) break;
        const auto columns = split(line, '|');  // the first is empty
        if (columns.size() != 5 || columns[1] == "Operation" || columns[1].starts_with("--"))
            continue;
        for (std::size_t i = 0; i < enablers.size(); ++i)
            for (const std::string& format : split(columns[2 + i], ','))
                if (format != "–" && !format.empty())
                    cells.insert({columns[1], std::string(enablers[i]), format});
    }
    return cells;
}

// A value that the format can hold, as a profile writes it.
Json value_for(std::string_view format) {
    return format == "opaque" ? Json{{"opaque", "00ff"}} : Json("hello");
}

Json operation_of(const Cell& cell) {
    const Json resources = {{"110", "hello"}, {"120", 7}};
    Json operation;
    if (cell.operation == "Discover") return {{"discover", "/1"}};
    if (cell.operation == "Delete") return {{"delete", "/3442/0"}};
    if (cell.operation == "Finish") return {{"finish", true}};
    if (cell.operation == "Read") operation = {{"read", "/1"}};
    if (cell.operation == "Write of an Object")
        operation = {{"write", "/3442"}, {"instances", {{"0", resources}}}};
    if (cell.operation == "Write of an Object Instance")
        operation = {{"write", "/3442/0"}, {"resources", resources}};
    if (cell.operation == "Write of a Resource")
        operation = {{"write", "/3442/0/110"}, {"value", value_for(cell.format)}};
    operation["contentFormat"] = cell.format;
    return operation;
}

std::string profile_of(const Cell& cell) {
    return Json{{"name", "p"},
                {"enabler", cell.enabler},
                {"operations", {{{"discover", "/"}}, operation_of(cell)}}}
        .dump();
}

struct Reading {
    std::optional<provisioning::Profile> profile;
    document::Problems problems;
};
Reading read(const std::string& text) {
    Reading reading;
    const auto json = document::parse(text, "p.json", reading.problems);
    reading.profile = provisioning::parse_profile(
        document::Node(*json, "p.json", "", reading.problems), "p.json");
    return reading;
}

model::ContentFormat number_of(std::string_view format) {
    static constexpr std::array<std::uint16_t, 8> numbers = {0,   42,    60,    110,
                                                             112, 11542, 11543, 11544};
    for (const std::uint16_t number : numbers)
        if (const auto known = model::content_format_from(number);
            known && model::name_of(*known) == format)
            return *known;
    ADD_FAILURE() << "no format is called " << format;
    return model::ContentFormat::tlv;
}

// Answers what the session sends as a device would that takes everything.
class Answering {
  public:
    explicit Answering(const Cell& cell) : cell_(cell) {}

    coap::Response to(const coap::Request& request) {
        if (request.method == coap::Code::delete_) return {coap::Code::deleted, {}, {}};
        if (request.method == coap::Code::post) return {coap::Code::changed, {}, {}};
        if (request.method == coap::Code::put) return taken(request);
        if (request.accept != 40) return held(request);
        const auto links = wire::as_bytes("</>;lwm2m=1.1,</0/0>,</1/0>;ssid=7");
        return {coap::Code::content, 40, {links.begin(), links.end()}};
    }
    const std::vector<coap::Request>& seen() const { return seen_; }

  private:
    coap::Response taken(const coap::Request& request) {
        seen_.push_back(request);
        return {coap::Code::changed, {}, {}};
    }
    coap::Response held(const coap::Request& request) {
        seen_.push_back(request);
        const model::Instances instances = {
            {0, {{0, model::Single(std::int64_t{7})}, {1, model::Single(std::int64_t{300})}}}};
        auto payload = lwm2m::encode_payload(number_of(cell_.format),
                                             model::Path(model::object::server), instances);
        EXPECT_TRUE(payload) << cell_.format;
        return {coap::Code::content, request.accept, payload ? *payload : wire::Bytes{}};
    }

    Cell cell_;
    std::vector<coap::Request> seen_;
};

// What the octets of a Write hold, in the same words for every format.
lwm2m::Content decoded(const Cell& cell, const coap::Request& request) {
    std::string path;
    for (const std::string& segment : request.path) path += "/" + segment;
    const auto content = lwm2m::decode_payload(
        number_of(cell.format), *model::Path::from(path), request.payload,
        [&](model::ObjectId, model::ResourceId resource) -> std::optional<lwm2m::KnownType> {
            if (cell.format == "opaque")
                return lwm2m::KnownType{model::ResourceType::opaque, false};
            return lwm2m::KnownType{
                resource == 110 ? model::ResourceType::text : model::ResourceType::integer, false};
        });
    EXPECT_TRUE(content) << cell.format;
    return content ? *content : lwm2m::Content();
}

lwm2m::Content expected(const Cell& cell) {
    const model::Resources resources = {{110, model::Single(std::string("hello"))},
                                        {120, model::Single(std::int64_t{7})}};
    if (cell.operation == "Write of an Object") return model::Instances{{0, resources}};
    if (cell.operation == "Write of an Object Instance") return resources;
    if (cell.format == "opaque") return model::Value(model::Single(model::Opaque{{0x00, 0xff}}));
    return model::Value(model::Single(std::string("hello")));
}

// The content's octets in TLV or text, so that two can be compared: a Secret has no equality.
std::string shown(const Cell& cell, const lwm2m::Content& content) {
    const bool is_resource = cell.operation == "Write of a Resource";
    const model::Path path = is_resource                              ? model::Path(3442, 0, 110)
                             : cell.operation == "Write of an Object" ? model::Path(3442)
                                                                      : model::Path(3442, 0);
    const auto octets = lwm2m::encode_payload(model::ContentFormat::tlv, path, content);
    return octets ? wire::to_hex(*octets) : "nothing";
}

void play(const Cell& cell) {
    SCOPED_TRACE(cell.operation + ", " + cell.enabler + ", " + cell.format);
    auto reading = read(profile_of(cell));
    ASSERT_TRUE(reading.profile) << document::to_string(reading.problems.at(0));
    const bootstrap::SessionSettings settings;
    support::SeededRandom random{1};
    Session session(
        support::assignment(std::move(*reading.profile), support::sample_device("a", true)),
        bootstrap::Mode::client_initiated, true, {}, settings, random);
    const wire::TimePoint now{std::chrono::seconds(1000)};
    Answering device(cell);
    Session::Action action = session.start(now);
    for (unsigned i = 0; i < 10; ++i) {
        const auto* send = std::get_if<Session::Send>(&action);
        if (send == nullptr) break;
        action = session.answered(device.to(send->request), {now, now, 0, true, false}, now);
    }
    ASSERT_TRUE(std::holds_alternative<Session::End>(action));
    EXPECT_EQ(session.report().outcome, bootstrap::Outcome::finished) << session.report().cause;
    if (cell.format == "yes" || cell.format == "link-format") return;

    ASSERT_EQ(device.seen().size(), 1U);
    const coap::Request& request = device.seen().front();
    const auto number = static_cast<std::uint16_t>(number_of(cell.format));
    if (cell.operation == "Read") {
        EXPECT_EQ(request.accept, number);
        const auto& values = session.report().operations.at(1).values;
        ASSERT_EQ(values.size(), 2U);
        EXPECT_EQ(values[0], (bootstrap::ReadValue{"/1/0/0", "7"}));
        EXPECT_EQ(values[1], (bootstrap::ReadValue{"/1/0/1", "300"}));
        return;
    }
    EXPECT_EQ(request.content_format, number);
    EXPECT_EQ(shown(cell, decoded(cell, request)), shown(cell, expected(cell)));
}

TEST(InterfaceTable, EveryCellOfTheReadmeIsPlayed) {
    const auto cells = table_of_the_readme();
    ASSERT_GT(cells.size(), 40U);
    for (const Cell& cell : cells)
        if (cell.operation != "Bootstrap-Pack") play(cell);
}

std::string pack_profile(std::string_view enabler) {
    return Json{{"name", "p"},
                {"enabler", enabler},
                {"pack", true},
                {"servers",
                 {{{"shortServerId", 101},
                   {"uri", "coap://dm.example.com"},
                   {"security", {{"mode", "nosec"}}}}}}}
        .dump();
}

TEST(InterfaceTable, EveryPackOfTheReadmeIsMadeAndNoOtherIsAskedFor) {
    const auto cells = table_of_the_readme();
    for (const std::string_view enabler : enablers) {
        const auto reading = read(pack_profile(enabler));
        const bool has_packs =
            cells.contains({"Bootstrap-Pack", std::string(enabler), "senml-cbor"});
        ASSERT_EQ(reading.profile.has_value(), has_packs) << enabler;
        if (!has_packs) continue;
        for (const std::string_view format : formats) {
            SCOPED_TRACE(format);
            const bool is_listed =
                cells.contains({"Bootstrap-Pack", std::string(enabler), std::string(format)});
            const auto number = static_cast<std::uint16_t>(number_of(format));
            coap::Request request;
            request.path = {"bspack"};
            request.accept = number;
            const auto parsed = bootstrap::parse_request(request);
            ASSERT_EQ(parsed.has_value(), is_listed);
            if (!is_listed) continue;
            support::SeededRandom random{1};
            const auto pack = bootstrap::make_pack(
                support::assignment(*reading.profile, support::sample_device("a", true)),
                {parsed->preferred_format, std::vector{model::Path(0, 0)}}, 65536, random);
            ASSERT_TRUE(pack) << pack.error();
            EXPECT_EQ(pack->content_format, number);
            const auto content = lwm2m::decode_payload(
                number_of(format), model::Path(), pack->payload,
                [](model::ObjectId, model::ResourceId) { return std::nullopt; });
            ASSERT_TRUE(content);
            const auto& objects = std::get<model::Objects>(*content);
            EXPECT_TRUE(objects.at(0).contains(1));
            EXPECT_TRUE(objects.at(1).contains(0));
        }
    }
}

TEST(InterfaceTable, WhatTheReadmeLeavesOutIsRefusedWhenTheProfileIsLoaded) {
    const auto cells = table_of_the_readme();
    for (const std::string_view operation : with_formats)
        for (const std::string_view enabler : enablers)
            for (const std::string_view format : formats) {
                const Cell cell{std::string(operation), std::string(enabler), std::string(format)};
                if (cells.contains(cell)) continue;
                SCOPED_TRACE(cell.operation + ", " + cell.enabler + ", " + cell.format);
                const auto reading = read(profile_of(cell));
                EXPECT_FALSE(reading.profile);
                ASSERT_FALSE(reading.problems.empty());
                EXPECT_THAT(reading.problems.front().pointer, HasSubstr("/operations/1"));
            }
}

}  // namespace
}  // namespace flows
