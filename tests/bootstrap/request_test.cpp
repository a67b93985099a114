#include "server/bootstrap/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bootstrap {
namespace {

using testing::ElementsAre;

coap::Request post(std::vector<std::string> path, std::vector<std::string> queries) {
    return {coap::Code::post, std::move(path), std::move(queries), {}, {}, {}};
}

RequestErrc refusal(const coap::Request& request) {
    const auto parsed = parse_request(request);
    EXPECT_TRUE(parsed.has_error());
    return parsed.error();
}

TEST(BootstrapRequest, TellsEndpointAndPreferredFormat) {
    const auto parsed = parse_request(post({"bs"}, {"ep=urn:imei:1", "pct=112"}));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->endpoint->text(), "urn:imei:1");
    EXPECT_EQ(parsed->preferred_format, 112);
    EXPECT_THAT(parsed->other_queries, ElementsAre());
}

TEST(BootstrapRequest, TakesQueriesInAnyOrderAndKeepsThoseItDoesNotKnow) {
    const auto parsed =
        parse_request(post({"bs"}, {"extra=7", "pct=11542", "flag", "ep=a", "EP=b"}));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->endpoint->text(), "a");
    EXPECT_EQ(parsed->preferred_format, 11542);
    EXPECT_THAT(parsed->other_queries, ElementsAre("extra=7", "flag", "EP=b"));
}

TEST(BootstrapRequest, ToleratesWhatAServerUriPutsInFront) {
    const auto parsed = parse_request(post({"some", "where", "bs"}, {"tenant=1", "ep=a"}));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->endpoint->text(), "a");
    EXPECT_THAT(parsed->other_queries, ElementsAre("tenant=1"));
}

TEST(BootstrapRequest, MayNameNoEndpoint) {
    const auto parsed = parse_request(post({"bs"}, {}));
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->endpoint);
}

TEST(BootstrapRequest, AnswersAPackRequestWithNotImplemented) {
    coap::Request pack{coap::Code::get, {"bspack"}, {"ep=a"}, {}, 112, {}};
    EXPECT_EQ(refusal(pack), RequestErrc::pack_not_implemented);
    EXPECT_EQ(reaction(RequestErrc::pack_not_implemented), coap::Code::not_implemented);
    pack.method = coap::Code::post;
    EXPECT_EQ(refusal(pack), RequestErrc::method_not_allowed);
}

TEST(BootstrapRequest, KnowsNoOtherResource) {
    EXPECT_EQ(refusal(post({}, {"ep=a"})), RequestErrc::not_found);
    EXPECT_EQ(refusal(post({"bs", "x"}, {"ep=a"})), RequestErrc::not_found);
    EXPECT_EQ(refusal(post({"rd"}, {"ep=a"})), RequestErrc::not_found);
    EXPECT_EQ(refusal({coap::Code::get, {".well-known", "core"}, {}, {}, {}, {}}),
              RequestErrc::not_found);
    EXPECT_EQ(reaction(RequestErrc::not_found), coap::Code::not_found);
}

TEST(BootstrapRequest, IsAPost) {
    for (const auto method : {coap::Code::get, coap::Code::put, coap::Code::delete_}) {
        EXPECT_EQ(refusal({method, {"bs"}, {"ep=a"}, {}, {}, {}}), RequestErrc::method_not_allowed);
    }
    EXPECT_EQ(reaction(RequestErrc::method_not_allowed), coap::Code::method_not_allowed);
}

TEST(BootstrapRequest, RejectsAnEmptyOrOverlongOrRepeatedEndpoint) {
    EXPECT_EQ(refusal(post({"bs"}, {"ep="})), RequestErrc::bad_endpoint);
    EXPECT_EQ(refusal(post({"bs"}, {"ep=" + std::string(256, 'x')})), RequestErrc::bad_endpoint);
    EXPECT_EQ(refusal(post({"bs"}, {"ep=a", "ep=a"})), RequestErrc::bad_endpoint);
    EXPECT_TRUE(parse_request(post({"bs"}, {"ep=" + std::string(255, 'x')})));
    EXPECT_EQ(reaction(RequestErrc::bad_endpoint), coap::Code::bad_request);
}

TEST(BootstrapRequest, RejectsAPreferredFormatThatIsNone) {
    for (const char* query : {"pct=", "pct=x", "pct=-1", "pct=65536", "pct=11542x", "pct= 1"}) {
        EXPECT_EQ(refusal(post({"bs"}, {"ep=a", query})), RequestErrc::bad_format) << query;
    }
    EXPECT_EQ(refusal(post({"bs"}, {"pct=0", "pct=0"})), RequestErrc::bad_format);
    EXPECT_EQ(reaction(RequestErrc::bad_format), coap::Code::bad_request);
}

}  // namespace
}  // namespace bootstrap
