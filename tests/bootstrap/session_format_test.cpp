// The content format of a session's Writes, and the one fallback to TLV.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint16_t senml_json = 110, senml_cbor = 112, tlv = 11542;

TEST_F(SessionTest, WritesInTheFormatThatTheDeviceAskedFor) {
    begin(support::fixed_profile(), true, {senml_json, {}});
    answer(Code::deleted);
    EXPECT_EQ(name(), "PUT 0 7");
    EXPECT_EQ(sent().request.content_format, senml_json);
    answer(Code::changed);
    EXPECT_EQ(sent().request.content_format, senml_json);
    EXPECT_THAT(std::string(wire::as_text(sent().request.payload)), HasSubstr("\"/1/0/\""));
    EXPECT_EQ(report().content_format, senml_json);
    EXPECT_THAT(report().notes, IsEmpty());
}

TEST_F(SessionTest, WritesInTheFormatOfTheProfileWhereTheDeviceAskedForNone) {
    auto profile = support::fixed_profile();
    profile.content_format = model::ContentFormat::senml_cbor;
    begin(profile);
    answer(Code::deleted);
    EXPECT_EQ(sent().request.content_format, senml_cbor);
}

TEST_F(SessionTest, TriesAFormatThatIsNotTakenOnceMoreInTlvAndStaysThere) {
    begin(support::fixed_profile(), true, {senml_cbor, {}});
    answer(Code::deleted);
    answer(Code::unsupported_content_format);
    EXPECT_EQ(name(), "PUT 0 7");
    EXPECT_EQ(sent().request.content_format, tlv);
    answer(Code::changed);
    EXPECT_EQ(name(), "PUT 1 0");
    EXPECT_EQ(sent().request.content_format, tlv);
    EXPECT_EQ(wire::to_hex(sent().request.payload), "c10065c40100015180c10601c10755");
    answer(Code::changed);
    answer(Code::changed);
    expect_end(Outcome::finished);
    EXPECT_EQ(report().content_format, tlv);
    EXPECT_THAT(report().notes,
                ElementsAre("Writes go on in TLV: WRITE /0/7 in SenML CBOR was answered 4.15"));
    const auto& operations = report().operations;
    ASSERT_THAT(operations, SizeIs(5));
    EXPECT_EQ(operations[1].code, Code::unsupported_content_format);
    EXPECT_EQ(operations[1].content_format, senml_cbor);
    EXPECT_EQ(operations[1].note, "once more in TLV");
    EXPECT_EQ(operations[2].path, "/0/7");
    EXPECT_EQ(operations[2].content_format, tlv);
}

TEST_F(SessionTest, FallsBackAtALaterWriteToo) {
    begin(support::fixed_profile(), true, {senml_cbor, {}});
    answer(Code::deleted);
    answer(Code::changed);
    answer(Code::unsupported_content_format);
    EXPECT_EQ(name(), "PUT 1 0");
    EXPECT_EQ(sent().request.content_format, tlv);
}

// Wakaama answers 4.00 to a format it was built without.
TEST_F(SessionTest, TakesA400ToTheFirstWriteForAFormatThatIsNotUnderstood) {
    begin(support::fixed_profile(), true, {senml_json, {}});
    answer(Code::deleted);
    answer(Code::bad_request);
    EXPECT_EQ(name(), "PUT 0 7");
    EXPECT_EQ(sent().request.content_format, tlv);
    EXPECT_THAT(report().notes, ElementsAre(HasSubstr("4.00")));
}

TEST_F(SessionTest, TakesA400ToALaterWriteForWhatItIs) {
    begin(support::fixed_profile(), true, {senml_json, {}});
    answer(Code::deleted);
    answer(Code::changed);
    answer(Code::bad_request);
    expect_end(Outcome::operation_refused, "WRITE /1/0 was answered 4.00");
    EXPECT_THAT(report().notes, IsEmpty());
}

TEST_F(SessionTest, FallsBackOnce) {
    for (const Code code : {Code::unsupported_content_format, Code::bad_request}) {
        begin(support::fixed_profile(), true, {senml_json, {}});
        answer(Code::deleted);
        answer(code);
        answer(code);
        expect_end(Outcome::operation_refused, "WRITE /0/7 was answered");
        EXPECT_THAT(report().operations, SizeIs(3));
    }
}

TEST_F(SessionTest, HasNothingToFallBackToFromTlv) {
    begin(support::fixed_profile());
    answer(Code::deleted);
    answer(Code::unsupported_content_format);
    expect_end(Outcome::operation_refused, "4.15");
    EXPECT_THAT(report().notes, IsEmpty());
}

TEST_F(SessionTest, DoesNotTakeTheRefusalOfADeleteForOneOfTheFormat) {
    begin(support::fixed_profile(), true, {senml_json, {}});
    answer(Code::unsupported_content_format);
    expect_end(Outcome::operation_refused, "DELETE / was answered 4.15");
}

// The refused Write need not have set the device's timer back.
TEST_F(SessionTest, FallsBackOnlyWhileThereIsTime) {
    begin(support::fixed_profile(), true, {senml_json, {}});
    answer(Code::deleted);
    now_ += 60s;
    answer(Code::unsupported_content_format);
    EXPECT_EQ(name(), "PUT 0 7");
    now_ += 43s;
    answer(Code::changed);  // it left at 60 s, so the next may leave
    EXPECT_EQ(name(), "PUT 1 0");

    begin(support::fixed_profile(), true, {senml_json, {}});
    answer(Code::deleted);
    now_ += 103s;
    answer(Code::unsupported_content_format);
    expect_end(Outcome::deadline_exceeded, "WRITE /0/7 came too late");
}

// 16 MiB are more octets than TLV can count.
TEST_F(SessionTest, TellsOfAWriteThatTlvCannotHold) {
    auto profile = support::fixed_profile();
    profile.instances[1].resources[7] =
        provisioning::TemplateSingle(model::Single(std::string(1UL << 24, 'U')));
    begin(profile, true, {senml_cbor, {}});
    answer(Code::deleted);
    answer(Code::unsupported_content_format);
    EXPECT_EQ(sent().request.content_format, tlv);
    EXPECT_THAT(report().notes, testing::Contains("WRITE /1/0 stays in SenML CBOR: TLV cannot "
                                                  "hold it"));
    answer(Code::changed);
    EXPECT_EQ(name(), "PUT 1 0");
    EXPECT_EQ(sent().request.content_format, senml_cbor);
    answer(Code::unsupported_content_format);
    expect_end(Outcome::operation_refused, "WRITE /1/0 was answered 4.15");
    EXPECT_THAT(report().notes,
                testing::Contains("not tried in TLV, which cannot hold it: WRITE /1/0"));
}

}  // namespace
}  // namespace bootstrap
