#include "server/http/authentication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/http/caller.h"

namespace http {
namespace {

using testing::HasSubstr;

crypto::Sha256 sha256_of(std::string_view text) {
    return crypto::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

AuthenticationSettings settings() {
    AuthenticationSettings out;
    out.required = true;
    out.tokens = {{"ops", bit(Role::admin), sha256_of("mF_9.B5f-4.1JqM")},
                  {"radius", bit(Role::attach), sha256_of("abc")}};
    out.certificates = {{"ci", bit(Role::provision), "ci.example", std::nullopt},
                        {"old", bit(Role::read), std::nullopt, sha256_of("der")}};
    return out;
}

std::variant<Identity, Stranger> with(std::string_view authorization) {
    return identify({false, authorization, nullptr}, settings());
}

TEST(Caller, MayWhatItsRolesSay) {
    struct Case {
        Role has;
        std::vector<Role> may;
    };
    for (const Case& each : std::vector<Case>{
             {Role::attach, {Role::attach}},
             {Role::read, {Role::read}},
             {Role::provision, {Role::read, Role::provision}},
             {Role::admin, {Role::attach, Role::read, Role::provision, Role::admin}},
         }) {
        const Caller caller{"x", bit(each.has)};
        for (const Role role : {Role::attach, Role::read, Role::provision, Role::admin})
            EXPECT_EQ(caller.may(role),
                      std::find(each.may.begin(), each.may.end(), role) != each.may.end())
                << to_string(each.has) << " " << to_string(role);
        EXPECT_EQ(role_from(to_string(each.has)), each.has);
        EXPECT_FALSE(Caller{}.may(each.has));
    }
    EXPECT_EQ(role_from("root"), std::nullopt);
}

TEST(Authentication, KnowsABearerToken) {
    // The token of RFC 6750 §2.1; the scheme in any letters (RFC 9110 §11.1).
    for (const char* field :
         {"Bearer mF_9.B5f-4.1JqM", "bearer mF_9.B5f-4.1JqM", "BEARER   mF_9.B5f-4.1JqM"}) {
        const auto who = with(field);
        const auto* identity = std::get_if<Identity>(&who);
        ASSERT_NE(identity, nullptr) << field;
        EXPECT_EQ(identity->caller, (Caller{"token ops", bit(Role::admin)}));
        EXPECT_TRUE(identity->authenticated);
    }
}

TEST(Authentication, KnowsNoOtherToken) {
    struct Case {
        std::string_view field;
        Stranger::Why why;
    };
    for (const Case& each : std::vector<Case>{
             {"Bearer mF_9.B5f-4.1JqN", Stranger::Why::unknown_token},
             {"Bearer mF_9.B5f-4.1Jq", Stranger::Why::unknown_token},
             {"Bearer =abc", Stranger::Why::malformed},
             {"Bearer", Stranger::Why::malformed},
             {"Bearer ", Stranger::Why::malformed},
             {"Bearer ===", Stranger::Why::malformed},
             {"Bearer a b", Stranger::Why::malformed},
             {"Basic abc", Stranger::Why::malformed},
             {"", Stranger::Why::malformed},
         }) {
        const auto who = with(each.field);
        const auto* stranger = std::get_if<Stranger>(&who);
        ASSERT_NE(stranger, nullptr) << each.field;
        EXPECT_EQ(stranger->why, each.why) << each.field;
        const Response response = refusal(*stranger);
        EXPECT_EQ(response.status, 401U);
        ASSERT_EQ(response.headers.back().first, "WWW-Authenticate");
        EXPECT_THAT(response.headers.back().second, HasSubstr("error=\"invalid_token\""));
    }
}

TEST(Authentication, AsksWhoGivesNothing) {
    const auto who = identify({}, settings());
    ASSERT_TRUE(std::holds_alternative<Stranger>(who));
    const Response response = refusal(std::get<Stranger>(who));
    EXPECT_EQ(response.status, 401U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    // Without an error code, as nothing was given (RFC 6750 §3.1).
    EXPECT_EQ(response.headers.back().second, "Bearer realm=\"lwm2m-bootstrapd\"");
}

TEST(Authentication, KnowsACertificateByItsNameOrByItself) {
    const PeerCertificate named{"ci.example", sha256_of("any")};
    const auto ci = identify({false, std::nullopt, &named}, settings());
    ASSERT_TRUE(std::holds_alternative<Identity>(ci));
    EXPECT_EQ(std::get<Identity>(ci).caller, (Caller{"certificate ci", bit(Role::provision)}));
    EXPECT_TRUE(std::get<Identity>(ci).authenticated);

    const PeerCertificate itself{"", sha256_of("der")};
    const auto old = identify({false, std::nullopt, &itself}, settings());
    ASSERT_TRUE(std::holds_alternative<Identity>(old));
    EXPECT_EQ(std::get<Identity>(old).caller.name, "certificate old");

    const PeerCertificate other{"ci", sha256_of("any")};
    const auto nobody = identify({false, std::nullopt, &other}, settings());
    ASSERT_TRUE(std::holds_alternative<Stranger>(nobody));
    EXPECT_EQ(std::get<Stranger>(nobody).why, Stranger::Why::unknown_certificate);
}

TEST(Authentication, TakesTheTokenBeforeTheCertificateAndForgivesNoWrongOne) {
    const PeerCertificate certificate{"ci.example", {}};
    const auto by_token = identify({false, "Bearer abc", &certificate}, settings());
    EXPECT_EQ(std::get<Identity>(by_token).caller.name, "token radius");
    const auto wrong = identify({false, "Bearer abd", &certificate}, settings());
    EXPECT_TRUE(std::holds_alternative<Stranger>(wrong));
}

TEST(Authentication, KnowsThoseOnTheMachineByTheSocket) {
    AuthenticationSettings some = settings();
    some.socket_roles = bit(Role::read);
    const auto who = identify({true, std::nullopt, nullptr}, some);
    ASSERT_TRUE(std::holds_alternative<Identity>(who));
    EXPECT_EQ(std::get<Identity>(who).caller, (Caller{"socket", bit(Role::read)}));
    EXPECT_FALSE(std::get<Identity>(who).authenticated);
    // Who gives a token is judged by it.
    EXPECT_TRUE(std::holds_alternative<Stranger>(identify({true, "Bearer x", nullptr}, some)));
    EXPECT_EQ(std::get<Identity>(identify({true, "Bearer abc", nullptr}, some)).caller.name,
              "token radius");
}

TEST(Authentication, AsksNobodyUnlessItIsRequired) {
    AuthenticationSettings none;
    const auto local = identify({false, std::nullopt, nullptr}, none);
    EXPECT_EQ(std::get<Identity>(local).caller, (Caller{"local", bit(Role::admin)}));
    EXPECT_FALSE(std::get<Identity>(local).authenticated);
    EXPECT_TRUE(std::holds_alternative<Identity>(identify({false, "Basic eDp5", nullptr}, none)));
    none.tokens = settings().tokens;
    EXPECT_TRUE(std::holds_alternative<Stranger>(identify({false, "Bearer x", nullptr}, none)));
}

TEST(Authentication, ReadsADigest) {
    // FIPS 180-2, appendix B.1.
    EXPECT_EQ(sha256_from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015AD"),
              sha256_of("abc"));
    EXPECT_EQ(sha256_from_hex("ba78"), std::nullopt);
    EXPECT_EQ(sha256_from_hex(std::string(64, 'g')), std::nullopt);
}

TEST(Provenance, OfARequestHasToBeThisMachine) {
    const auto status = [](bool over_socket, std::string_view method, std::string_view host,
                           std::optional<std::string_view> origin) {
        const auto no = objection({over_socket, method, host, origin});
        return no ? no->status : 0U;
    };
    for (const char* host : {"localhost", "LOCALHOST:8443", "api.localhost", "127.0.0.1",
                             "127.0.0.1:1", "[::1]", "[::1]:1", "10.0.0.1"})
        EXPECT_EQ(status(false, "GET", host, std::nullopt), 0U) << host;
    for (const char* host : {"evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io"})
        EXPECT_EQ(status(false, "GET", host, std::nullopt), 421U) << host;
    EXPECT_EQ(status(true, "GET", "any", std::nullopt), 0U);
    EXPECT_EQ(status(false, "GET", "localhost", "https://a.example"), 0U);
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "get"})
        EXPECT_EQ(status(false, method, "localhost", "null"), 403U) << method;
    EXPECT_EQ(status(true, "POST", "any", "https://a.example"), 403U);
}

}  // namespace
}  // namespace http
