// "Paths, payloads and codes" of what clients in the field do in a bootstrap.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/flows/one_session.h"
#include "tests/support/clients.h"
#include "tests/support/sample.h"

namespace flows {
namespace {

using coap::Code;
using support::Habits;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

DeviceSetup setup(Habits habits, provisioning::Profile profile = support::sample_profile()) {
    DeviceSetup made;
    made.profile = std::move(profile);
    made.habits = std::move(habits);
    made.weather = support::fair_weather();
    made.habits.returns_after.reset();
    return made;
}

std::string hex(std::string_view text) {
    return wire::to_hex(wire::as_bytes(text));
}

// ---- queries ----

// clients-in-the-field: Anjay answers 4.02 to any unknown Uri-Query on an operation, Finish
// included; nothing may be added by default.
TEST(FieldPayloads, NoOperationHasAQuery) {
    const Story story = tell(setup(support::anjay()));
    expect_finished(story);
    for (const std::string& operation : story.operations)
        EXPECT_THAT(operation, Not(HasSubstr("?")));
}

provisioning::Profile versioned() {
    return support::profile_of(R"({
        "name": "versioned", "enabler": "1.1", "objectVersion": "query",
        "operations": [{"delete": "/33000"}, {"write": "everything"}],
        "objects": {"/33000/0": {"version": "1.1", "0": "x"}}})");
}

// clients-in-the-field: ?ver= breaks it. Devices built to the letter of the change request get it
// where the profile says so.
TEST(FieldPayloads, TheVersionIsInTheQueryWhereTheProfileWantsIt) {
    const support::Contents expected = {{model::Path(33000, 0), {{0, hex("x")}}}};
    DeviceSetup device = setup({}, versioned());
    device.habits.knows_version_query = true;
    const Story story = tell(device, World::settings(), &expected);
    expect_finished(story);
    EXPECT_THAT(story.operations, Contains("PUT /33000/0?ver=1.1"));
    EXPECT_THAT(story.record.report.operations.at(1).queries, ElementsAre("ver=1.1"));

    const Story refused = tell(setup(support::anjay(), versioned()), World::settings(), &expected);
    EXPECT_EQ(refused.outcome, bootstrap::Outcome::operation_refused);
    EXPECT_THAT(refused.recorded(), Contains("WRITE /33000/0 4.02"));
}

// ---- Discover ----

// clients-in-the-field: Discover must carry Accept 40 or Anjay refuses it.
TEST(FieldPayloads, DiscoverCarriesItsAccept) {
    DeviceSetup device = setup(support::anjay());
    device.habits.needs_accept = true;
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_THAT(story.recorded(), Contains("DISCOVER / 2.05"));
}

// clients-in-the-field: Leshan's client allows "/" only; the old Wakaama refuses Discover
// altogether. A profile must be able to go on with instance ids that it was told to use.
TEST(FieldPayloads, ADeviceThatRefusesDiscoverGetsTheIdsThatAreWrittenDown) {
    auto profile = support::fixed_profile();
    profile.discover = true;
    const Story story = tell(setup(support::old_wakaama(), profile));
    expect_finished(story);
    EXPECT_THAT(story.recorded(),
                ElementsAre("DISCOVER / 4.00", "DISCOVER /0 4.00", "DELETE / 2.02",
                            "WRITE /0/7 2.04", "WRITE /1/0 2.04", "FINISH /bs 2.04"));
    EXPECT_EQ(tell(setup(support::old_wakaama())).outcome, bootstrap::Outcome::plan_impossible);
}

TEST(FieldPayloads, ADeviceThatRefusesDiscoverOfAllTellsOfItsSecurityObject) {
    DeviceSetup device = setup({});
    device.habits.discovers = Habits::Discovers::objects_alone;
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_THAT(story.recorded(), Contains("DISCOVER /0 2.05"));
    expect_finished(tell(setup(support::leshan())));
}

// clients-in-the-field: Discover answers differ in how they begin, in slashes and spaces, in
// ssid=0 (Zephyr) and uri (Leshan) on the Bootstrap-Server's instance.
TEST(FieldPayloads, EveryDiscoverAnswerTellsWhichAccountIsTheBootstrapServers) {
    for (const auto links :
         {Habits::Links::bare, Habits::Links::root, Habits::Links::quoted, Habits::Links::spaced}) {
        for (const model::InstanceId account : {model::InstanceId{0}, model::InstanceId{1}}) {
            DeviceSetup device = setup({});
            device.habits.links = links;
            device.habits.account = account;
            device.habits.tells_account_uri = account == 1;
            const Story story = tell(device);
            expect_finished(story);
            EXPECT_TRUE(story.contents.contains({0, account}));
        }
    }
    expect_finished(tell(setup(support::zephyr())));
}

// ---- Write ----

// clients-in-the-field: PUT needs a Content-Format, PUT per instance is understood by all: it is
// the default. PUT on an Object makes Wakaama ignore the instance ids.
TEST(FieldPayloads, InstancesAreWrittenOneByOne) {
    for (const Habits& habits : {support::anjay(), support::wakaama(), support::leshan()}) {
        const Story story = tell(setup(habits));
        expect_finished(story);
        EXPECT_THAT(story.executed, ElementsAre("DELETE /", "PUT /0/1", "PUT /1/0", "POST /bs"));
    }
}

// Anjay wants Object-Instance TLVs on an Object.
TEST(FieldPayloads, InstancesMayBeWrittenAtOnceWhereTheProfileSaysSo) {
    const auto profile = support::profile_of(R"({
        "name": "at-once", "enabler": "1.1", "contentFormat": "tlv",
        "operations": [
            {"delete": "/11"},
            {"write": "/11", "instances": {"3": {"0": "a", "1": "iot.a", "4": 0},
                                           "8": {"0": "b", "1": "iot.b", "4": 0}}}]})");
    const support::Contents expected = {
        {model::Path(11, 3), {{0, hex("a")}, {1, hex("iot.a")}, {4, "00"}}},
        {model::Path(11, 8), {{0, hex("b")}, {1, hex("iot.b")}, {4, "00"}}}};
    for (const auto format : {model::ContentFormat::tlv, model::ContentFormat::senml_json,
                              model::ContentFormat::senml_cbor}) {
        DeviceSetup device = setup(support::anjay(), profile);
        device.habits.pct = static_cast<std::uint16_t>(format);
        expect_finished(tell(device, World::settings(), &expected));
    }
    // Wakaama takes the lowest free ids instead: what is there is not what was written.
    const support::Contents shifted = {{model::Path(11, 0), expected.at(model::Path(11, 3))},
                                       {model::Path(11, 1), expected.at(model::Path(11, 8))}};
    expect_finished(tell(setup(support::wakaama(), profile), World::settings(), &shifted));
}

