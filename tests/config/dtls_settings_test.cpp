#include "config/dtls_settings.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.h"

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
    std::optional<Settings> settings;
    document::Problems problems;
    std::string told() const {
        std::string all;
        for (const auto& problem : problems) all += document::to_string(problem) + "\n";
        return all;
    }
};

// A file with what every one needs, and these sections.
Read read(const std::string& sections) {
    Read result;
    result.settings = parse_settings(
        R"({"listen": {"coaps": ["127.0.0.1:5684", "[::]:5684"]}, )" + sections + "}", "s.json",
        "/etc/b", result.problems);
    return result;
}

TEST(DtlsSettings, HaveDefaults) {
    const Read result = read(R"("dtls": {})");
    ASSERT_TRUE(result.settings) << result.told();
    EXPECT_EQ(result.settings->dtls, Dtls{});
    EXPECT_EQ(result.settings->dtls.certificate_warning, 2592000);
}

TEST(DtlsSettings, ReadWhatTheOperatorWrites) {
    const Read result = read(R"("dtls": {
        "certificates": [
          {"certificate": "server.pem", "key": "credential:server-key",
           "names": ["BS.example.com", "*.example.org"], "listen": ["[0:0::0]:5684"]},
          {"certificate": "/x/other.pem", "key": "other.key"}],
        "rawPublicKey": {"key": "rpk.key"},
        "clients": {"ca": ["a.pem", "/b.pem"], "crl": ["a.crl"], "crlRequired": true,
                    "endpoint": "dnsName"},
        "certificateWarning": 60})");
    ASSERT_TRUE(result.settings) << result.told();
    const Dtls& dtls = result.settings->dtls;
    ASSERT_EQ(dtls.certificates.size(), 2U);
    EXPECT_EQ(dtls.certificates[0].certificate, "/etc/b/server.pem");
    EXPECT_EQ(dtls.certificates[0].key, "credential:server-key");
    EXPECT_THAT(dtls.certificates[0].names, ElementsAre("bs.example.com", "*.example.org"));
    EXPECT_THAT(dtls.certificates[0].listen, ElementsAre("[0:0::0]:5684"));
    EXPECT_EQ(dtls.certificates[1].certificate, "/x/other.pem");
    EXPECT_EQ(dtls.raw_public_key, "/etc/b/rpk.key");
    EXPECT_THAT(dtls.clients.authorities, ElementsAre("/etc/b/a.pem", "/b.pem"));
    EXPECT_THAT(dtls.clients.revocations, ElementsAre("/etc/b/a.crl"));
    EXPECT_TRUE(dtls.clients.needs_revocations);
    EXPECT_EQ(dtls.clients.endpoint, Dtls::Clients::Endpoint::dns_name);
    EXPECT_EQ(dtls.certificate_warning, 60);

    Read again;
    again.settings =
        parse_settings(print_settings(*result.settings), "s.json", "/", again.problems);
    ASSERT_TRUE(again.settings) << again.told();
    EXPECT_EQ(again.settings->dtls, dtls);
}

TEST(DtlsSettings, PointAtWhatIsWrong) {
    struct Case {
        std::string dtls, pointer, message;
    };
    const std::string pair = R"("certificate": "c", "key": "k")";
    const std::vector<Case> cases = {
        {R"("certificates": {})", "/dtls/certificates", "is an object"},
        {R"("certificates": [{"key": "k"}])", "/dtls/certificates/0/certificate", "missing"},
        {R"("certificates": [{"certificate": "c"}])", "/dtls/certificates/0/key", "missing"},
        {R"("certificates": [{)" + pair + R"(, "names": ["a b"]}])", "/dtls/certificates/0/names/0",
         "no host name"},
        {R"("certificates": [{)" + pair + R"(, "names": ["*"]}])", "/dtls/certificates/0/names/0",
         "no host name"},
        {R"("certificates": [{)" + pair + R"(, "names": ["a.b", "A.B"]}])",
         "/dtls/certificates/0/names/1", "twice"},
        {R"("certificates": [{)" + pair + R"(, "listen": ["127.0.0.1:1"]}])",
         "/dtls/certificates/0/listen/0", "none of the addresses"},
        {R"("rawPublicKey": {})", "/dtls/rawPublicKey/key", "missing"},
        {R"("clients": {"ca": "x"})", "/dtls/clients/ca", "is a text"},
        {R"("clients": {"crl": ["x"]})", "/dtls/clients/crl", "without a CA"},
        {R"("clients": {"ca": ["x"], "crlRequired": true})", "/dtls/clients/crlRequired",
         "would refuse every certificate"},
        {R"("clients": {"endpoint": "cn"})", "/dtls/clients/endpoint", "none of the words"},
        {R"("certificateWarning": -1)", "/dtls/certificateWarning", "out of range"},
    };
    for (const Case& each : cases) {
        const Read result = read("\"dtls\": {" + each.dtls + "}");
        EXPECT_FALSE(result.settings) << each.dtls;
        ASSERT_EQ(result.problems.size(), 1U) << each.dtls << "\n" << result.told();
        EXPECT_EQ(result.problems[0].pointer, each.pointer) << result.told();
        EXPECT_THAT(result.problems[0].message, HasSubstr(each.message)) << each.dtls;
    }
}

