#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/settings.h"

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::optional<Settings> read(const std::string& http, document::Problems& problems) {
    return parse_settings(R"({"listen": {"coap": ["127.0.0.1:5683"]}, "http": )" + http + "}",
                          "s.json", "/etc/b", problems);
}

// SHA-256 of "abc" (FIPS 180-2, appendix B.1) and of nothing.
const std::string of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const std::string whole = R"({
    "listen": ["0.0.0.0:8443", "[::1]:8443"], "authentication": "required",
    "tls": {"certificate": "tls/chain.pem", "key": "/keys/api.pem", "clientCa": "tls/ca.pem"},
    "tokens": [{"name": "ops", "roles": ["admin"], "sha256": ")" +
                          of_abc + R"("},
               {"name": "radius-1", "roles": ["attach", "read"], "sha256": ")" +
                          of_nothing + R"("}],
    "certificates": [{"name": "ci", "roles": ["provision"], "subject": "ci.example"},
                     {"name": "old", "roles": ["read"], "sha256": ")" +
                          of_abc + R"("}],
    "socket": "control.sock", "socketRoles": ["read"],
    "maxImport": 2048, "eventSubscribers": 3})";

TEST(HttpSettings, AreTakenFromTheFile) {
    document::Problems problems;
    const auto settings = read(whole, problems);
    ASSERT_TRUE(settings);
    const Http& http = settings->http;
    EXPECT_EQ(http.authentication, "required");
    ASSERT_TRUE(http.tls);
    EXPECT_EQ(http.tls->certificate, "/etc/b/tls/chain.pem");
    EXPECT_EQ(http.tls->key, "/keys/api.pem");
    EXPECT_EQ(http.tls->client_ca, "/etc/b/tls/ca.pem");
    ASSERT_EQ(http.tokens.size(), 2U);
    EXPECT_EQ(http.tokens[1].name, "radius-1");
    EXPECT_THAT(http.tokens[1].roles, ElementsAre("attach", "read"));
    EXPECT_EQ(http.tokens[0].sha256, of_abc);
    ASSERT_EQ(http.certificates.size(), 2U);
    EXPECT_EQ(http.certificates[0].subject, "ci.example");
    EXPECT_EQ(http.certificates[1].sha256, of_abc);
    EXPECT_THAT(http.socket_roles, ElementsAre("read"));
    EXPECT_EQ(http.max_import, 2048U);
    EXPECT_EQ(http.event_subscribers, 3U);
}

TEST(HttpSettings, ArePrintedSoThatTheyAreReadBack) {
    document::Problems problems;
    const auto settings = read(whole, problems);
    ASSERT_TRUE(settings);
    const auto again = read(http_json(settings->http).dump(), problems);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->http, settings->http);
    const auto nothing = read(http_json(Http{}).dump(), problems);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->http, Http{});
}

TEST(HttpSettings, TakeADigestInCapitals) {
    document::Problems problems;
    std::string capitals = of_abc;
    for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto settings =
        read(R"({"tokens": [{"name": "a", "roles": ["read"], "sha256": ")" + capitals + R"("}]})",
             problems);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->http.tokens[0].sha256, of_abc);
}

