#include "server/bootstrap/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bootstrap {
namespace {

using testing::ElementsAre;

coap::Request post(std::vector<std::string> path, std::vector<std::string> queries) {
    return {coap::Code::post, std::move(path), std::move(queries), {}, {}, {}};
}

coap::Request pack(std::vector<std::string> queries, std::optional<std::uint16_t> accept = 112) {
    return {coap::Code::get, {"bspack"}, std::move(queries), {}, accept, {}};
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

// "Query order is free; unknown attributes come with the request and are kept, not refused."
TEST(BootstrapRequest, TakesQueriesInAnyOrderAndKeepsThoseItDoesNotKnow) {
    const auto parsed =
        parse_request(post({"bs"}, {"extra=7", "pct=11542", "flag", "ep=a", "EP=b"}));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->endpoint->text(), "a");
    EXPECT_EQ(parsed->preferred_format, 11542);
    EXPECT_THAT(parsed->other_queries, ElementsAre("extra=7", "flag", "EP=b"));
}

// "A device whose Server URI has a path or a query sends these in front of /bs."
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
    EXPECT_EQ(refusal(post({"bs"}, {"pct=110", "pct=110"})), RequestErrc::bad_format);
    EXPECT_EQ(reaction(RequestErrc::bad_format), coap::Code::bad_request);
}

// LwM2M 1.1 §6.4.2: SenML JSON, SenML CBOR, TLV; LwM2M CBOR from 1.2 on; the old JSON of 1.0.
TEST(BootstrapRequest, TakesThePreferredFormatsThatItWrites) {
    for (const int format : {110, 112, 11542, 11543, 11544}) {
        const auto parsed = parse_request(post({"bs"}, {"pct=" + std::to_string(format)}));
        ASSERT_TRUE(parsed) << format;
        EXPECT_EQ(parsed->preferred_format, format);
    }
}

// "Anjay asks again at once without pct after a 4.xx": so nothing is guessed in its place.
TEST(BootstrapRequest, RefusesAPreferredFormatThatItDoesNotWrite) {
    for (const char* query : {"pct=0", "pct=40", "pct=42", "pct=60", "pct=1542", "pct=65535"}) {
        EXPECT_EQ(refusal(post({"bs"}, {"ep=a", query})), RequestErrc::unsupported_format) << query;
    }
    EXPECT_EQ(reaction(RequestErrc::unsupported_format), coap::Code::unsupported_content_format);
    EXPECT_TRUE(parse_request(post({"bs"}, {"ep=a"})));
}

TEST(BootstrapRequest, AnAccountOfAPostIsTakenWhereItMakesSenseAndKeptElse) {
    const auto parsed = parse_request(post({"bs"}, {"ep=a", "acc=</0/1>"}));
    EXPECT_THAT(*parsed->account, ElementsAre(model::Path(0, 1)));
    const auto kept = parse_request(post({"bs"}, {"ep=a", "acc=me"}));
    ASSERT_TRUE(kept);
    EXPECT_FALSE(kept->account);
    EXPECT_THAT(kept->other_queries, ElementsAre("acc=me"));
}

// ---- Bootstrap-Pack-Request ----

// "Anjay's 1.2 build first sends GET /bspack?ep=… with Accept 112 and no pct."
TEST(BootstrapPackRequest, TellsEndpointAndFormat) {
    const auto parsed = parse_request(pack({"ep=urn:imei:1"}));
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->is_pack);
    EXPECT_EQ(parsed->endpoint->text(), "urn:imei:1");
    EXPECT_EQ(parsed->preferred_format, 112);
    EXPECT_FALSE(parsed->account) << "Anjay sends none";
    EXPECT_FALSE(parse_request(post({"bs"}, {}))->is_pack);
}

TEST(BootstrapPackRequest, ToleratesAnyOrderUnknownQueriesAndAPathInFront) {
    coap::Request request = pack({"tenant=1", "acc=</0/0>,</21/0>", "x", "pct=110", "ep=a"}, 110);
    request.path = {"some", "bspack"};
    const auto parsed = parse_request(request);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->endpoint->text(), "a");
    EXPECT_EQ(parsed->preferred_format, 110);
    EXPECT_THAT(*parsed->account, ElementsAre(model::Path(0, 0), model::Path(21, 0)));
    EXPECT_THAT(parsed->other_queries, ElementsAre("tenant=1", "x", "pct=110"));
}

TEST(BootstrapPackRequest, MayNameNeitherEndpointNorFormat) {
    const auto parsed = parse_request(pack({}, {}));
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->endpoint);
    EXPECT_FALSE(parsed->preferred_format);
}

TEST(BootstrapPackRequest, AcceptsTheFormatsThatHoldObjects) {
    for (const std::uint16_t format : std::vector<std::uint16_t>{110, 112, 11544})
        EXPECT_EQ(parse_request(pack({}, format))->preferred_format, format);
    for (const std::uint16_t format : std::vector<std::uint16_t>{0, 7, 40, 42, 60, 11542, 11543})
        EXPECT_EQ(refusal(pack({}, format)), RequestErrc::not_acceptable) << format;
    EXPECT_EQ(reaction(RequestErrc::not_acceptable), coap::Code::not_acceptable);
}

TEST(BootstrapPackRequest, IsAGet) {
    for (const auto method : {coap::Code::post, coap::Code::put, coap::Code::delete_}) {
        coap::Request request = pack({"ep=a"});
        request.method = method;
        EXPECT_EQ(refusal(request), RequestErrc::method_not_allowed);
    }
}

std::optional<std::vector<model::Path>> account(const std::string& text) {
    const auto parsed = parse_request(pack({"acc=" + text}));
    if (parsed) return parsed->account;
    EXPECT_EQ(parsed.error(), RequestErrc::bad_account);
    return std::nullopt;
}

TEST(BootstrapPackRequest, ReadsAnAccountAsDevicesMayWriteIt) {
    const std::vector<model::Path> both{{0, 1}, {21, 65534}};
    EXPECT_EQ(account("</0/1>,</21/65534>"), both);
    EXPECT_EQ(account(" </0/1/> , </21/65534> "), both);
    EXPECT_EQ(account("</0/1>;ssid=5;uri=\"coap://a,b\",</21/65534>;x"), both);
    EXPECT_EQ(account("</0/1>"), std::vector<model::Path>{model::Path(0, 1)});
}

// Who takes less for the account than it is may write over it.
TEST(BootstrapPackRequest, RefusesAnAccountThatItDoesNotUnderstand) {
    for (const char* text : {"", ",", "/0/1", "</0/1", "</0>", "</>", "</0/1/2>", "<0/1>", "</0/x>",
                             "</0/65535>", "</0/-1>", "</0/1>,", ",</0/1>", "</0/1></0/2>",
                             "</0/1> </0/2>", "</0/1>;uri=\",</0/2>", "<//0/1>", "</0/1>x"}) {
        EXPECT_FALSE(account(text)) << text;
    }
    EXPECT_EQ(refusal(pack({"acc=</0/1>", "acc=</0/2>"})), RequestErrc::bad_account);
    EXPECT_EQ(reaction(RequestErrc::bad_account), coap::Code::bad_request);
}

TEST(BootstrapPackRequest, RefusesALongerAccountThanAnybodyHas) {
    std::string text = "</0/0>";
    for (std::size_t i = 1; i < max_account; ++i) text += ",</0/" + std::to_string(i) + ">";
    EXPECT_EQ(account(text)->size(), max_account);
    EXPECT_FALSE(account(text + ",</0/64>"));
}

}  // namespace
}  // namespace bootstrap
