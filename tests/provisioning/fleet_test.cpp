#include "provisioning/fleet.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

model::Secret master_key() {
    wire::Bytes octets(32);
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i);
    return model::Secret(std::move(octets));
}

Fleet::Rule rule(std::string endpoint, std::string issuer, std::string profile,
                 Fleet::Rule::Credentials credentials = Fleet::Rule::Credentials::x509) {
    return {std::move(endpoint), std::move(issuer), std::move(profile), credentials};
}

TEST(Fleet, PatternsLetAStarStandForAnything) {
    EXPECT_TRUE(fits("*", ""));
    EXPECT_TRUE(fits("urn:dev:*", "urn:dev:mac:1"));
    EXPECT_TRUE(fits("urn:dev:*", "urn:dev:"));
    EXPECT_TRUE(fits("a*b*c", "a-b-b-c"));
    EXPECT_TRUE(fits("*-1", "x-1-1"));
    EXPECT_TRUE(fits("meter", "meter"));
    EXPECT_TRUE(fits("**", "x"));
    EXPECT_FALSE(fits("meter", "meter-1"));
    EXPECT_FALSE(fits("meter-1", "meter"));
    EXPECT_FALSE(fits("a*b", "a-c"));
    EXPECT_FALSE(fits("urn:dev:*", "xurn:dev:1"));
    EXPECT_FALSE(fits("", "x"));
    // Of many stars and none that fits it is still quick.
    EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*b", std::string(255, 'a')));
}

// RFC 5869 by Python's hmac: prk = HMAC-SHA-256(32 zero octets, bytes(range(32))), then
// HMAC-SHA-256(prk, b"lwm2m-bootstrapd psk v1\0urn:dev:ops:1" + b"\1")[:16].
TEST(Fleet, DerivesThePskAsPythonDoes) {
    const auto psk = fleet_psk(master_key(), wire::as_bytes("urn:dev:ops:1"));
    EXPECT_EQ(wire::to_hex(psk.reveal()), "248a1bcf293a5c662e13513592238ac0");
}

TEST(Fleet, KnowsADeviceByItsIdentity) {
    const Fleet fleet({{master_key(), "meter", "urn:dev:*"}, {master_key(), "rest", "*"}}, {});
    const auto device = fleet.by_identity(wire::as_bytes("urn:dev:ops:1"));
    ASSERT_TRUE(device);
    EXPECT_EQ(device->endpoint.text(), "urn:dev:ops:1");
    EXPECT_EQ(device->profile, "meter");
    EXPECT_TRUE(device->file.empty());
    EXPECT_TRUE(is_of_fleet(*device));
    Device recorded = *device;
    recorded.pointer.clear();
    EXPECT_FALSE(is_of_fleet(recorded));
    EXPECT_FALSE(device->credentials.nosec);
    ASSERT_TRUE(device->credentials.psk);
    EXPECT_EQ(wire::as_text(device->credentials.psk->identity), "urn:dev:ops:1");
    EXPECT_EQ(wire::to_hex(device->credentials.psk->key.reveal()),
              "248a1bcf293a5c662e13513592238ac0");
    EXPECT_EQ(fleet.by_identity(wire::as_bytes("other"))->profile, "rest");
    EXPECT_FALSE(fleet.by_identity(wire::as_bytes("")));
    EXPECT_FALSE(fleet.by_identity(wire::as_bytes("a\nb")));
    EXPECT_FALSE(Fleet().by_identity(wire::as_bytes("urn:dev:ops:1")));
}

TEST(Fleet, KnowsADeviceByItsCertificate) {
    const Fleet fleet({}, {rule("lab-*", "CN=Lab CA", "lab"), rule("*", "CN=Factory CA", "meter"),
                           rule("urn:*", "", "any-ca")});
    EXPECT_EQ(fleet.by_certificate("lab-1", "CN=Lab CA")->profile, "lab");
    const auto device = fleet.by_certificate("lab-1", "CN=Factory CA");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->profile, "meter");
    ASSERT_TRUE(device->credentials.x509);
    EXPECT_TRUE(device->credentials.x509->ca);
    EXPECT_FALSE(device->credentials.psk);
    EXPECT_EQ(fleet.by_certificate("urn:1", "CN=Whoever")->profile, "any-ca");
    EXPECT_FALSE(fleet.by_certificate("x", "CN=Whoever"));
    EXPECT_FALSE(fleet.by_certificate("", "CN=Factory CA"));
}

TEST(Fleet, KnowsADeviceByItsEndpointWhereNoIssuerCounts) {
    const Fleet fleet({}, {rule("*", "CN=Factory CA", "meter"),
                           rule("lab-*", "", "lab", Fleet::Rule::Credentials::nosec),
                           rule("urn:*", "", "named")});
    const auto unsecured = fleet.by_endpoint("lab-1");
    ASSERT_TRUE(unsecured);
    EXPECT_EQ(unsecured->profile, "lab");
    EXPECT_TRUE(unsecured->credentials.nosec);
    const auto certified = fleet.by_endpoint("urn:1");
    ASSERT_TRUE(certified);
    EXPECT_FALSE(certified->credentials.nosec);
    EXPECT_TRUE(certified->credentials.x509);
    EXPECT_FALSE(fleet.by_endpoint("x"));
    EXPECT_FALSE(fleet.by_certificate("lab-1", "CN=Other"));
}

// A device that has a key is never served without it.
TEST(Fleet, PrefersKeysToNoSecurity) {
    const Fleet fleet({{master_key(), "meter", "*"}},
                      {rule("*", "", "open", Fleet::Rule::Credentials::nosec)});
    const auto device = fleet.by_endpoint("meter-1");
    ASSERT_TRUE(device);
    EXPECT_TRUE(device->credentials.psk);
    EXPECT_FALSE(device->credentials.nosec);
}

TEST(Fleet, TellsWhichProfilesItsRulesName) {
    const Fleet fleet({{master_key(), "a", "*"}}, {rule("*", "", "b")});
    EXPECT_THAT(
        fleet.uses(),
        ElementsAre(::testing::AllOf(Field(&Fleet::Use::profile, "a"),
                                     Field(&Fleet::Use::pointer, "/fleet/psk/0/profile")),
                    ::testing::AllOf(Field(&Fleet::Use::profile, "b"),
                                     Field(&Fleet::Use::pointer, "/fleet/rules/0/profile"))));
    EXPECT_TRUE(Fleet().empty());
}

}  // namespace
}  // namespace provisioning