TEST(HttpSettings, TellWhatIsWrongByItsPlace) {
    const auto token = [](const std::string& name, const std::string& roles,
                          const std::string& sha256) {
        return R"({"name": ")" + name + R"(", "roles": )" + roles + R"(, "sha256": ")" + sha256 +
               "\"}";
    };
    const std::string tls = R"("tls": {"certificate": "c", "key": "k"})";
    struct Case {
        std::string http, pointer, message;
    };
    for (const Case& each : std::vector<Case>{
             {R"({"listen": ["192.0.2.1:1"], "authentication": "required", "tokens": [)" +
                  token("a", R"(["read"])", of_abc) + "]}",
              "/http/listen/0", "there is no TLS"},
             {R"({"listen": ["192.0.2.1:1"], )" + tls + "}", "/http/listen/0",
              "there is no authentication"},
             {R"({"listen": ["127.0.0.1:1"], "authentication": "required"})",
              "/http/authentication", "nobody is known"},
             {R"({"authentication": "basic"})", "/http/authentication", "none of the words"},
             {R"({"tls": {"certificate": "c"}})", "/http/tls", ""},
             {R"({"tls": {"certificate": "", "key": "k"}})", "/http/tls/certificate", "is no path"},
             {R"({"tls": "yes"})", "/http/tls", "is a text"},
             {R"({"tokens": {}})", "/http/tokens", "is an object"},
             {R"({"tokens": [{"name": "a", "roles": ["read"]}]})", "/http/tokens/0", ""},
             {R"({"tokens": [)" + token("a", "[]", of_abc) + "]}", "/http/tokens/0/roles",
              "is empty"},
             {R"({"tokens": [)" + token("a", R"(["root"])", of_abc) + "]}",
              "/http/tokens/0/roles/0", "none of the words"},
             {R"({"tokens": [)" + token("a", R"(["read", "read"])", of_abc) + "]}",
              "/http/tokens/0/roles/1", "twice"},
             {R"({"tokens": [)" + token("a b", R"(["read"])", of_abc) + "]}", "/http/tokens/0/name",
              "is no name"},
             {R"({"tokens": [)" + token("a", R"(["read"])", of_abc.substr(1)) + "]}",
              "/http/tokens/0/sha256", "no SHA-256"},
             {R"({"tokens": [)" + token("a", R"(["read"])", "x" + of_abc.substr(1)) + "]}",
              "/http/tokens/0/sha256", "no SHA-256"},
             {R"({"tokens": [)" + token("a", R"(["read"])", of_abc) + "," +
                  token("a", R"(["read"])", of_nothing) + "]}",
              "/http/tokens/1/name", "another one"},
             {R"({"tokens": [)" + token("a", R"(["read"])", of_abc) + "," +
                  token("b", R"(["read"])", of_abc) + "]}",
              "/http/tokens/1/sha256", "another one"},
             {R"({"certificates": [{"name": "a", "roles": ["read"], "subject": "s"}], )" + tls +
                  "}",
              "/http/certificates", "vouches"},
             {R"({"tls": {"certificate": "c", "key": "k", "clientCa": "a"},
                  "certificates": [{"name": "a", "roles": ["read"]}]})",
              "/http/certificates/0", "which certificate"},
             {R"({"tls": {"certificate": "c", "key": "k", "clientCa": "a"},
                  "certificates": [{"name": "a", "roles": ["read"], "subject": ""}]})",
              "/http/certificates/0/subject", "no common name"},
             {R"({"socketRoles": []})", "/http/socketRoles", "is empty"},
             {R"({"maxImport": 1})", "/http/maxImport", "out of range"},
         }) {
        document::Problems problems;
        EXPECT_FALSE(read(each.http, problems)) << each.http;
        ASSERT_EQ(problems.size(), 1U) << each.http;
        EXPECT_THAT(problems[0].pointer, HasSubstr(each.pointer)) << each.http;
        EXPECT_THAT(problems[0].message, HasSubstr(each.message)) << each.http;
        EXPECT_NE(problems[0].remedy, "");
    }
}

TEST(HttpSettings, NeedNoRestartForCertificatesAndForWhomTheApiKnows) {
    document::Problems problems;
    const auto one = read(R"({"listen": ["127.0.0.1:1"]})", problems);
    const auto other = read(whole, problems);
    ASSERT_TRUE(one && other);
    Settings reloaded = *other;
    reloaded.http.tokens.clear();
    reloaded.http.certificates.clear();
    reloaded.http.tls->key = "/other";
    reloaded.http.socket_roles = {"admin"};
    EXPECT_THAT(needs_restart(*other, reloaded), IsEmpty());
    EXPECT_THAT(needs_restart(*one, *other),
                UnorderedElementsAre("/http/listen", "/http/socket", "/http/maxImport",
                                     "/http/eventSubscribers"));
}

}  // namespace
}  // namespace config
