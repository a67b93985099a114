#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provisioning/model/objects.h"
#include "server/crypto/digest.h"
#include "server/crypto/keys.h"
#include "tests/crypto/made_certificate.h"
#include "tests/provisioning/planning.h"

// What a profile writes for each Security Mode, LwM2M Transport §5.2.8 and §5.2.9.
namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing;
namespace security = model::security;

struct Material {
    MadeCertificate ca = make_certificate({.common_name = "ca", .is_authority = true});
    MadeCertificate device = make_certificate({.common_name = "urn:dev:1", .issuer = &ca});
    MadeCertificate server = make_certificate({.common_name = "dm.example.com", .issuer = &ca});
    wire::Bytes public_key = *crypto::public_key_of(device.key);
    wire::Bytes server_public_key = *crypto::public_key_of(server.key);
};

const Material& material() {
    static const Material made;
    return made;
}

std::string hex(wire::BytesView octets) {
    return wire::to_hex(octets);
}
std::string certificate_pem(const MadeCertificate& made) {
    return pem_of("CERTIFICATE", made.der);
}
std::string key_pem(const MadeCertificate& made) {
    return pem_of("PRIVATE KEY", made.key.reveal());
}

nlohmann::json profile_with(nlohmann::json mode, std::string_view enabler = "1.1") {
    nlohmann::json server = {{"shortServerId", 101}, {"uri", "coaps://dm.example.com"}};
    server["security"] = std::move(mode);
    nlohmann::json profile = {{"name", "p"}, {"enabler", enabler}};
    profile["servers"] = nlohmann::json::array({std::move(server)});
    return profile;
}

nlohmann::json x509(nlohmann::json more = nlohmann::json::object()) {
    nlohmann::json mode = {{"mode", "x509"},
                           {"certificate", certificate_pem(material().device)},
                           {"privateKey", key_pem(material().device)},
                           {"serverCertificate", certificate_pem(material().server)}};
    mode.update(more);
    return mode;
}

// The Security Instance that is written to a device with these variables.
PlanResult plan_for(const nlohmann::json& profile,
                    std::map<std::string, std::string> variables = {},
                    const Issued* issued = nullptr) {
    Device device = some_device();
    device.variables = std::move(variables);
    const model::Discovered before = told({link("/0/0")});
    FixedRandom random;
    return make_plan(profile_of(profile.dump()), device, {&before, nullptr, issued}, random);
}

wire::Bytes opaque(const PlanResult& result, model::ResourceId resource) {
    return std::get<model::Opaque>(written(result, 1, resource)).octets;
}
wire::Bytes secret(const PlanResult& result) {
    const auto octets = std::get<model::Secret>(written(result, 1, security::secret_key)).reveal();
    return {octets.begin(), octets.end()};
}
std::int64_t number(const PlanResult& result, model::ResourceId resource) {
    return std::get<std::int64_t>(written(result, 1, resource));
}
wire::Bytes octets_of(const MadeCertificate& made) {
    return {made.key.reveal().begin(), made.key.reveal().end()};
}

TEST(SecurityModes, OfCertificatesAreWrittenAsDer) {
    const auto plan = plan_for(profile_with(x509({{"certificateUsage", 3}, {"sni", "dm"}})));
    EXPECT_EQ(number(plan, security::security_mode), 2);
    EXPECT_EQ(opaque(plan, security::public_key_or_identity), material().device.der);
    EXPECT_EQ(opaque(plan, security::server_public_key), material().server.der);
    EXPECT_EQ(secret(plan), octets_of(material().device));
    EXPECT_EQ(number(plan, security::certificate_usage), 3);
    EXPECT_EQ(std::get<std::string>(written(plan, 1, security::sni)), "dm");
}

TEST(SecurityModes, OfCertificatesMayBringTheChain) {
    const auto plan = plan_for(profile_with(x509(
        {{"certificate", certificate_pem(material().device) + certificate_pem(material().ca)}})));
    wire::Bytes both = material().device.der;
    both.insert(both.end(), material().ca.der.begin(), material().ca.der.end());
    EXPECT_EQ(opaque(plan, security::public_key_or_identity), both);
}

TEST(SecurityModes, OfCertificatesGetTheDigestThatTheMatchingTypeAsksFor) {
    const auto digest = [](int type) {
        return hex(opaque(plan_for(profile_with(x509({{"matchingType", type}}))),
                          security::server_public_key));
    };
    EXPECT_EQ(digest(0), hex(material().server.der));
    EXPECT_EQ(digest(1), hex(crypto::sha256(material().server.der)));
    EXPECT_EQ(digest(2), hex(crypto::sha384(material().server.der)));
    EXPECT_EQ(digest(3), hex(crypto::sha512(material().server.der)));
    const std::string as_it_is(64, 'a');
    const auto plan =
        plan_for(profile_with(x509({{"matchingType", 1}, {"serverCertificate", as_it_is}})));
    EXPECT_EQ(hex(opaque(plan, security::server_public_key)), as_it_is);
}