// clients-in-the-field: Anjay merges into an existing instance, Wakaama replaces and resets what
// was left out. Delete first, or write complete instances.
TEST(FieldPayloads, WholeInstancesSuitThoseThatMergeAndThoseThatReplace) {
    for (const bool deletes : {true, false}) {
        for (const bool merges : {true, false}) {
            auto profile = support::fixed_profile();
            profile.delete_all = deletes;
            profile.instances[1].instance = 3;  // where the device has a server already
            profile.instances[0].instance = 1;
            DeviceSetup device = setup({}, profile);
            device.habits.merges_writes = merges;
            const support::Contents expected = {
                {model::Path(0, 1), planned(device).at(model::Path(0, 1))},
                {model::Path(1, 3), planned(device).at(model::Path(1, 0))}};
            expect_finished(tell(device, World::settings(), &expected));
        }
    }
}

// clients-in-the-field: Anjay reads TLV integers as signed, so that Short Server ID 65534 in two
// octets is -2.
TEST(FieldPayloads, AShortServerIdOf65534IsPositive) {
    const auto profile = support::profile_of(R"({
        "name": "highest", "enabler": "1.1", "contentFormat": "tlv",
        "operations": [{"delete": "/2"}, {"write": "/1/3/0", "value": 65534}]})");
    const support::Contents expected = {{model::Path(1, 3), {{0, "0000fffe"}}}};
    DeviceSetup device = setup(support::wakaama(), profile);
    expect_finished(tell(device, World::settings(), &expected));
}

// clients-in-the-field: SenML JSON's opaque values, LwM2M CBOR from the root, and Resource 16 of
// /0 as multiple-instance.
TEST(FieldPayloads, EveryFormatCarriesTheSame) {
    const auto profile = support::profile_of(R"({
        "name": "formats", "enabler": "1.2", "pack": false,
        "servers": [{
            "shortServerId": 101, "uri": "coaps://dm.example.com:5684",
            "security": {"mode": "psk", "identity": "text:meter-1", "key": "00ff10fb80"},
            "securityInstance": 7, "serverInstance": 0,
            "securityResources": {"16": {"0": 49320, "1": 174}},
            "lifetime": 86400, "binding": "U", "notificationStoring": true}]})");
    for (const std::uint16_t format :
         std::initializer_list<std::uint16_t>{11542, 110, 112, 11544}) {
        DeviceSetup device = setup(support::leshan(), profile);
        device.habits.pct = format;
        const support::Contents expected = {
            {model::Path(0, 7),
             {{0, hex("coaps://dm.example.com:5684")},
              {1, "00"},
              {2, "00"},
              {3, hex("meter-1")},
              {5, "00ff10fb80"},
              {10, "65"},
              {16, "{0=0000c0a8,1=00ae,}"}}},
            {model::Path(1, 0), {{0, "65"}, {1, "00015180"}, {6, "01"}, {7, "55"}}}};
        const Story story = tell(device, World::settings(), &expected);
        expect_finished(story);
        EXPECT_EQ(story.record.report.content_format, format);
    }
}

