// The Discovers before the plan: what is asked for next when a device does not answer one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::Failure;
using testing::HasSubstr;
using testing::SizeIs;

provisioning::Profile fixed_with_discover() {
    auto profile = support::fixed_profile();
    profile.discover = true;
    return profile;
}

TEST_F(SessionTest, AsksForTheSecurityObjectAloneWhereDiscoverOfAllIsRefused) {
    for (const Code code : {Code::bad_request, Code::not_found, Code::method_not_allowed,
                            Code::internal_server_error}) {
        begin();
        answer(code);
        ASSERT_EQ(name(), "GET 0");
        EXPECT_EQ(sent().request.accept, 40);
        EXPECT_EQ(report().operations[0].code, code);
        EXPECT_THAT(report().operations[0].note, HasSubstr("/0 alone"));
        answer(Code::content, "</0/0>,</0/1>;ssid=99");
        EXPECT_EQ(name(), "DELETE");
        answer(Code::deleted);
        EXPECT_EQ(name(), "PUT 0 1") << "/0/0 is the Bootstrap-Server's account";
    }
}

TEST_F(SessionTest, GoesOnWithoutADiscoverWhereEvenThatIsRefused) {
    begin(fixed_with_discover());
    answer(Code::bad_request);
    answer(Code::bad_request);
    EXPECT_EQ(name(), "DELETE");
    EXPECT_EQ(report().operations[1].path, "/0");
    EXPECT_THAT(report().operations[1].note, HasSubstr("without"));
}

TEST_F(SessionTest, GoesOnWithoutADiscoverThatItCannotRead) {
    begin(fixed_with_discover());
    answer(Code::content, "<<<");
    EXPECT_EQ(name(), "GET 0");
    answer(Code::content, "<<<");
    EXPECT_EQ(name(), "DELETE");

    begin(fixed_with_discover());
    fail(Failure::response_too_large);
    EXPECT_EQ(name(), "GET 0") << "which is shorter";
    fail(Failure::response_too_large);
    EXPECT_EQ(name(), "DELETE");
}

TEST_F(SessionTest, WritesNothingWhenThePlanNeedsTheDiscoverThatWasRefused) {
    begin();
    answer(Code::bad_request);
    answer(Code::bad_request);
    expect_end(Outcome::plan_impossible);
    EXPECT_FALSE(report().cause.empty());
    EXPECT_THAT(report().operations, SizeIs(2));
}

// /1/0 could be anybody's where only /0 is known and nothing is deleted.
TEST_F(SessionTest, ChoosesNoIdOfAnObjectThatNobodyToldOf) {
    auto profile = support::sample_profile();
    profile.instances[1].instance.reset();
    profile.delete_all = false;
    begin(profile);
    answer(Code::bad_request);
    answer(Code::content, "</0/0>,</0/1>;ssid=99");
    expect_end(Outcome::plan_impossible);

    profile.delete_all = true;
    begin(profile);
    answer(Code::bad_request);
    answer(Code::content, "</0/0>,</0/1>;ssid=99");
    EXPECT_EQ(name(), "DELETE") << "afterwards every id of /1 is free";
}

// What an answer about /0 says of /1 is not what was asked.
TEST_F(SessionTest, TakesFromADiscoverOfAnObjectWhatConcernsItAlone) {
    auto profile = support::sample_profile();
    profile.delete_all = false;
    profile.instances[1].instance.reset();
    begin(profile);
    answer(Code::bad_request);
    answer(Code::content, "</0/0>,</1/0>;ssid=99");
    expect_end(Outcome::plan_impossible);
}

TEST_F(SessionTest, StartsNoFurtherDiscoverWhenTheFirstTookTooLong) {
    begin();
    now_ += 103s;
    answer(Code::bad_request);
    expect_end(Outcome::deadline_exceeded, "DISCOVER /");
}

TEST_F(SessionTest, EndsWhenADiscoverIsAnsweredByAReset) {
    begin(fixed_with_discover());
    fail(Failure::reset);
    expect_end(Outcome::operation_refused, "DISCOVER /");
}

}  // namespace
}  // namespace bootstrap