TEST(SecurityModes, OfRawPublicKeysTakeSec1AndPem) {
    const std::string pem = pem_of("PUBLIC KEY", material().public_key);
    // ECPrivateKey is what PKCS #8 has in its octet string, with the curve in it.
    const std::string private_value = hex(octets_of(material().device)).substr(72, 64);
    const std::string sec1 = "30310201010420" + private_value + "a00a06082a8648ce3d030107";
    const auto plan =
        plan_for(profile_with({{"mode", "rpk"},
                               {"publicKey", pem},
                               {"privateKey", sec1},
                               {"serverPublicKey", hex(material().server_public_key)}}));
    EXPECT_EQ(number(plan, security::security_mode), 1);
    EXPECT_EQ(opaque(plan, security::public_key_or_identity), material().public_key);
    EXPECT_EQ(opaque(plan, security::server_public_key), material().server_public_key);
    EXPECT_EQ(secret(plan), octets_of(material().device));
}

TEST(SecurityModes, OfRawPublicKeysTakeAPairThatIsMadeForTheDevice) {
    const auto profile = profile_with({{"mode", "rpk"},
                                       {"keyPair", "${secret:dm}"},
                                       {"serverPublicKey", hex(material().server_public_key)}});
    const Profile parsed = profile_of(profile.dump());
    EXPECT_EQ(parsed.wanted.secrets.at("dm").kind, WantedSecret::Kind::key_pair);
    ASSERT_EQ(parsed.wanted.shares.size(), 1U);
    EXPECT_EQ(parsed.wanted.shares[0].mode, "rpk");
    EXPECT_THAT(why_not(plan_for(profile)), HasSubstr("not made yet"));

    Issued issued;
    GeneratedSecret& pair = issued.secrets["dm"];
    pair.kind = WantedSecret::Kind::key_pair;
    pair.octets = material().device.key;
    pair.public_key = material().public_key;
    const auto plan = plan_for(profile, {}, &issued);
    EXPECT_EQ(opaque(plan, security::public_key_or_identity), material().public_key);
    EXPECT_EQ(secret(plan), octets_of(material().device));
}

TEST(SecurityModes, OfEstWriteTheServersCertificateAlone) {
    const nlohmann::json est = {{"mode", "est"},
                                {"serverCertificate", certificate_pem(material().server)}};
    const auto late = plan_for(profile_with(est, "1.2"));
    EXPECT_EQ(number(late, security::security_mode), 4);
    EXPECT_EQ(opaque(late, security::server_public_key), material().server.der);
    const auto& resources =
        std::get<model::Resources>(std::get<Plan>(late).operations.at(1).content);
    EXPECT_FALSE(resources.contains(security::public_key_or_identity));
    EXPECT_FALSE(resources.contains(security::secret_key));
    const auto early = plan_for(profile_with(est, "1.0"));
    EXPECT_TRUE(opaque(early, security::public_key_or_identity).empty());
    EXPECT_TRUE(secret(early).empty());
}

// Each device brings its own.
const nlohmann::json open_x509 = x509({{"certificate", "${device.cert}"},
                                       {"privateKey", "${device.key}"},
                                       {"serverCertificate", "${device.server}"}});

TEST(SecurityModes, AreCheckedOnceTheDeviceIsKnown) {
    const std::map<std::string, std::string> right = {
        {"cert", certificate_pem(material().device)},
        {"key", key_pem(material().device)},
        {"server", "base64:" + certificate_pem(material().server).substr(28, 4)}};
    auto variables = right;
    variables["server"] = hex(material().server.der);
    const auto plan = plan_for(profile_with(open_x509), variables);
    EXPECT_EQ(opaque(plan, security::public_key_or_identity), material().device.der);
    EXPECT_EQ(secret(plan), octets_of(material().device));

    auto of_another = variables;
    of_another["key"] = key_pem(material().server);
    EXPECT_THAT(why_not(plan_for(profile_with(open_x509), of_another)),
                HasSubstr("Resource 5 is not the private key of the certificate, for this device"));
    auto no_certificate = variables;
    no_certificate["cert"] = "5ec5e7";
    const std::string why = why_not(plan_for(profile_with(open_x509), no_certificate));
    EXPECT_THAT(why, HasSubstr("Resource 3 is no certificate"));
    EXPECT_THAT(why, Not(HasSubstr("5ec5e7")));
}

TEST(SecurityModes, HaveNoPrivateKeyWhereCertificatesAre) {
    const auto reading =
        read_profile(profile_with(x509({{"certificate", key_pem(material().device) +
                                                            certificate_pem(material().device)}}))
                         .dump());
    EXPECT_THAT(reading.pointers(), ElementsAre("/servers/0/security/certificate"));
    EXPECT_THAT(reading.told(), HasSubstr("private key"));
}

TEST(SecurityModes, LookAtValidityByTheTimeThatTheyAreTold) {
    const auto made = make_certificate({.not_before = 1000, .not_after = 2000});
    const nlohmann::json profile =
        profile_with(x509({{"certificate", certificate_pem(made)},
                           {"privateKey", key_pem(made)},
                           {"serverCertificate", certificate_pem(made)}}));
    const auto count = [&](std::int64_t now) {
        document::Problems problems;
        parse_profile(document::Node(profile, "p.json", "", problems), "p.json",
                      model::Definitions::built_in(),
                      std::chrono::sys_seconds(std::chrono::seconds(now)));
        return problems.size();
    };
    EXPECT_EQ(count(999), 2U);
    EXPECT_EQ(count(1000), 0U);
    EXPECT_EQ(count(2000), 0U);
    EXPECT_EQ(count(2001), 2U);
}

}  // namespace
}  // namespace provisioning