// clients-in-the-field: 112 answers 4.00 in Wakaama's default build; when a Write is answered 4.15
// or, at 1.0, there was no pct, fall back to TLV.
TEST(FieldPayloads, AFormatThatIsNotTakenIsFollowedByTlv) {
    for (const Code code : {Code::bad_request, Code::unsupported_content_format}) {
        auto profile = support::sample_profile();
        profile.content_format = model::ContentFormat::senml_cbor;
        DeviceSetup device = setup(support::wakaama(), profile);
        device.habits.format_refused = code;
        const Story story = tell(device);
        expect_finished(story);
        EXPECT_EQ(story.record.report.content_format, 11542);
        EXPECT_THAT(story.record.report.notes, ElementsAre(HasSubstr("Writes go on in TLV")));
        EXPECT_THAT(
            story.recorded(),
            ElementsAre("DISCOVER / 2.05", "DELETE / 2.02", "WRITE /0/1 " + coap::to_string(code),
                        "WRITE /0/1 2.04", "WRITE /1/0 2.04", "FINISH /bs 2.04"));
    }
}

// clients-in-the-field: content formats 1541 to 1543 are refused by modern clients; nothing of
// them is ever sent.
TEST(FieldPayloads, TheFormatsAreThoseThatWereRegistered) {
    for (const std::uint16_t format : std::initializer_list<std::uint16_t>{11542, 110, 112}) {
        DeviceSetup device = setup(support::anjay());
        device.habits.pct = format;
        const Story story = tell(device);
        expect_finished(story);
        for (const auto& operation : story.record.report.operations) {
            if (operation.method != "WRITE") continue;
            EXPECT_EQ(operation.content_format, format);
        }
    }
}

// clients-in-the-field: a failed Write leaves a half-made instance and Finish can still be answered
// 2.04; never call a session a success because Finish said 2.04 alone.
TEST(FieldPayloads, AFailedWriteIsNoSuccessHoweverTheDeviceAnswersAFinish) {
    DeviceSetup device = setup({});
    device.habits.half_makes = true;
    device.habits.without_finish = Habits::WithoutFinish::keeps;
    device.habits.refuses["PUT /1/0"] = Code::internal_server_error;
    const Story story = tell(device);
    EXPECT_EQ(story.outcome, bootstrap::Outcome::operation_refused);
    EXPECT_EQ(story.state, bootstrap::DeviceState::partly_written);
    EXPECT_THAT(story.operations, Not(Contains("POST /bs")));
}

// clients-in-the-field: a second Bootstrap-Server account is refused by Anjay at Write time; the
// profile cannot say one, and what it writes is none.
TEST(FieldPayloads, NoSecondBootstrapServerAccountIsWritten) {
    DeviceSetup device = setup(support::anjay());
    device.habits.refuses_second_account = true;
    const Story story = tell(device);
    expect_finished(story);
    EXPECT_EQ(story.contents.at(model::Path(0, 1)).at(1), "00");
    EXPECT_THROW(support::profile_of(R"({
        "name": "second", "enabler": "1.1",
        "operations": [{"delete": "/2"}, {"write": "/0/5/1", "value": true}]})"),
                 std::invalid_argument);
}

// ---- Delete ----

// clients-in-the-field: Delete of a missing instance is 2.02 with Anjay, 4.04 with Wakaama; a 4.04
// is as good.
TEST(FieldPayloads, ADeleteOfNothingIsWell) {
    const auto profile = support::profile_of(R"({
        "name": "deletes", "enabler": "1.1",
        "operations": [{"delete": "/11"}, {"delete": "/2/5"}]})");
    const support::Contents nothing;
    const Story anjay = tell(setup(support::anjay(), profile), World::settings(), &nothing);
    expect_finished(anjay);
    EXPECT_THAT(anjay.recorded(), Contains("DELETE /2/5 2.02"));
    const Story wakaama = tell(setup(support::wakaama(), profile), World::settings(), &nothing);
    expect_finished(wakaama);
    EXPECT_THAT(wakaama.recorded(), Contains("DELETE /2/5 4.04"));
}

// clients-in-the-field: Delete of /3 is 2.02 with Anjay and 4.05 with Wakaama: never sent.
TEST(FieldPayloads, TheDeviceObjectIsNeverDeleted) {
    for (const char* path : {"/3", "/3/0"}) {
        EXPECT_THROW(support::profile_of(std::string(R"({"name": "d", "enabler": "1.1",
            "operations": [{"delete": ")") +
                                         path + R"("}]})"),
                     std::invalid_argument);
    }
}

// clients-in-the-field: an explicit Delete of the Bootstrap-Server's own Security instance is
// executed: the device then has no way back.
TEST(FieldPayloads, TheAccountOfTheBootstrapServerIsNeverDeleted) {
    for (const model::InstanceId account : {model::InstanceId{0}, model::InstanceId{1}}) {
        DeviceSetup device = setup({}, support::profile_of(R"({
            "name": "deletes", "enabler": "1.1",
            "operations": [{"discover": "/0"}, {"delete": "/0/1"}]})"));
        device.habits.account = account;
        support::Contents expected;
        if (account == 1) expected[model::Path(11, 0)] = {};  // is never there
        const Story story = tell(device, World::settings(), &expected);
        EXPECT_TRUE(story.contents.contains({0, account}));
        EXPECT_EQ(story.outcome,
                  account == 1 ? bootstrap::Outcome::plan_impossible : bootstrap::Outcome::finished)
            << story.record.report.cause;
    }
}

}  // namespace
}  // namespace flows
