#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/attach/event.h"

namespace attach {
namespace {

using provisioning::Assignment;
using provisioning::Catalog;
using provisioning::Device;

Device device(const char* endpoint, provisioning::Identifiers identifiers) {
    return {*model::EndpointName::from(endpoint),
            "devices.d/all.json",
            "",
            "meters",
            std::move(identifiers),
            {},
            {},
            {}};
}

std::shared_ptr<const Catalog> catalog() {
    provisioning::Profile profile;
    profile.name = "meters";
    std::vector<Device> devices{
        device("one", {"001010000000001", "358000000000001", "8988211000000000001", "882212345678",
                       "one@iot.example"}),
        device("two", {"001010000000002", "358000000000100", {}, "+882212345679", {}}),
        device("three", {}),
    };
    document::Problems problems;
    auto made = Catalog::from({profile}, std::move(devices), problems);
    EXPECT_TRUE(problems.empty());
    return made;
}

// The endpoint that was found, else "unknown" or "contradiction".
std::string resolved(const Event& event) {
    const auto all = catalog();
    if (!all) return "no catalog";
    const auto result = resolve(event, *all);
    if (const auto* found = std::get_if<Assignment>(&result)) return found->device->endpoint.text();
    return std::holds_alternative<UnknownDevice>(result) ? "unknown" : "contradiction";
}

Event event(
    std::initializer_list<std::pair<std::optional<std::string> Event::*, const char*>> set) {
    Event made;
    for (const auto& [member, value] : set) made.*member = value;
    return made;
}

TEST(Resolve, NamesWhatToLookUpInTheOrderOfTheAnswers) {
    const auto said = event({{&Event::msisdn, "882212345678"},
                             {&Event::endpoint, "one"},
                             {&Event::imsi, "001010000000001"}});
    const auto keys = lookup_keys(said);
    EXPECT_EQ(keys, (std::vector<LookupKey>{
                        {std::nullopt, "one"},
                        {Catalog::Identifier::imsi, "001010000000001"},
                        {Catalog::Identifier::msisdn, "882212345678"},
                    }));
    const auto all = catalog();
    ASSERT_TRUE(all);
    const auto one = all->find_by_endpoint("one");
    const auto two = all->find_by_endpoint("two");
    EXPECT_TRUE(std::holds_alternative<Assignment>(resolve(said, {std::nullopt, one, one})));
    EXPECT_TRUE(std::holds_alternative<Contradiction>(resolve(said, {one, one, two})));
    EXPECT_TRUE(
        std::holds_alternative<Contradiction>(resolve(said, {std::nullopt, two, std::nullopt})));
    EXPECT_TRUE(std::holds_alternative<UnknownDevice>(
        resolve(said, {std::nullopt, std::nullopt, std::nullopt})));
}

TEST(Resolve, FindsADeviceByEachIdentifier) {
    EXPECT_EQ(resolved(event({{&Event::endpoint, "three"}})), "three");
    EXPECT_EQ(resolved(event({{&Event::imsi, "001010000000002"}})), "two");
    EXPECT_EQ(resolved(event({{&Event::imei, "358000000000100"}})), "two");
    EXPECT_EQ(resolved(event({{&Event::iccid, "8988211000000000001"}})), "one");
    EXPECT_EQ(resolved(event({{&Event::msisdn, "882212345678"}})), "one");
    EXPECT_EQ(resolved(event({{&Event::external_id, "one@iot.example"}})), "one");
}

TEST(Resolve, TakesAnImeisvForTheImeiOfTheDevice) {
    EXPECT_EQ(resolved(event({{&Event::imei, "3580000000000042"}})), "one");
    EXPECT_EQ(resolved(event({{&Event::imei, "35800000000000"}})), "one");
    EXPECT_EQ(resolved(event({{&Event::imei, "3580000000001099"}})), "two");
}

TEST(Resolve, TakesAnMsisdnWithOrWithoutItsPlus) {
    EXPECT_EQ(resolved(event({{&Event::msisdn, "+882212345678"}})), "one");
    EXPECT_EQ(resolved(event({{&Event::msisdn, "882212345679"}})), "two");
    EXPECT_EQ(resolved(event({{&Event::msisdn, "+882212345679"}})), "two");
}

TEST(Resolve, DoesNotKnowWhatIsInNoRecord) {
    EXPECT_EQ(resolved(event({{&Event::endpoint, "four"}})), "unknown");
    EXPECT_EQ(resolved(event({{&Event::imsi, "358000000000001"}})), "unknown");  // an IMEI's value
    EXPECT_EQ(resolved(Event{}), "unknown");
}

TEST(Resolve, TakesIdentifiersThatAgree) {
    EXPECT_EQ(resolved(event({{&Event::endpoint, "one"},
                              {&Event::imsi, "001010000000001"},
                              {&Event::imei, "3580000000000042"},
                              {&Event::msisdn, "+882212345678"}})),
              "one");
}

TEST(Resolve, TakesAnIdentifierThatNoRecordHasBesidesOneThatIsKnown) {
    EXPECT_EQ(resolved(event({{&Event::endpoint, "three"}, {&Event::imsi, "001010000000009"}})),
              "three");
    EXPECT_EQ(resolved(event(
                  {{&Event::imsi, "001010000000002"}, {&Event::iccid, "8988211000000000009"}})),
              "two");
}

TEST(Resolve, RefusesIdentifiersOfTwoDevices) {
    EXPECT_EQ(resolved(event({{&Event::endpoint, "three"}, {&Event::imsi, "001010000000001"}})),
              "contradiction");
    EXPECT_EQ(
        resolved(event({{&Event::imei, "358000000000001"}, {&Event::imsi, "001010000000002"}})),
        "contradiction");
}

// A device says its IMEI itself: a clone of "one" comes with a SIM that is not in its record.
TEST(Resolve, RefusesAnIdentifierThatTheRecordHasOtherwise) {
    EXPECT_EQ(
        resolved(event({{&Event::imei, "358000000000001"}, {&Event::imsi, "001010000000009"}})),
        "contradiction");
    EXPECT_EQ(
        resolved(event({{&Event::imsi, "001010000000001"}, {&Event::imei, "358000000000999"}})),
        "contradiction");
    EXPECT_EQ(resolved(event({{&Event::endpoint, "four"}, {&Event::imsi, "001010000000001"}})),
              "contradiction");
}

TEST(Resolve, TellsWhichIdentifiersButNoValues) {
    const auto all = catalog();
    ASSERT_TRUE(all);
    const auto unknown =
        resolve(event({{&Event::imsi, "001010000000009"}, {&Event::external_id, "x@y"}}), *all);
    const auto& reason = std::get<UnknownDevice>(unknown).reason;
    EXPECT_NE(reason.find("imsi, externalId"), std::string::npos) << reason;
    EXPECT_EQ(reason.find("001010000000009"), std::string::npos) << reason;

    const auto both = resolve(
        event({{&Event::imei, "358000000000001"}, {&Event::imsi, "001010000000002"}}), *all);
    const auto& contradiction = std::get<Contradiction>(both).reason;
    for (const auto* word : {"imsi", "imei"})
        EXPECT_NE(contradiction.find(word), std::string::npos) << contradiction;
    for (const auto* word : {"one", "0010", "3580"})
        EXPECT_EQ(contradiction.find(word), std::string::npos) << contradiction;
}

}  // namespace
}  // namespace attach