TEST(DtlsSettings, NeedARestartForSuitesAndTimesAlone) {
    Settings running;
    Settings wanted;
    wanted.dtls.certificates.push_back({"c", "k", {}, {}});
    wanted.dtls.raw_public_key = "r";
    wanted.dtls.clients.authorities = {"a"};
    wanted.dtls.certificate_warning = 1;
    wanted.listen.public_uri = "coaps://bs.example.com";
    wanted.fleet.rules.push_back({});
    wanted.rotation.rate = 1;
    wanted.limits.failed_handshakes_per_address = 1;
    wanted.outbound.key_shares.push_back({});
    EXPECT_THAT(needs_restart(running, wanted), IsEmpty());
    wanted.dtls.cipher_suites = {"A"};
    EXPECT_THAT(needs_restart(running, wanted), ElementsAre("/dtls/cipherSuites"));
}

TEST(FleetSettings, ReadWhatTheOperatorWrites) {
    const Read result = read(R"(
        "dtls": {"clients": {"ca": ["a.pem"]}},
        "fleet": {"psk": {"masterKey": "fleet.key", "profile": "meter", "endpoint": "urn:dev:*"},
                  "rules": [{"endpoint": "lab-*", "profile": "x", "credentials": "nosec"},
                            {"issuer": "CN=Factory CA", "profile": "y"}]})");
    ASSERT_TRUE(result.settings) << result.told();
    const Fleet& fleet = result.settings->fleet;
    ASSERT_EQ(fleet.psk.size(), 1U);
    EXPECT_EQ(fleet.psk[0].master_key, "/etc/b/fleet.key");
    EXPECT_EQ(fleet.psk[0].endpoint, "urn:dev:*");
    ASSERT_EQ(fleet.rules.size(), 2U);
    EXPECT_EQ(fleet.rules[0].credentials, Fleet::Rule::Credentials::nosec);
    EXPECT_EQ(fleet.rules[1].issuer, "CN=Factory CA");
    EXPECT_EQ(fleet.rules[1].endpoint, "*");
    Read again;
    again.settings =
        parse_settings(print_settings(*result.settings), "s.json", "/", again.problems);
    ASSERT_TRUE(again.settings) << again.told();
    EXPECT_EQ(again.settings->fleet, fleet);
}

TEST(FleetSettings, PointAtWhatIsWrong) {
    struct Case {
        std::string sections, pointer, message;
    };
    const std::vector<Case> cases = {
        {R"("fleet": {"psk": {"profile": "p"}})", "/fleet/psk/masterKey", "missing"},
        {R"("fleet": {"psk": [{"masterKey": "k"}]})", "/fleet/psk/0/profile", "missing"},
        {R"("fleet": {"psk": {"masterKey": "k", "profile": "p", "endpoint": ""}})",
         "/fleet/psk/endpoint", "no pattern"},
        {R"("fleet": {"rules": [{"profile": "p", "credentials": "nosec"}]})", "/fleet/rules/0",
         "fits every device"},
        {R"("fleet": {"rules": [{"endpoint": "*", "profile": "p"}]})", "/fleet/rules/0",
         "there is no CA"},
        {R"("fleet": {"rules": [{"issuer": "CN=A", "profile": "p", "credentials": "nosec"}]})",
         "/fleet/rules/0/issuer", "is not known"},
        {R"("dtls": {"clients": {"ca": ["a"]}},
            "fleet": {"rules": [{"issuer": "Factory", "profile": "p"}]})",
         "/fleet/rules/0/issuer", "no name of an issuer"},
        {R"("fleet": {"rules": [{"endpoint": "*", "profile": "", "credentials": "nosec"}]})",
         "/fleet/rules/0/profile", "no profile's name"},
        {R"("rotation": {"rate": 0})", "/rotation/rate", "out of range"},
        {R"("limits": {"failedHandshakeWindow": 0})", "/limits/failedHandshakeWindow",
         "out of range"},
    };
    for (const Case& each : cases) {
        const Read result = read(each.sections);
        EXPECT_FALSE(result.settings) << each.sections;
        ASSERT_EQ(result.problems.size(), 1U) << each.sections << "\n" << result.told();
        EXPECT_EQ(result.problems[0].pointer, each.pointer) << result.told();
        EXPECT_THAT(result.problems[0].message, HasSubstr(each.message)) << each.sections;
    }
}

TEST(Settings, NameThisServerAsDevicesKnowIt) {
    document::Problems problems;
    const auto settings = parse_settings(
        R"({"listen": {"coaps": ["127.0.0.1:1"], "publicUri": "coaps://bs.example.com:5684"}})",
        "s.json", "/", problems);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->listen.public_uri, "coaps://bs.example.com:5684");
    EXPECT_FALSE(parse_settings(
        R"({"listen": {"coaps": ["127.0.0.1:1"], "publicUri": "coap://bs.example.com"}})", "s.json",
        "/", problems));
    EXPECT_EQ(problems.at(0).pointer, "/listen/publicUri");
}

}  // namespace
}  // namespace config
